// Tells a lamp, headlights and shadows from things. Internal to lib/video.
#pragma once

#include <cstdint>
#include <vector>

#include "video/frame.h"
#include "video/motion_background.h"
#include "video/motion_regions.h"

namespace flux::video {

/// A region that light made brighter or darker shows what the background shows: its pattern stays,
/// however bright each part becomes. So the pattern is compared in small squares, each with a
/// brightness and a contrast of its own, as a lamp's light fades towards the border of its spot.
class MotionLight final {
 public:
  explicit MotionLight(Size cells);

  /// Did the region only get lighter or darker? False where there is no pattern to tell by, and of
  /// less than kLeastShare of the picture.
  [[nodiscard]] bool explains(const CellRegion& region, const uint8_t* grey,
                              const MotionBackground::Levels& mean);

  static constexpr double kLeastShare = 0.02;

 private:
  struct Square {
    int32_t count = 0;
    int32_t sumNow = 0;
    int32_t sumThen = 0;
    int32_t squareNow = 0;
    int32_t squareThen = 0;
    int32_t product = 0;
  };

  const Size cells_;
  const int columns_;
  std::vector<Square> squares_;
};

}  // namespace flux::video
