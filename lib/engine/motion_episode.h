// When motion begins and ends: what a detector finds in single pictures becomes one event.
#pragma once

#include <cstdint>
#include <vector>

#include "video/motion.h"

namespace flux {

enum class MotionPhase : uint8_t { kStart, kUpdate, kEnd };

struct MotionEvent {
  MotionPhase phase = MotionPhase::kStart;
  // UTC milliseconds of arrival of the first and, so far, the last picture with motion.
  int64_t fromMs = 0;
  int64_t toMs = 0;
  float score = 0;     ///< the highest so far
  video::Box box;      ///< around all that moved so far
  uint32_t zones = 0;  ///< that were touched so far, see video::MotionRegion::zones
  std::vector<video::MotionRegion> regions;  ///< what moves now; none at the end
};

struct MotionEpisodeOptions {
  int64_t stopAfterMs = 2000;  ///< without motion, it is over
  int64_t updateEveryMs = 1000;
  int64_t maxEventMs = 300'000;  ///< what goes on longer is told as several, one behind the other
};

/// One camera's. Not thread safe.
class MotionEpisode final {
 public:
  explicit MotionEpisode(const MotionEpisodeOptions& options) : options_(options) {}

  /// A picture that arrived at `atMs`, and what moves in it. Appends what there is to tell.
  void see(const std::vector<video::MotionRegion>& regions, int64_t atMs,
           std::vector<MotionEvent>& out);
  /// Time passes without a picture.
  void pass(int64_t nowMs, std::vector<MotionEvent>& out);
  /// There are no more pictures.
  void end(std::vector<MotionEvent>& out);
  [[nodiscard]] bool isMoving() const noexcept { return moving_; }

 private:
  void tell(MotionPhase phase, std::vector<video::MotionRegion> regions,
            std::vector<MotionEvent>& out) const;

  const MotionEpisodeOptions options_;
  bool moving_ = false;
  int64_t fromMs_ = 0;
  int64_t toMs_ = 0;
  int64_t toldMs_ = 0;
  float score_ = 0;
  video::Box box_;
  uint32_t zones_ = 0;
};

}  // namespace flux
