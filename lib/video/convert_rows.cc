#include "video/convert_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace flux::video {
namespace {

constexpr double kFactorOne = 8192;  // RowMatrix
constexpr int kToBytes = 8192;       // ConvertKernels::bytes: of 128 to a level to 32

int16_t fixed(double value, double one) {
  return static_cast<int16_t>(std::clamp<long>(std::lround(value * one), -32768, 32767));
}

RowMatrix rowMatrixOf(const ColourTransform& t) {
  return {
      .luma = fixed(t[0][0], kFactorOne),
      // Chroma counts from 128 here.
      .base = fixed(t[0][3] + 128.0 * (t[0][1] + t[0][2]), 32),
      .redCr = fixed(t[0][2], kFactorOne),
      .greenCb = fixed(t[1][1], kFactorOne),
      .greenCr = fixed(t[1][2], kFactorOne),
      .blueCb = fixed(t[2][1], kFactorOne),
  };
}

bool isAligned(const void* at, size_t to) {
  return reinterpret_cast<uintptr_t>(at) % to == 0;
}

}  // namespace

SourceGeometry geometryOf(const ConvertSource& source) {
  SourceGeometry geometry{.colour = source.colour, .grey = source.grey};
  for (size_t i = 0; i < (source.grey ? 1 : 3); ++i) {
    geometry.sizes[i] = source.components[i].size;
    geometry.steps[i] = source.components[i].step;
  }
  geometry.chromaShift = {source.components[1].shiftX, source.components[1].shiftY};
  return geometry;
}

RowConversion::RowConversion(const ConvertPlan& plan, const ConvertSource& source, CpuLevel level)
    : plan_(plan),
      kernels_(convertKernels(level)),
      matrix_(rowMatrixOf(plan.transform)),
      grey_(source.grey) {
  const auto& [luma, cb, cr] = source.components;
  luma_ = PlaneResampler(plan, luma, 1);
  if (!grey_) chroma_ = PlaneResampler(plan, cb, 1);
  if (isQuarterChroma(plan.options.format)) {
    halfLuma_ = PlaneResampler(plan, luma, 2);
    if (!grey_) halfChroma_ = PlaneResampler(plan, cb, 2);
  }
  const size_t columns = plan.placement.target.width;
  for (auto& row : rows_) {
    row.resize(columns + size_t{2} * kRowSlack, static_cast<int16_t>(128 * kRowScale));
  }
  if (isTensor(plan.options.format)) {
    for (auto& row : reals_) row.resize(columns);
  }
}

bool RowConversion::suits() const {
  return luma_.suits() && chroma_.suits() && halfLuma_.suits() && halfChroma_.suits();
}

void RowConversion::run(const ConvertSource& source, const Destination& to) {
  fillBars(to);
  switch (plan_.options.format) {
    case PixelFormat::kNv12:
    case PixelFormat::kI420:
      lumaRows(source, to);
      chromaRows(source, to);
      break;
    case PixelFormat::kGray8:
      lumaRows(source, to);
      break;
    default:
      colourRows(source, to);
  }
}

void RowConversion::chromaOf(const ConvertSource& source, int y, PlaneResampler& planes) {
  if (grey_) return;
  planes.resamplePair(kernels_, source.components[1], source.components[2], y,
                      rows_[1].data() + kRowSlack, rows_[2].data() + kRowSlack);
}

void RowConversion::mix(size_t row, int count, int16_t* out) const {
  const auto& factors = plan_.transform[row];
  const int luma = static_cast<int>(std::lround(factors[0] * kFactorOne));
  const int cb = static_cast<int>(std::lround(factors[1] * kFactorOne));
  const int cr = static_cast<int>(std::lround(factors[2] * kFactorOne));
  const int base =
      static_cast<int>(std::lround(factors[3] * kRowScale * kFactorOne + kFactorOne / 2));
  const int16_t* const in[] = {rows_[0].data() + kRowSlack, rows_[1].data() + kRowSlack,
                               rows_[2].data() + kRowSlack};
  for (int i = 0; i < count; ++i) {
    const int sum = (in[0][i] * luma + in[1][i] * cb + in[2][i] * cr + base) >> 13;
    out[i] = static_cast<int16_t>(std::clamp(sum, 0, 255 * kRowScale));
  }
}

