// The segment that a recorder is writing: muxer, sealed file, and what is in it so far.
// Internal to lib/engine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "container/matroska_writer.h"
#include "engine/background_sync.h"
#include "segment/writer.h"

namespace flux {

class OpenSegment final {
 public:
  struct Start {
    segment::KeyId keyId{};
    AccessUnitPtr first;       ///< the video key frame that it begins with
    CodecParametersPtr audio;  ///< nullptr: no audio track
    int64_t startMs = 0;
    int64_t durationMs = 0;  ///< to be cut at the first key frame after this
    uint64_t sequence = 0;
    uint64_t run = 0;  ///< sequence of the run's first segment
    bool event = false;
  };

  /// Writes the container's header. Throws ERR_MUX and what the file throws.
  OpenSegment(std::unique_ptr<segment::Writer> file, std::string path, Start start);
  OpenSegment(const OpenSegment&) = delete;
  OpenSegment& operator=(const OpenSegment&) = delete;

  /// From now on sealed bytes are made durable every `intervalMs`.
  void keepDurable(EventLoop& loop, int64_t intervalMs, std::function<void(const Error&)> failed);

  void writeVideo(const AccessUnitPtr& unit);
  /// `ptsMicros` from the segment's start; `nowMicros` the monotonic arrival of what came last.
  void writeAudio(const AccessUnitPtr& unit, int64_t ptsMicros, int64_t nowMicros);

  /// What a seal may leave in an unfinished chunk, to be written with what follows.
  static constexpr int64_t kMaxTailMicros = 100000;

  /// Completes the cluster, and the chunk too where it would hold older frames back.
  void seal();
  /// Asks for a round of syncing where one is due.
  void syncWhereDue(int64_t nowMicros);
  /// Ends the container and the file, durably; returns the file's size.
  uint64_t finish();

  [[nodiscard]] const Start& start() const noexcept { return start_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const CodecParametersPtr& parameters() const noexcept {
    return start_.first->parameters;
  }
  [[nodiscard]] uint64_t frames() const noexcept { return frames_; }
  [[nodiscard]] uint64_t audioFrames() const noexcept { return audioFrames_; }
  /// From the first frame to the last, by media time.
  [[nodiscard]] int64_t lastPtsMicros() const noexcept { return lastPtsMicros_; }
  /// Between the last two frames.
  [[nodiscard]] int64_t frameMicros() const noexcept { return lastDeltaMicros_; }
  [[nodiscard]] int64_t ptsMicros(const AccessUnit& video) const noexcept;
  /// Has it reached its duration? Half a frame of grace: a camera's 10 s are often 9.99 by its
  /// clock.
  [[nodiscard]] bool isFull(const AccessUnit& next) const noexcept {
    return ptsMicros(next) + lastDeltaMicros_ / 2 >= start_.durationMs * 1000;
  }
  [[nodiscard]] uint64_t plaintextBytes() const noexcept { return plaintextBytes_; }
  /// Monotonic arrival of the oldest frame that is not yet in a complete cluster; 0: all are.
  [[nodiscard]] int64_t oldestUnsealedMicros() const noexcept { return oldestUnsealedMicros_; }
  /// Bytes that wait for their chunk to fill.
  [[nodiscard]] size_t pendingBytes() const noexcept { return file_->pendingBytes(); }
  /// Are there sealed bytes that no round of syncing has covered?
  [[nodiscard]] bool needsSync() const noexcept {
    return sync_ != nullptr && file_->bytesOnDisk() > syncedUpTo_;
  }

 private:
  struct Unsealed {
    size_t bytes;
    int64_t arrivalMicros;
  };

  void note(size_t bytes, int64_t nowMicros);
  [[nodiscard]] bool holdsOldFrames() const;

  const std::string path_;
  const Start start_;
  const std::unique_ptr<segment::Writer> file_;
  std::unique_ptr<MatroskaWriter> muxer_;  // after file_: its last bytes go there
  std::shared_ptr<BackgroundSync> sync_;
  int64_t syncIntervalMicros_ = 0;
  int64_t lastSyncMicros_ = 0;
  uint64_t syncedUpTo_ = 0;
  std::vector<Unsealed> unsealed_;  ///< since the last seal
  int64_t lastPtsMicros_ = 0;
  int64_t lastDeltaMicros_ = 0;
  int64_t lastAudioPtsMicros_ = 0;
  uint64_t frames_ = 0;
  uint64_t audioFrames_ = 0;
  uint64_t plaintextBytes_ = 0;
  int64_t oldestUnsealedMicros_ = 0;
};

}  // namespace flux
