// The rule of convert.h as it is written there, in double precision, pixel by pixel.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "video/convert_source.h"

namespace flux::video {
namespace {

using Values = std::array<double, 3>;  // Y', Cb, Cr or R, G, B

/// What a pixel of the result covers along one axis, in luma samples.
struct Span {
  double from;
  double length;
};

Span spanOf(int index, int cell, int sourceFrom, int sourceLength, int targetFrom,
            int targetLength) {
  const double ratio = static_cast<double>(sourceLength) / targetLength;
  return {sourceFrom + (index * cell - targetFrom) * ratio, cell * ratio};
}

double sampleAt(const Component& plane, int x, int y) {
  x = std::clamp(x, 0, plane.size.width - 1);
  y = std::clamp(y, 0, plane.size.height - 1);
  return plane.data[y * plane.stride + ptrdiff_t{x} * plane.step];
}

double bilinear(const Component& plane, double x, double y) {
  const double left = std::floor(x - 0.5);
  const double top = std::floor(y - 0.5);
  const double right = x - 0.5 - left;
  const double below = y - 0.5 - top;
  const int i = static_cast<int>(left);
  const int j = static_cast<int>(top);
  return (1 - below) * ((1 - right) * sampleAt(plane, i, j) + right * sampleAt(plane, i + 1, j)) +
         below * ((1 - right) * sampleAt(plane, i, j + 1) + right * sampleAt(plane, i + 1, j + 1));
}

double mean(const Component& plane, Span columns, Span rows) {
  const double toX = 1.0 / (1 << plane.shiftX);
  const double toY = 1.0 / (1 << plane.shiftY);
  const Span across{columns.from * toX, columns.length * toX};
  const Span down{rows.from * toY, rows.length * toY};
  const int n = partsOf(across.length);
  const int m = partsOf(down.length);
  double sum = 0;
  for (int j = 0; j < m; ++j) {
    for (int i = 0; i < n; ++i) {
      sum += bilinear(plane, across.from + (i + 0.5) * across.length / n,
                      down.from + (j + 0.5) * down.length / m);
    }
  }
  return sum / (n * m);
}

/// Clamped to 0 to 255.
Values transformed(const ColourTransform& transform, const Values& in) {
  Values out{};
  for (size_t i = 0; i < 3; ++i) {
    const auto& row = transform[i];
    out[i] = std::clamp(row[0] * in[0] + row[1] * in[1] + row[2] * in[2] + row[3], 0.0, 255.0);
  }
  return out;
}

uint8_t rounded(double value) {
  return static_cast<uint8_t>(std::lround(value));
}

class Reference {
 public:
  Reference(const ConvertPlan& plan, const ConvertSource& source, const Destination& to)
      : plan_(plan), source_(source), to_(to) {}

  void run() const {
    const Size size = plan_.options.size;
    const bool quarter = isQuarterChroma(plan_.options.format);
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) put(x, y, valuesOf(x, y, 1));
    }
    for (int y = 0; quarter && y < halfOf(size.height); ++y) {
      for (int x = 0; x < halfOf(size.width); ++x) putChroma(x, y, valuesOf(x, y, 2));
    }
  }

 private:
  /// Of the result's pixel, or of the `cell` x `cell` pixels of its chroma sample.
  [[nodiscard]] Values valuesOf(int x, int y, int cell) const {
    const Rect& target = plan_.placement.target;
    const Rect& from = plan_.placement.source;
    const bool inside = x * cell >= target.x && x * cell < target.x + target.width &&
                        y * cell >= target.y && y * cell < target.y + target.height;
    if (!inside) {
      return {plan_.fill[0], plan_.fill[1], plan_.fill[2]};
    }
    const Span columns = spanOf(x, cell, from.x, from.width, target.x, target.width);
    const Span rows = spanOf(y, cell, from.y, from.height, target.y, target.height);
    Values values{0, 128, 128};
    for (size_t i = 0; i < (source_.grey ? 1 : 3); ++i) {
      values[i] = mean(source_.components[i], columns, rows);
    }
    return transformed(plan_.transform, values);
  }

  [[nodiscard]] uint8_t* byteAt(int plane, int y) const {
    return to_.data[plane] + y * to_.stride[plane];
  }

  void put(int x, int y, const Values& values) const {
    const bool bgr = plan_.options.bgr;
    switch (plan_.options.format) {
      case PixelFormat::kNv12:
      case PixelFormat::kI420:
      case PixelFormat::kGray8:
        byteAt(0, y)[x] = rounded(values[0]);
        break;
      case PixelFormat::kRgb24:
        for (int i = 0; i < 3; ++i)
          byteAt(0, y)[ptrdiff_t{3} * x + i] = rounded(values[bgr ? 2 - i : i]);
        break;
      case PixelFormat::kRgba:
        for (int i = 0; i < 3; ++i)
          byteAt(0, y)[ptrdiff_t{4} * x + i] = rounded(values[bgr ? 2 - i : i]);
        byteAt(0, y)[ptrdiff_t{4} * x + 3] = 255;
        break;
      case PixelFormat::kTensorF32:
      case PixelFormat::kTensorF16:
        for (int i = 0; i < 3; ++i) {
          putReal(i, x, y, static_cast<float>(values[bgr ? 2 - i : i]));
        }
        break;
    }
  }

  void putReal(int plane, int x, int y, float value) const {
    const float real = value * plan_.tensorScale[plane] + plan_.tensorOffset[plane];
    if (plan_.options.format == PixelFormat::kTensorF32) {
      std::memcpy(byteAt(plane, y) + sizeof(float) * x, &real, sizeof(float));
    } else {
      const uint16_t half = halfFloat(real);
      std::memcpy(byteAt(plane, y) + sizeof(half) * x, &half, sizeof(half));
    }
  }

  void putChroma(int x, int y, const Values& values) const {
    if (plan_.options.format == PixelFormat::kNv12) {
      byteAt(1, y)[ptrdiff_t{2} * x] = rounded(values[1]);
      byteAt(1, y)[ptrdiff_t{2} * x + 1] = rounded(values[2]);
    } else {
      byteAt(1, y)[x] = rounded(values[1]);
      byteAt(2, y)[x] = rounded(values[2]);
    }
  }

  const ConvertPlan& plan_;
  const ConvertSource& source_;
  const Destination& to_;
};

}  // namespace

void runReference(const ConvertPlan& plan, const ConvertSource& source, const Destination& to) {
  Reference(plan, source, to).run();
}

Placement convertReference(const Frame& from, const ConvertOptions& options,
                           const Destination& to) {
  const Frame host = from.onHost();
  const ConvertSource source = readable(host);
  const ConvertPlan plan = planOf(host.size(), host.displaySize(), source.colour, options);
  runReference(plan, source, to);
  return plan.placement;
}

}  // namespace flux::video