void RowConversion::lumaRows(const ConvertSource& source, const Destination& to) {
  const Rect& target = plan_.placement.target;
  const bool grey = plan_.options.format == PixelFormat::kGray8;
  const auto& factors = plan_.transform[0];
  const bool alone = grey || plan_.keepsColour;
  const bool copy = luma_.isCopy() && factors[0] == 1 && alone && source.components[0].step == 1;
  const int16_t factor = alone ? fixed(factors[0], kToBytes) : int16_t{kToBytes};
  const int16_t offset = alone ? fixed(factors[3], 32) : int16_t{0};
  int16_t* const row = rows_[0].data() + kRowSlack;
  int16_t* const mixed = rows_[3].data() + kRowSlack;
  for (int y = 0; y < target.height; ++y) {
    uint8_t* const out = to.data[0] + (target.y + y) * to.stride[0] + target.x;
    if (copy) {
      std::memcpy(out, luma_.rowOf(source.components[0], y), target.width);
      continue;
    }
    luma_.resample(kernels_, source.components[0], y, row);
    if (!alone) {
      chromaOf(source, y, chroma_);
      mix(0, target.width, mixed);
    }
    kernels_.bytes(alone ? row : mixed, factor, offset, target.width, out);
  }
}

void RowConversion::chromaRows(const ConvertSource& source, const Destination& to) {
  const Rect& target = plan_.placement.target;
  const int columns = halfOf(target.width);
  std::array<std::vector<int16_t>, 2> mixed;
  if (!plan_.keepsColour) {
    for (auto& row : mixed) row.resize(columns + size_t{2} * kRowSlack);
  }
  for (int y = 0; y < halfOf(target.height); ++y) {
    chromaOf(source, y, halfChroma_);
    const int16_t* cb = rows_[1].data() + kRowSlack;
    const int16_t* cr = rows_[2].data() + kRowSlack;
    if (!plan_.keepsColour) {
      halfLuma_.resample(kernels_, source.components[0], y, rows_[0].data() + kRowSlack);
      mix(1, columns, mixed[0].data() + kRowSlack);
      mix(2, columns, mixed[1].data() + kRowSlack);
      cb = mixed[0].data() + kRowSlack;
      cr = mixed[1].data() + kRowSlack;
    }
    const ptrdiff_t line = target.y / 2 + y;
    if (plan_.options.format == PixelFormat::kNv12) {
      kernels_.pairs(cb, cr, columns, to.data[1] + line * to.stride[1] + target.x);
    } else {
      kernels_.bytes(cb, kToBytes, 0, columns, to.data[1] + line * to.stride[1] + target.x / 2);
      kernels_.bytes(cr, kToBytes, 0, columns, to.data[2] + line * to.stride[2] + target.x / 2);
    }
  }
}

bool RowConversion::isPaired() const {
  const PixelFormat format = plan_.options.format;
  return (format == PixelFormat::kRgb24 || format == PixelFormat::kRgba) && luma_.isCopy() &&
         !grey_ && chroma_.isDouble();
}

void RowConversion::pairedRows(const ConvertSource& source, const Destination& to) {
  for (int column = 0; column < chroma_.readColumns(); column += kPiece) {
    pairedColumns(source, to, column);
  }
}

