// The correction: measured with each unit of sound, taken over at segments, glided to between.
#include "engine/sound_placement.h"

#include <algorithm>
#include <cmath>

namespace flux {
namespace {

/// Units overlap by rounding.
constexpr double kOverlapMs = 5;

double millis(int64_t ticks, uint32_t clockRate) {
  return static_cast<double>(ticks) * 1000.0 / std::max(clockRate, 1U);
}

}  // namespace

void SoundPlacement::stop() {
  timeline_.stop();
  targetMs_.reset();
  correctionMs_ = endMs_ = 0;
  mayStep_ = skipping_ = false;
}

void SoundPlacement::beginSegment(const AccessUnit& picture, int64_t startMs) {
  startMs_ = startMs;
  pictureTime_ = picture.mediaTime;
  pictureRate_ = picture.clockRate;
  mayStep_ = true;
}

std::optional<double> SoundPlacement::place(const AccessUnit& sound) {
  if (!timeline_.isRunning() || timeline_.advance(sound) == Timeline::Verdict::kDiscontinuity) {
    timeline_.start(sound);
    lastMediaTime_ = sound.mediaTime;
    skipping_ = false;
    endMs_ = 0;
  }
  const double arrivalMs = timeline_.wallMs(sound);
  measure(sound, arrivalMs);
  correct(sound);
  lastMediaTime_ = std::max(lastMediaTime_, sound.mediaTime);
  const double ms = arrivalMs + correctionMs_;
  skipping_ = skipping_ && ms < endMs_ - kOverlapMs;
  if (skipping_) return std::nullopt;
  endMs_ = std::max(endMs_, ms + millis(sound.duration, sound.clockRate));
  return ms;
}

void SoundPlacement::measure(const AccessUnit& sound, double arrivalMs) {
  if (!sound.pictureTime) return;
  // By the segment's pictures, which stand at their media time from its start on.
  const double pictureMs =
      static_cast<double>(startMs_) + millis(*sound.pictureTime - pictureTime_, pictureRate_);
  const double measured = pictureMs - arrivalMs;
  if (std::abs(measured) <= kMaxCorrectionMs) targetMs_ = measured;
}

void SoundPlacement::correct(const AccessUnit& sound) {
  const bool mayStep = mayStep_;
  mayStep_ = false;
  if (!targetMs_) return;
  const double apart = *targetMs_ - correctionMs_;
  if (mayStep && std::abs(apart) > kLeastStepMs) {
    skipping_ = apart < 0;
    correctionMs_ = *targetMs_;
    return;
  }
  const double passed = millis(sound.mediaTime - lastMediaTime_, sound.clockRate);
  const double reach = std::max(passed, 0.0) * kMaxGlide;
  correctionMs_ += std::clamp(apart, -reach, reach);
}

}  // namespace flux
