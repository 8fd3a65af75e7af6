// Watches one camera for motion: takes a few of the pictures that its decoder delivers, small and
// grey, on the decoder's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/motion_episode.h"
#include "engine/picture_reader.h"
#include "video/decoder.h"
#include "video/motion.h"

namespace flux {

struct MotionWatcherOptions {
  video::MotionOptions motion;
  MotionEpisodeOptions episode;
  double framesPerSecond = 5;  ///< that are looked at; others are passed over
  int cells = 160;             ///< of the picture's longer side, 32 to 640
};

struct MotionWatcherStats {
  uint64_t frames = 0;         ///< that were looked at
  uint64_t framesPassed = 0;   ///< not needed at that rate
  uint64_t framesDamaged = 0;  ///< concealed, or decoded from a concealed one
  uint64_t framesFailed = 0;   ///< could not be read, as on a GPU that was lost
  uint64_t events = 0;         ///< times that motion began
  uint64_t lightChanges = 0;   ///< see video::MotionDetector
  uint64_t micros = 0;         ///< spent on the frames that were looked at
  bool moving = false;
  bool learning = true;
};

/// Any thread; frames come one after another.
class MotionWatcher final {
 public:
  /// Called by whoever brings the frame, or the time; must be quick, and must not call back.
  using Listener = std::function<void(MotionEvent)>;

  /// Throws ERR_INVALID_ARGUMENT.
  MotionWatcher(const MotionWatcherOptions& options, Listener listener);
  MotionWatcher(const MotionWatcher&) = delete;
  MotionWatcher& operator=(const MotionWatcher&) = delete;

  void onFrame(const video::DecodedFrame& frame);
  /// The time is `nowMs` (UTC), with or without pictures: motion ends also where a camera is lost.
  void pass(int64_t nowMs);
  /// Motion that goes on ends here. No frame counts any more.
  void close();
  [[nodiscard]] MotionWatcherStats stats() const;

 private:
  [[nodiscard]] bool isWanted(const video::DecodedFrame& frame);
  void look(const video::DecodedFrame& frame, std::vector<MotionEvent>& events);
  void tell(std::vector<MotionEvent> events);

  const MotionWatcherOptions options_;
  const Listener listener_;
  mutable std::mutex mutex_;
  MotionEpisode episode_;
  video::Size size_;  ///< of the pictures that these were made for:
  std::unique_ptr<PictureReader> reader_;
  std::unique_ptr<video::MotionDetector> detector_;
  std::vector<uint8_t> grey_;
  std::optional<int64_t> lastMicros_;     ///< media time of the last frame that was looked at
  std::optional<int64_t> damagedMicros_;  ///< media time of the first of damaged frames
  MotionWatcherStats stats_;
  uint64_t lightChangesBefore_ = 0;  ///< of detectors that are gone
  bool closed_ = false;
};

}  // namespace flux
