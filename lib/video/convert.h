// Pictures in other sizes, layouts and colours, on the CPU: for viewers, models and encoders. The
// kernels of lib/gpu and the shader of lib/render follow the same rule, within 2 of 255 levels.
//
// The rule. Each plane is resampled on its own, then the matrix turns the three values into
// colours.
//   Where from   Column X of Placement::target covers the source's columns
//                  [source.x + (X - target.x) * r, + r),  r = source.width / target.width,
//                in luma samples whose first has its centre at 0.5. Rows alike. A column of an NV12
//                or I420 result's chroma covers what the two columns of luma under it cover.
//   Chroma       Sample i of a plane with half the columns stands in the middle of luma samples 2i
//                and 2i+1: a position is halved, whatever the picture's size (centre siting).
//   Which        The r columns, counted in the plane's own samples, are cut into n = max(1,
//                ceil(r / 2)) equal parts; likewise the rows. The result is the mean of the n * m
//                values in the middle of the parts. So n is 1 up to half the size, and no sample
//                is skipped below.
//   Value        at (x, y): bilinear between the four samples around, centres at 0.5, 1.5, ...;
//   those
//                beyond the plane's border repeat it (GL_LINEAR with GL_CLAMP_TO_EDGE). What a crop
//                leaves out still counts as a neighbour.
//   Colour       video::toRgb(), clamped to 0 to 1; 8-bit results are rounded to the nearest.
// convertReference() is this rule, written down plainly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/cpu_level.h"
#include "video/colour.h"
#include "video/frame.h"

namespace flux::video {

enum class PixelFormat : uint8_t {
  kNv12,       ///< 4:2:0, 8 bits: a plane of Y', one of Cb and Cr by turns
  kI420,       ///< 4:2:0, 8 bits: planes of Y', Cb, Cr
  kGray8,      ///< Y' of the full range, whatever the source's
  kRgb24,      ///< R, G, B bytes by turns
  kRgba,       ///< R, G, B, 255
  kTensorF32,  ///< three planes of float
  kTensorF16,  ///< three planes of IEEE 754 binary16
};

enum class Fit : uint8_t {
  kStretch,    ///< fills the target, whatever its shape
  kLetterbox,  ///< all of the picture in its shape, bars beside it
  kCover,      ///< fills the target, cut off where the shape differs
};

struct ConvertOptions {
  PixelFormat format = PixelFormat::kRgb24;
  Size size;  ///< each side at least 1; at most kMaxPixels
  /// Shape is that of Frame::displaySize().
  Fit fit = Fit::kStretch;
  std::array<uint8_t, 3> fill{};  ///< of the bars: R, G, B, whatever `format` is and `bgr` says
  bool bgr = false;               ///< kRgb24, kRgba, tensors: B, G, R
  // Tensors: (value * scale - mean) / deviation, value 0 to 255 and not rounded. `mean` and
  // `deviation` are in the order of the planes.
  float scale = 1.0F / 255;
  std::array<float, 3> mean{};
  std::array<float, 3> deviation{1, 1, 1};
  /// kNv12, kI420: of what comes out; the source's where unset.
  std::optional<ColourSpec> colour;

  bool operator==(const ConvertOptions&) const = default;
};

struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  bool operator==(const Rect&) const = default;
};

/// Which part of the stored picture (not displaySize()) goes where in the result.
struct Placement {
  Rect source;
  Rect target;

  /// A position in the result as one in the stored picture: boxes on their way back. Both count
  /// from the upper left corner of the first pixel; what lies in the bars is outside.
  [[nodiscard]] std::array<double, 2> toSource(double x, double y) const;

  bool operator==(const Placement&) const = default;
};

/// `stored` and `shown` as Frame::size() and displaySize(). A letterboxed picture stands in the
/// middle, one pixel up or left where the bars cannot be equal; in kNv12 and kI420 it begins at
/// even positions.
Placement place(Size stored, Size shown, const ConvertOptions& options);

/// Where a result goes: planes in the order of the format, the rest unused.
struct Destination {
  std::array<uint8_t*, 3> data{};
  std::array<ptrdiff_t, 3> stride{};  ///< bytes from one line to the next
};

/// Of a picture without padding. Chroma of an odd size is rounded up.
size_t packedBytes(PixelFormat format, Size size);
/// Planes one after another without padding, as item `index` of a batch ([N, 3, H, W] for tensors).
/// Throws ERR_INVALID_ARGUMENT where `buffer` is too small for that.
Destination packedInto(std::span<uint8_t> buffer, PixelFormat format, Size size, size_t index = 0);

/// Converts pictures, and keeps what the next one of the same sizes needs. Used by one thread at a
/// time.
class Converter final {
 public:
  /// Throws ERR_INVALID_ARGUMENT where the environment asks for instructions that this machine
  /// has not.
  Converter();
  explicit Converter(CpuLevel level);
  ~Converter();
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  /// Writes all of `to`, bars included. A picture on a GPU is copied to the machine first. Y'CbCr
  /// of 8 bits is read as it is, of more bits after rounding to 8; what else libavcodec makes goes
  /// through libswscale. Throws
  /// ERR_INVALID_ARGUMENT, ERR_LIMIT (`options`), ERR_UNSUPPORTED (the source's pixel format),
  /// ERR_GPU_LOST.
  Placement convert(const Frame& from, const ConvertOptions& options, const Destination& to);
  /// The same into a picture of its own with the source's time, and square pixels where the shape
  /// was kept: kNv12, kI420, kGray8, kRgb24, kRgba.
  Frame toFrame(const Frame& from, const ConvertOptions& options);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The same result within 1 level, slowly: what the rest is measured by.
Placement convertReference(const Frame& from, const ConvertOptions& options, const Destination& to);

}  // namespace flux::video
