// Records one stream of a camera: cuts access units into segments, muxes and seals them.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "container/matroska_writer.h"
#include "crypto/secret.h"
#include "engine/engine.h"
#include "engine/tap.h"
#include "engine/timeline.h"
#include "segment/file_name.h"
#include "segment/writer.h"

namespace flux {

struct SegmentRecorderOptions {
  std::string storage;   ///< absolute directory
  std::string cameraId;  ///< also the folder's name; the caller has checked it
  uint16_t stream = 0;
  int64_t segmentDurationMs = 10000;
  uint16_t formatVersion = segment::kVersion2;
  size_t maxQueuedBytes = 64U << 20;
  uint64_t firstSequence = 0;
  segment::FileNames fileNames = segment::FileNames::kSeconds;
};

/// Why a segment ended.
enum class SegmentEnd : uint8_t {
  kCut,            ///< its time was up; the next one follows without a gap
  kClosed,         ///< the recorder was closed
  kDisconnected,   ///< the camera's connection ended
  kDiscontinuity,  ///< the camera's or the system's clock jumped
  kParameters,     ///< new parameter sets
  kOverflow,       ///< the storage was too slow and the queue full: frames were dropped
  kError,          ///< a file operation failed; the file may lack its end
};
const char* toString(SegmentEnd end);

/// A segment that is complete and durable: file and directory are synced.
struct SegmentEvent {
  std::string path;
  std::string keyId;
  uint16_t formatVersion;
  int64_t startMs;  ///< [startMs, endMs)
  int64_t endMs;
  uint64_t fileSize;
  uint64_t frames;
  uint64_t sequence;
  SegmentEnd end;
  CodecParametersPtr parameters;
};
/// Frames that are not in the recording.
struct GapEvent {
  int64_t fromMs;
  int64_t toMs;
  uint64_t frames;
  std::string reason;  ///< "overflow", "storage", "no-key"
};
struct RecorderErrorEvent {
  int64_t atMs;
  std::string code;
  std::string message;
};
/// The key of this UTC day (days since 1970-01-01) is wanted: now, or by the coming midnight.
struct KeyNeededEvent {
  int64_t day;
};
using RecorderEvent = std::variant<SegmentEvent, GapEvent, RecorderErrorEvent, KeyNeededEvent>;

struct SegmentRecorderStats {
  std::atomic<uint64_t> framesWritten{0};
  std::atomic<uint64_t> framesDropped{0};
  std::atomic<uint64_t> bytesWritten{0};
  std::atomic<uint64_t> segmentsWritten{0};
  std::atomic<uint64_t> queuedBytes{0};
};

/// The tap's side only queues; everything else happens on one recording thread, which never waits
/// for anything but the disk.
class SegmentRecorder final : public Tap, public std::enable_shared_from_this<SegmentRecorder> {
 public:
  /// `listener` is called on the recording thread.
  using Listener = std::function<void(RecorderEvent)>;

  /// How old frames may get in memory before they are sealed to disk: with the chunk that is
  /// filling this bounds what a crash costs to under a second.
  static constexpr int64_t kSealIntervalMs = 300;

  /// Throws ERR_INVALID_ARGUMENT for version 1 files that shall look like pictures, ERR_CONTAINER
  /// where no picture can be made.
  SegmentRecorder(std::shared_ptr<Engine> engine, SegmentRecorderOptions options,
                  Listener listener);
  ~SegmentRecorder() override;

  /// Segments that start on this UTC day are sealed with this key. Any thread.
  void setKey(int64_t day, const segment::KeyId& id, crypto::SecretKeyPtr key);
  [[nodiscard]] const SegmentRecorderStats& stats() const noexcept { return stats_; }

  void onAccessUnit(const AccessUnitPtr& unit) override;
  void onStreamEnd() override;

  /// Writes what is queued and finishes the segment. Waits. Idempotent; not on an engine thread.
  void close();

 private:
  struct StreamEnd {};
  using Item = std::variant<AccessUnitPtr, StreamEnd>;
  struct Key {
    segment::KeyId id;
    crypto::SecretKeyPtr key;
  };
  struct Open;

  void enqueue(Item item, size_t bytes);
  void drain();
  void take(const AccessUnitPtr& unit);
  bool needsCut(const AccessUnit& unit, SegmentEnd& why) const;
  bool openSegment(const AccessUnitPtr& unit);
  std::unique_ptr<segment::Writer> createFile(int64_t startMs, const Key& key,
                                              std::string& path) const;
  [[nodiscard]] Bytes makeCover() const;
  void writeFrame(const AccessUnitPtr& unit);
  void sealPending();
  void scheduleSeal();
  void finishSegment(SegmentEnd why, const AccessUnit* next);
  void abandonSegment(const Error& error);
  void loseFrame(const AccessUnit& unit, const char* reason);
  void reportGap();
  bool keyFor(int64_t startMs, Key& key);
  uint8_t chunkLog2() const;

  const std::shared_ptr<Engine> engine_;
  EventLoop& loop_;
  const SegmentRecorderOptions options_;
  const Listener listener_;
  SegmentRecorderStats stats_;

  std::mutex queueMutex_;
  std::deque<Item> queue_;
  size_t queuedBytes_ = 0;
  bool drainPosted_ = false;
  bool shedding_ = false;  // the queue was full: everything up to the next key frame is dropped
  uint64_t shedFrames_ = 0;
  int64_t shedFromMs_ = 0;
  int64_t shedToMs_ = 0;
  bool closed_ = false;

  std::mutex keyMutex_;
  std::map<int64_t, Key> keys_;

  // Recording thread only.
  Timeline timeline_;
  std::unique_ptr<Open> open_;
  uint64_t sequence_;
  double bytesPerMs_ = 0;
  int64_t keyRequestedFor_ = -1;
  GapEvent gap_{};
  bool sealScheduled_ = false;
};

}  // namespace flux
