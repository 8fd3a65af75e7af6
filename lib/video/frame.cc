#include "video/frame.h"

#include <cmath>

#include "video/libav.h"

namespace flux::video {
namespace {

/// Half of D1 on a wide screen is 2.9:1; nothing in use is further from square.
constexpr double kMaxPixelRatio = 4;

int stretched(int length, double by) {
  return static_cast<int>(std::lround(length * by));
}

}  // namespace

Size Frame::size() const {
  return {frame_->width, frame_->height};
}

Size Frame::displaySize() const {
  const AVRational ratio = frame_->sample_aspect_ratio;
  if (ratio.num <= 0 || ratio.den <= 0) return size();
  const double wide = av_q2d(ratio);
  if (wide > kMaxPixelRatio || wide < 1 / kMaxPixelRatio) return size();
  const Size shown = wide >= 1 ? Size{stretched(frame_->width, wide), frame_->height}
                               : Size{frame_->width, stretched(frame_->height, 1 / wide)};
  return int64_t{shown.width} * shown.height <= kMaxPixels ? shown : size();
}

}  // namespace flux::video
