// The bars beside a letterboxed picture.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "video/convert_rows.h"

namespace flux::video {
namespace {

/// All of `size` but `inside`: `put(x, y, count)` for each run of a row.
template <typename Put>
void outside(Size size, const Rect& inside, Put put) {
  for (int y = 0; y < size.height; ++y) {
    if (y < inside.y || y >= inside.y + inside.height) {
      put(0, y, size.width);
      continue;
    }
    const int right = inside.x + inside.width;
    if (inside.x > 0) put(0, y, inside.x);
    if (right < size.width) put(right, y, size.width - right);
  }
}

struct Pixel {
  std::array<uint8_t, 4> bytes{};
  size_t size = 1;
};

void fillPlane(const Destination& to, size_t plane, Size size, const Rect& inside, Pixel pixel) {
  if (inside == Rect{0, 0, size.width, size.height}) return;
  // A line of them, to copy from: whatever the alignment, that is as fast as memory.
  std::vector<uint8_t> line(pixel.size * size.width);
  for (size_t i = 0; i < line.size(); ++i) line[i] = pixel.bytes[i % pixel.size];
  outside(size, inside, [&](int x, int y, int count) {
    std::memcpy(to.data[plane] + y * to.stride[plane] + static_cast<ptrdiff_t>(pixel.size) * x,
                line.data(), pixel.size * count);
  });
}

uint8_t byteOf(float value) {
  return static_cast<uint8_t>(std::lround(value));
}

}  // namespace

void RowConversion::fillBars(const Destination& to) const {
  const ConvertOptions& options = plan_.options;
  const Rect& inside = plan_.placement.target;
  const Size size = options.size;
  const uint8_t first = byteOf(plan_.fill[options.bgr ? 2 : 0]);
  const uint8_t second = byteOf(plan_.fill[1]);
  const uint8_t third = byteOf(plan_.fill[options.bgr ? 0 : 2]);
  switch (options.format) {
    case PixelFormat::kRgb24:
      return fillPlane(to, 0, size, inside, {{first, second, third}, 3});
    case PixelFormat::kRgba:
      return fillPlane(to, 0, size, inside, {{first, second, third, 255}, 4});
    case PixelFormat::kGray8:
      return fillPlane(to, 0, size, inside, {{byteOf(plan_.fill[0])}});
    case PixelFormat::kNv12:
    case PixelFormat::kI420: {
      const Size half{halfOf(size.width), halfOf(size.height)};
      const Rect halfInside{inside.x / 2, inside.y / 2, halfOf(inside.width),
                            halfOf(inside.height)};
      const uint8_t cb = byteOf(plan_.fill[1]);
      const uint8_t cr = byteOf(plan_.fill[2]);
      fillPlane(to, 0, size, inside, {{byteOf(plan_.fill[0])}});
      if (options.format == PixelFormat::kNv12) {
        return fillPlane(to, 1, half, halfInside, {{cb, cr}, 2});
      }
      fillPlane(to, 1, half, halfInside, {{cb}});
      return fillPlane(to, 2, half, halfInside, {{cr}});
    }
    case PixelFormat::kTensorF32:
    case PixelFormat::kTensorF16:
      for (size_t i = 0; i < 3; ++i) {
        const float level = plan_.fill[options.bgr ? 2 - i : i];
        const float value = level * plan_.tensorScale[i] + plan_.tensorOffset[i];
        Pixel pixel;
        if (options.format == PixelFormat::kTensorF32) {
          std::memcpy(pixel.bytes.data(), &value, pixel.size = sizeof(value));
        } else {
          const uint16_t half = halfFloat(value);
          std::memcpy(pixel.bytes.data(), &half, pixel.size = sizeof(half));
        }
        fillPlane(to, i, size, inside, pixel);
      }
  }
}

}  // namespace flux::video
