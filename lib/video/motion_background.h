// What each cell of a motion detector's picture looks like when nothing moves. Internal to
// lib/video.
#pragma once

#include <cstdint>
#include <vector>

#include "video/frame.h"
#include "video/motion_kernels.h"

namespace flux::video {

/// Grey levels are kept in sixty-fourths: a sum of any two that occur here fits 16 bits.
class MotionBackground final {
 public:
  static constexpr int kOne = 64;  ///< a grey level
  using Levels = std::vector<int16_t>;
  using Mask = std::vector<uint8_t>;  ///< 1 or 0 per cell

  /// Shares of the way to the new value that one picture goes, in 1/65536; at most a half.
  struct Pace {
    int mean = 0;        ///< background cells
    int foreground = 0;  ///< foreground cells
    int noise = 0;
    int foregroundNoise = 0;
    int stillAfter = 0;  ///< pictures without change that make a cell background
  };
  /// What the light did: new = gain * old + offset (grey levels).
  struct Light {
    float gain = 1;
    float offset = 0;
  };

  /// `floors`: how far a cell must stray at least, in sixty-fourths.
  MotionBackground(Size cells, Levels floors, const MotionKernels& kernels);

  /// Takes the picture for the background.
  void learn(const uint8_t* grey, bool keepNoise);
  struct Difference {
    size_t straying = 0;    ///< cells
    float brightening = 0;  ///< grey levels, mean of all cells
  };
  /// Marks what strays in foreground().
  Difference compare(const uint8_t* grey);
  /// Goes some of the way towards the picture that was compared last.
  void follow(const uint8_t* grey, const Pace& pace);
  /// Fits how the light changed since the background was learned, by the medians of what cells of
  /// like brightness did; objects of up to half of those do not disturb it.
  [[nodiscard]] Light fitLight(const uint8_t* grey) const;
  /// Of the cells, how many stray from the background as it would be in that light.
  [[nodiscard]] size_t strayingIn(const Light& light, const uint8_t* grey) const;
  void apply(const Light& light);
  /// Takes single cells of the picture for background.
  void absorb(size_t cell, uint8_t grey) { mean_[cell] = static_cast<int16_t>(grey * kOne); }

  [[nodiscard]] const Mask& foreground() const noexcept { return foreground_; }
  /// Cells that changed in one of the last `stillAfter` pictures have a lower count.
  [[nodiscard]] const Mask& stillFor() const noexcept { return still_; }
  [[nodiscard]] const Levels& mean() const noexcept { return mean_; }
  [[nodiscard]] int threshold(size_t cell) const { return floors_[cell] + 3 * noise_[cell]; }

 private:
  const Size cells_;
  const MotionKernels& kernels_;
  const Levels floors_;
  Levels mean_;
  Levels noise_;  ///< mean distance from the mean
  Levels low_;    ///< least of three neighbours' means in a line
  Levels high_;
  Mask foreground_;
  Mask still_;
  Mask previous_;  ///< each cell as it last changed
};

}  // namespace flux::video
