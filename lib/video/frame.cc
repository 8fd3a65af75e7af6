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

const std::shared_ptr<const DeviceImage>& Frame::onDevice() const {
  static const auto& none = *new std::shared_ptr<const DeviceImage>();
  const auto* image = std::get_if<1>(&picture_);
  return image != nullptr ? *image : none;
}

Frame Frame::onHost() const {
  const auto& image = onDevice();
  return image != nullptr ? Frame(image->download()) : *this;
}

Size Frame::size() const {
  if (const auto& image = onDevice()) return image->size();
  return {av().width, av().height};
}

ColourSpec Frame::colour() const {
  if (const auto& image = onDevice()) return image->colour();
  return colourOf(av());
}

Size Frame::displaySize() const {
  if (const auto& image = onDevice()) return displaySizeOf(image->size(), image->pixelRatio());
  const AVRational ratio = av().sample_aspect_ratio;
  return displaySizeOf(size(), {ratio.num, ratio.den});
}

Size displaySizeOf(Size stored, std::array<int, 2> pixelRatio) {
  const auto [width, height] = pixelRatio;
  if (width <= 0 || height <= 0) return stored;
  const double wide = static_cast<double>(width) / height;
  if (wide > kMaxPixelRatio || wide < 1 / kMaxPixelRatio) return stored;
  const Size shown = wide >= 1 ? Size{stretched(stored.width, wide), stored.height}
                               : Size{stored.width, stretched(stored.height, 1 / wide)};
  return int64_t{shown.width} * shown.height <= kMaxPixels ? shown : stored;
}

}  // namespace flux::video
