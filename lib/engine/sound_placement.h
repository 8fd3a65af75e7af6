// Where sound stands on the picture's clock: by its own arrivals, corrected by what the camera's
// reports tell. Internal to lib/engine.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/timeline.h"

namespace flux {

/// Arrival alone puts sound wrong by what the camera's encoders differ in delay. The correction is
/// taken over whole where a segment begins: one cut in the sound, between two files, instead of a
/// slide of minutes that is wrong all the while. Inside a segment it only follows drift, by 1000
/// ppm, which nobody hears; so times never go back there. What was learnt stays until something
/// else is, or the run ends.
class SoundPlacement final {
 public:
  /// What the camera may claim; more is not believed.
  static constexpr double kMaxCorrectionMs = 2000;
  static constexpr double kMaxGlide = 1000e-6;
  /// Less than this is not worth a cut: it is glided to.
  static constexpr double kLeastStepMs = 20;

  /// A run ends.
  void stop();
  /// A segment begins with `picture` at `startMs` (UTC).
  void beginSegment(const AccessUnit& picture, int64_t startMs);
  /// UTC milliseconds at which `sound` is to be heard; empty where sound stands there already,
  /// because the correction moved it back. After beginSegment().
  std::optional<double> place(const AccessUnit& sound);
  /// What is added to the time by arrival, in milliseconds. Above 0: pictures take longer to come.
  [[nodiscard]] double correctionMs() const noexcept { return correctionMs_; }

 private:
  void measure(const AccessUnit& sound, double arrivalMs);
  void correct(const AccessUnit& sound);

  Timeline timeline_;
  std::optional<double> targetMs_;
  double correctionMs_ = 0;
  bool mayStep_ = false;
  int64_t lastMediaTime_ = 0;
  double endMs_ = 0;       ///< of what was placed
  bool skipping_ = false;  ///< the correction moved sound back to before endMs_
  // The segment's first picture.
  int64_t startMs_ = 0;
  int64_t pictureTime_ = 0;
  uint32_t pictureRate_ = 90000;
};

}  // namespace flux
