#include "engine/timeline.h"

#include <algorithm>
#include <cmath>

namespace flux {
namespace {

constexpr double kWindowMs = 10000;
/// A step of the system clock larger than this is a discontinuity, not drift.
constexpr int64_t kClockStepMs = 1000;

int64_t skewOf(const AccessUnit& unit) {
  return unit.arrivalWallMs - unit.arrivalMicros / 1000;
}

}  // namespace

double Timeline::mediaMs(const AccessUnit& unit) const noexcept {
  return static_cast<double>(unit.mediaTime - baseMedia_) * 1000.0 / unit.clockRate;
}

double Timeline::wallMs(const AccessUnit& unit) const noexcept {
  return offsetMs_ + mediaMs(unit);
}

void Timeline::start(const AccessUnit& unit) {
  running_ = true;
  baseMedia_ = unit.mediaTime;
  offsetMs_ = static_cast<double>(unit.arrivalWallMs);
  windowMinMs_ = previousMinMs_ = offsetMs_;
  windowStartMs_ = lastMediaMs_ = 0;
  clockSkewMs_ = skewOf(unit);
}

Timeline::Verdict Timeline::advance(const AccessUnit& unit) {
  const double media = mediaMs(unit);
  const double offset = static_cast<double>(unit.arrivalWallMs) - media;
  const double lateness = offset - offsetMs_;
  if (lateness < -kMaxEarlyMs || lateness > kMaxLateMs ||
      std::llabs(skewOf(unit) - clockSkewMs_) > kClockStepMs) {
    return Verdict::kDiscontinuity;
  }
  clockSkewMs_ = skewOf(unit);
  if (media - windowStartMs_ > kWindowMs) {
    previousMinMs_ = windowMinMs_;
    windowMinMs_ = offset;
    windowStartMs_ = media;
  }
  windowMinMs_ = std::min(windowMinMs_, offset);
  const double target = std::min(windowMinMs_, previousMinMs_);
  const double reach = std::max(0.0, media - lastMediaMs_) * kMaxGlide;
  offsetMs_ += std::clamp(target - offsetMs_, -reach, reach);
  lastMediaMs_ = std::max(lastMediaMs_, media);
  return Verdict::kContinues;
}

}  // namespace flux