void RowConversion::pairedColumns(const ConvertSource& source, const Destination& to, int column) {
  const Component& luma = source.components[0];
  const Component& cb = source.components[1];
  const Component& cr = source.components[2];
  const ptrdiff_t pixel = ptrdiff_t{2} * column;
  const Rect& target = plan_.placement.target;
  const bool rgba = plan_.options.format == PixelFormat::kRgba;
  const auto colourPair = rgba ? kernels_.colourPairAlpha : kernels_.colourPair;
  const int columns = std::min(chroma_.readColumns() - column, kPiece);
  const int pixels = std::min(target.width - 2 * column, 2 * kPiece);
  const auto sharesOf = [&](int row) {
    auto& shares = shares_[row % 2 == 0 ? 0 : 1];
    return ChromaShares{shares[0].data(), shares[1].data(), shares[2].data()};
  };
  const auto read = [&](int row) {
    const ptrdiff_t at = ptrdiff_t{cb.step} * column;
    kernels_.chromaShares({.cb = chroma_.rowOf(cb, row) + at,
                           .cr = chroma_.rowOf(cr, row) + at,
                           .step = cb.step,
                           .count = columns,
                           .hasBefore = column > 0,
                           .hasAfter = column + columns < chroma_.readColumns()},
                          matrix_, sharesOf(row));
  };
  // Rows 2 j - 1 and 2 j lie between rows j - 1 and j of chroma. What is before the first row or
  // behind the last is made and forgotten.
  const int last = target.height - 1;
  const ptrdiff_t each = rgba ? 4 : 3;
  spare_.resize(each * pixels);
  const auto outOf = [&](int y) {
    if (y < 0 || y > last) return spare_.data();
    return to.data[0] + (target.y + y) * to.stride[0] + each * (target.x + pixel);
  };
  read(-1);
  for (int j = 0; 2 * j - 1 <= last; ++j) {
    read(j);
    colourPair({.luma = {luma_.rowOf(luma, 2 * j - 1) + pixel, luma_.rowOf(luma, 2 * j) + pixel},
                .above = sharesOf(j - 1),
                .below = sharesOf(j),
                .out = {outOf(2 * j - 1), outOf(2 * j)}},
               matrix_, plan_.options.bgr, pixels);
  }
}

void RowConversion::colourRows(const ConvertSource& source, const Destination& to) {
  if (isPaired()) return pairedRows(source, to);
  for (int y = 0; y < plan_.placement.target.height; ++y) {
    luma_.resample(kernels_, source.components[0], y, rows_[0].data() + kRowSlack);
    chromaOf(source, y, chroma_);
    storeColours(to, y);
  }
}

void RowConversion::storeColours(const Destination& to, int y) {
  if (isTensor(plan_.options.format)) {
    storeTensor(to, y);
    return;
  }
  const Rect& target = plan_.placement.target;
  const bool rgba = plan_.options.format == PixelFormat::kRgba;
  uint8_t* const out =
      to.data[0] + (target.y + y) * to.stride[0] + (rgba ? 4 : 3) * ptrdiff_t{target.x};
  const Rows rows{rows_[0].data() + kRowSlack, rows_[1].data() + kRowSlack,
                  rows_[2].data() + kRowSlack};
  (rgba ? kernels_.rgba : kernels_.rgb24)(rows, matrix_, plan_.options.bgr, target.width, out);
}

void RowConversion::storeTensor(const Destination& to, int y) {
  const Rect& target = plan_.placement.target;
  const bool half = plan_.options.format == PixelFormat::kTensorF16;
  const ptrdiff_t each = half ? sizeof(uint16_t) : sizeof(float);
  std::array<uint8_t*, 3> out{};
  std::array<float*, 3> reals{};
  for (size_t i = 0; i < 3; ++i) {
    out[i] = to.data[i] + (target.y + y) * to.stride[i] + each * target.x;
    const bool direct = !half && isAligned(out[i], alignof(float));
    reals[i] = direct ? reinterpret_cast<float*>(out[i]) : reals_[i].data();
  }
  const Rows rows{rows_[0].data() + kRowSlack, rows_[1].data() + kRowSlack,
                  rows_[2].data() + kRowSlack};
  std::array<float, 3> scale = plan_.tensorScale;
  std::array<float, 3> offset = plan_.tensorOffset;
  std::array<float*, 3> colours = reals;
  if (plan_.options.bgr) {  // the planes' order to that of red, green, blue
    std::ranges::reverse(scale);
    std::ranges::reverse(offset);
    std::ranges::reverse(colours);
  }
  kernels_.real(rows, matrix_, scale.data(), offset.data(), target.width, colours[0], colours[1],
                colours[2]);
  for (size_t i = 0; i < 3; ++i) {
    if (half) {
      for (int x = 0; x < target.width; ++x) {
        const uint16_t value = halfFloat(reals[i][x]);
        std::memcpy(out[i] + each * x, &value, sizeof(value));
      }
    } else if (reals[i] == reals_[i].data()) {
      std::memcpy(out[i], reals[i], each * target.width);
    }
  }
}

}  // namespace flux::video
