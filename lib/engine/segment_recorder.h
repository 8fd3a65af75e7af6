// Records one stream of a camera: cuts access units into segments, muxes and seals them.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "crypto/secret.h"
#include "engine/day_keys.h"
#include "engine/engine.h"
#include "engine/pre_roll.h"
#include "engine/sound_placement.h"
#include "engine/tap.h"
#include "engine/tap_queue.h"
#include "engine/timeline.h"
#include "segment/file_name.h"
#include "segment/writer.h"

namespace flux {

class OpenSegment;
class SegmentFiles;

enum class RecordingMode : uint8_t {
  kContinuous,
  kEvent,  ///< only around triggers; the last seconds are held in memory
  kOff,
};

struct SegmentRecorderOptions {
  std::string storage;   ///< absolute directory
  std::string cameraId;  ///< also the folder's name; the caller has checked it
  uint16_t stream = 0;
  int64_t segmentDurationMs = 10000;
  /// The first segment of a run is longer by this, so that many cameras do not all cut at once.
  int64_t staggerMs = 0;
  uint16_t formatVersion = segment::kVersion2;
  size_t maxQueuedBytes = 64U << 20;
  uint64_t firstSequence = 0;
  segment::FileNames fileNames = segment::FileNames::kSeconds;
  bool audio = true;
  RecordingMode mode = RecordingMode::kContinuous;
  int64_t preRollMs = 5000;  ///< what an event recording begins with, at least
  size_t maxPreRollBytes = 32U << 20;
  /// How often what is sealed is made durable while a segment is written; 0: only at its end.
  int64_t syncIntervalMs = 400;
};

/// Why a segment ended.
enum class SegmentEnd : uint8_t {
  kCut,            ///< its time was up; the next one follows without a gap
  kClosed,         ///< the recorder was closed
  kDisconnected,   ///< the camera's connection ended
  kDiscontinuity,  ///< the camera's or the system's clock jumped
  kParameters,     ///< new parameter sets, or another audio codec
  kOverflow,       ///< the storage was too slow and the queue full: frames were dropped
  kError,          ///< a file operation failed; the file may lack its end
  kEventEnd,       ///< the event and its post-roll are over
  kStopped,        ///< recording was switched off
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
  uint64_t audioFrames;
  uint64_t sequence;
  uint64_t run;  ///< sequence of the first segment that this one follows without a gap
  bool event;    ///< recorded because of a trigger
  SegmentEnd end;
  CodecParametersPtr parameters;
  CodecParametersPtr audio;  ///< nullptr: no audio track
};
/// Frames that are not in the recording.
struct GapEvent {
  int64_t fromMs;
  int64_t toMs;
  uint64_t frames;
  std::string reason;  ///< "overflow", "storage", "no-key", "waiting-for-key-frame"
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
  std::atomic<uint64_t> audioFramesWritten{0};
  std::atomic<uint64_t> audioFramesDropped{0};
  std::atomic<uint64_t> bytesWritten{0};
  std::atomic<uint64_t> segmentsWritten{0};
  std::atomic<uint64_t> overflows{0};       ///< times that the queue was full
  std::atomic<uint64_t> preRollBytes{0};    ///< held in memory for an event
  std::atomic<uint64_t> preRollTrimmed{0};  ///< groups of pictures that its memory did not hold
};

/// The tap's side only queues; everything else happens on one recording thread, which never waits
/// for anything but the disk.
class SegmentRecorder final : public Tap, public std::enable_shared_from_this<SegmentRecorder> {
 public:
  /// `listener` is called on the recording thread.
  using Listener = std::function<void(RecorderEvent)>;

  /// How old frames may get in memory before they are sealed to disk: with the chunk that is
  /// filling (OpenSegment::kMaxTailMicros) and the sync that follows this bounds what a power cut
  /// costs to under a second (docs/reliability.md).
  static constexpr int64_t kSealIntervalMs = 500;

  /// The storage has to be there, and is recorded to as long as it stays on that device. Throws
  /// ERR_INVALID_ARGUMENT for version 1 files that shall look like pictures, ERR_CONTAINER where no
  /// picture can be made, ERR_IO and the like where there is no storage.
  SegmentRecorder(std::shared_ptr<Engine> engine, SegmentRecorderOptions options,
                  Listener listener);
  ~SegmentRecorder() override;

