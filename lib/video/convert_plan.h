// What a conversion comes down to once sizes, colours and options are known: the same for the
// processor and for the kernels of lib/gpu.
#pragma once

#include "video/convert.h"

namespace flux::video {

/// Rows of the result, columns Y', Cb, Cr, 1; all of 0 to 255.
using ColourTransform = std::array<std::array<float, 4>, 3>;

struct ConvertPlan {
  ConvertOptions options;
  Placement placement;
  ColourTransform transform{};
  bool keepsColour = false;     ///< `transform` changes nothing: planes are only resampled
  std::array<float, 3> fill{};  ///< of the bars, in the result's colours, 0 to 255
  /// Of tensors, in the order of the planes: value (0 to 255) * tensorScale + tensorOffset.
  std::array<float, 3> tensorScale{};
  std::array<float, 3> tensorOffset{};
};

/// `stored`, `shown` and `colour` of the frame. Throws ERR_INVALID_ARGUMENT and ERR_LIMIT.
ConvertPlan planOf(Size stored, Size shown, ColourSpec colour, const ConvertOptions& options);

/// Into how many parts `length` samples are cut along an axis: max(1, ceil(length / 2)). A hair
/// above a whole number, as rounding leaves it, is that number.
inline int partsOf(double length) {
  const int whole = static_cast<int>(length / 2);
  return length / 2 - whole > 1e-6 ? whole + 1 : (whole > 0 ? whole : 1);
}

/// Chroma has half the columns and rows.
constexpr bool isQuarterChroma(PixelFormat format) {
  return format == PixelFormat::kNv12 || format == PixelFormat::kI420;
}
constexpr bool isTensor(PixelFormat format) {
  return format == PixelFormat::kTensorF32 || format == PixelFormat::kTensorF16;
}
constexpr int halfOf(int length) {
  return length / 2 + length % 2;
}

/// IEEE 754 binary16 of the nearest value, ties to even.
uint16_t halfFloat(float value);

}  // namespace flux::video
