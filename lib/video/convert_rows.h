// A conversion of pictures of one geometry, row by row: each plane first down the columns, then
// across, then to the result's layout. Internal to lib/video.
#pragma once

#include <vector>

#include "video/convert_axis.h"
#include "video/convert_kernels.h"
#include "video/convert_source.h"

namespace flux::video {

/// What a conversion's tables depend on, besides its plan.
struct SourceGeometry {
  std::array<Size, 3> sizes{};
  std::array<int, 3> steps{};
  std::array<int, 2> chromaShift{};
  ColourSpec colour;
  bool grey = false;

  bool operator==(const SourceGeometry&) const = default;
};
SourceGeometry geometryOf(const ConvertSource& source);

/// One plane, or Cb and Cr by turns, on its way to one size.
class PlaneResampler final {
 public:
  PlaneResampler() = default;
  /// `cell` is 2 for a result's chroma; sizes are those of `component` in `plan`'s source.
  PlaneResampler(const ConvertPlan& plan, const Component& component, int cell);

  /// Few enough samples in each sum.
  [[nodiscard]] bool suits() const;
  [[nodiscard]] int columns() const { return across_.outputs; }
  [[nodiscard]] int rows() const { return down_.outputs; }
  /// Nothing but a copy.
  [[nodiscard]] bool isCopy() const {
    return across_.kind == AxisKind::kSame && down_.kind == AxisKind::kSame;
  }
  /// Twice the columns and rows.
  [[nodiscard]] bool isDouble() const {
    return across_.kind == AxisKind::kDouble && down_.kind == AxisKind::kDouble &&
           readTo_ - readFrom_ == across_.end - across_.begin;
  }
  [[nodiscard]] int readColumns() const { return readTo_ - readFrom_; }
  /// Row `y` of those that are read, the border's beyond it; isCopy() or isDouble() only.
  [[nodiscard]] const uint8_t* rowOf(const Component& component, int y) const;

  /// Row `y` of the result, with slack around.
  void resample(const ConvertKernels& kernels, const Component& component, int y, int16_t* out);
  void resamplePair(const ConvertKernels& kernels, const Component& cb, const Component& cr, int y,
                    int16_t* outCb, int16_t* outCr);

 private:
  /// The rows that the result's row `y` is made of, and their weights; returns how many.
  int collectRows(const Component& component, int y);
  void acrossRow(const ConvertKernels& kernels, int16_t* in, int16_t* out) const;
  /// Where samples are put that across_ reads: at `out` if it does nothing with them.
  int16_t* samplesFor(std::vector<int16_t>& own, int16_t* out);

  Axis down_;
  Axis across_;
  int readFrom_ = 0;  ///< columns of the plane that are read
  int readTo_ = 0;
  int planeColumns_ = 0;
  int planeRows_ = 0;
  int pairs_ = 0;
  std::vector<int32_t> firsts_;  ///< as ConvertKernels::across wants them
  std::vector<int16_t> weights_;
  std::array<std::vector<int16_t>, 2> samples_;
  std::array<const uint8_t*, kMaxTaps> rows_{};
  std::array<uint16_t, kMaxTaps> rowWeights_{};
};

class RowConversion final {
 public:
  RowConversion(const ConvertPlan& plan, const ConvertSource& source, CpuLevel level);

  /// False: the sums are so long that runReference() has to do it.
  [[nodiscard]] bool suits() const;
  /// `source` of the geometry that the constructor saw.
  void run(const ConvertSource& source, const Destination& to);

 private:
  void fillBars(const Destination& to) const;
  void lumaRows(const ConvertSource& source, const Destination& to);
  void chromaRows(const ConvertSource& source, const Destination& to);
  /// 4:2:0 in its own size: two rows at a time between the same two rows of chroma.
  [[nodiscard]] bool isPaired() const;
  void pairedRows(const ConvertSource& source, const Destination& to);
  /// The kPiece columns of chroma from `column` on.
  void pairedColumns(const ConvertSource& source, const Destination& to, int column);
  void colourRows(const ConvertSource& source, const Destination& to);
  void chromaOf(const ConvertSource& source, int y, PlaneResampler& planes);
  void storeColours(const Destination& to, int y);
  void storeTensor(const Destination& to, int y);
  /// Row `row` of the transform over the three rows, into `out`.
  void mix(size_t row, int count, int16_t* out) const;

  ConvertPlan plan_;
  const ConvertKernels& kernels_;
  RowMatrix matrix_;
  bool grey_ = false;
  // At the result's full size, and for its own chroma at half.
  PlaneResampler luma_;
  PlaneResampler chroma_;
  PlaneResampler halfLuma_;
  PlaneResampler halfChroma_;
  std::array<std::vector<int16_t>, 4> rows_;  ///< Y', Cb, Cr and one more
  std::array<std::vector<float>, 3> reals_;
  /// Of two rows of chroma, for pairedRows().
  alignas(64) std::array<std::array<std::array<uint16_t, kShareColumns>, 3>, 2> shares_{};
  std::vector<uint8_t> spare_;  ///< a row that nobody asked for
};

}  // namespace flux::video