  [[nodiscard]] const SegmentRecorderOptions& options() const noexcept { return options_; }
  /// Segments that start on this UTC day are sealed with this key. Any thread.
  void setKey(int64_t day, const segment::KeyId& id, crypto::SecretKeyPtr key);
  /// Takes effect with the next frame; kOff and the change to kEvent finish the segment. Any
  /// thread.
  void setMode(RecordingMode mode);
  /// In event mode: records from the pre-roll on until `untilMs` (UTC). Later calls extend it. Any
  /// thread.
  void trigger(int64_t untilMs);
  [[nodiscard]] const SegmentRecorderStats& stats() const noexcept { return stats_; }
  [[nodiscard]] uint64_t queuedBytes() const noexcept { return queue_.bytes(); }

  // One camera's network thread.
  void onTracks(const std::vector<CodecParametersPtr>& tracks) override;
  void onAccessUnit(const AccessUnitPtr& unit) override;
  void onStreamEnd() override;
  [[nodiscard]] bool isPatient() const override { return true; }

  /// Writes what is queued and finishes the segment. Waits. Idempotent; not on an engine thread,
  /// and only when the camera no longer calls.
  void close();

 private:
  /// A segment that is to be completed.
  struct Ending {
    std::unique_ptr<OpenSegment> segment;
    SegmentEnd why;
    int64_t endMs;
    int64_t untilMicros = 0;  ///< by the arrival of what comes
    int64_t sinceMicros = 0;  ///< monotonic
  };
  /// The camera fell silent: what its last segment waits for does not come.
  static constexpr int64_t kMaxEndingMicros = 3000000;

  void wake();
  void drain();
  void takeTracks(const TapQueue::Tracks& announced);
  void takeUnit(const AccessUnitPtr& unit);
  void record(const AccessUnitPtr& unit);
  void recordVideo(const AccessUnitPtr& unit);
  /// Writes what sound has waited long enough by `nowMicros` (monotonic).
  void releaseSound(int64_t nowMicros);
  void recordAudio(const AccessUnitPtr& unit, int64_t nowMicros);
  void recordPreRoll();
  void pause(SegmentEnd why);
  bool needsCut(const AccessUnit& unit, SegmentEnd& why) const;
  bool openSegment(const AccessUnitPtr& unit);
  void keepDurable(OpenSegment& segment);
  void sealWhereDue(const AccessUnit& unit);
  /// All recorders seal at the same moments, so that what they sync makes one round of the disk.
  static constexpr int64_t sealTick(int64_t monotonicMicros) noexcept {
    return monotonicMicros / (kSealIntervalMs * 1000);
  }
  void scheduleSeal();
  void onSealTimer();
  void finishSegment(SegmentEnd why, const AccessUnit* next);
  /// True where sound of the segment's time may still come, and `ending` was taken until then.
  bool awaitSound(Ending& ending, const AccessUnit& next);
  void finishEnding();
  void complete(Ending& ending);
  void abandonSegment(const Error& error);
  void reportAbandoned(const Error& error);
  void loseFrame(const AccessUnit& unit, const char* reason);
  void reportGap();
  void reportShed(const TapQueue::Shed& shed);

  const std::shared_ptr<Engine> engine_;
  const LoopLease loop_;
  const SegmentRecorderOptions options_;
  const Listener listener_;
  SegmentRecorderStats stats_;

  TapQueue queue_;
  std::atomic<bool> drainPosted_{false};
  std::atomic<bool> closed_{false};

  DayKeys keys_;

  // Recording thread only.
  RecordingMode mode_;
  int64_t triggeredUntilMs_ = INT64_MIN;
  PreRoll preRoll_;
  Timeline timeline_;
  SoundPlacement sound_;
  std::deque<AccessUnitPtr> waitingSound_;  ///< for pictures that take longer to come
  CodecParametersPtr audio_;                ///< announced, or what came last
  std::unique_ptr<OpenSegment> open_;
  std::optional<Ending> ending_;  ///< the segment before, while sound takes longer to come
  const std::unique_ptr<SegmentFiles> files_;
  bool newRun_ = true;
  uint64_t run_ = 0;
  uint64_t sequence_;
  GapEvent gap_{};
  bool abandoned_ = false;  ///< the storage failed, and no segment has begun since
  bool sealScheduled_ = false;
};

}  // namespace flux
