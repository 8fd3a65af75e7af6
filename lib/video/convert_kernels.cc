// Plain loops that compilers turn into vectors of what every processor has.
#include "video/convert_kernels.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace flux::video {
namespace {

constexpr int kBlock = 256;

/// The upper half of the product, rounded: PMULHRSW, SQRDMULH.
int16_t timesFraction(int value, int factor) {
  return static_cast<int16_t>((value * factor + (1 << 14)) >> 15);
}

template <int kStep>
void sumRows(const uint8_t* const* rows, const uint16_t* weights, int taps, int offset, int count,
             int16_t* out) {
  if (taps == 1) {
    for (int i = 0; i < count; ++i) {
      out[i] = static_cast<int16_t>(rows[0][ptrdiff_t{kStep} * i + offset] * kRowScale);
    }
    return;
  }
  std::array<uint16_t, kBlock> sums;
  for (int from = 0; from < count; from += kBlock) {
    const int n = std::min(kBlock, count - from);
    sums.fill(static_cast<uint16_t>(taps / 2));
    for (int t = 0; t < taps; ++t) {
      const uint8_t* const row = rows[t] + ptrdiff_t{kStep} * from + offset;
      const uint16_t weight = weights[t];
      for (int i = 0; i < n; ++i) {
        const auto sample = static_cast<uint16_t>(row[ptrdiff_t{kStep} * i] << 8);
        sums[i] = static_cast<uint16_t>(sums[i] + (uint32_t{sample} * weight >> 16));
      }
    }
    for (int i = 0; i < n; ++i) out[from + i] = static_cast<int16_t>(sums[i] >> 1);
  }
}

void down(const uint8_t* const* rows, const uint16_t* weights, int taps, int count, int16_t* out) {
  sumRows<1>(rows, weights, taps, 0, count, out);
}

void downPairs(const uint8_t* const* rows, const uint16_t* weights, int taps, int count,
               int16_t* cb, int16_t* cr) {
  sumRows<2>(rows, weights, taps, 0, count, cb);
  sumRows<2>(rows, weights, taps, 1, count, cr);
}

int meanUp(int a, int b) {
  return (a + b + 1) >> 1;
}

void twice(const int16_t* in, int count, int16_t* out) {
  for (ptrdiff_t i = 0; i < count; ++i) {
    out[2 * i] = static_cast<int16_t>(meanUp(meanUp(in[i - 1], in[i]), in[i]));
    out[2 * i + 1] = static_cast<int16_t>(meanUp(meanUp(in[i], in[i + 1]), in[i]));
  }
}

void across(const int16_t* in, const int32_t* first, const int16_t* weights, int pairs, int count,
            int16_t* out) {
  for (int group = 0; group < count; group += 8) {
    std::array<int32_t, 8> sums{};
    for (int p = 0; p < pairs; ++p, weights += 16) {
      for (ptrdiff_t i = 0; i < 8; ++i) {
        const int16_t* const at = in + first[group + i] + 2 * ptrdiff_t{p};
        sums[i] += at[0] * weights[2 * i] + at[1] * weights[2 * i + 1];
      }
    }
    for (int i = 0; i < 8; ++i) out[group + i] = static_cast<int16_t>((sums[i] + 8192) >> 14);
  }
}

uint8_t toByte(int of32) {
  return static_cast<uint8_t>(std::clamp((of32 + 16) >> 5, 0, 255));
}

void bytes(const int16_t* in, int16_t factor, int16_t offset, int count, uint8_t* out) {
  for (int i = 0; i < count; ++i) out[i] = toByte(timesFraction(in[i], factor) + offset);
}

uint8_t roundedByte(int16_t value) {
  return static_cast<uint8_t>((value + kRowScale / 2) / kRowScale);
}

void pairs(const int16_t* cb, const int16_t* cr, int count, uint8_t* out) {
  for (ptrdiff_t i = 0; i < count; ++i) {
    out[2 * i] = roundedByte(cb[i]);
    out[2 * i + 1] = roundedByte(cr[i]);
  }
}

/// A piece of a row, a colour after the other: loops over one array become vectors.
template <typename Value>
using Piece = std::array<std::array<Value, kBlock>, 3>;

/// 32 to a level, not clamped.
void coloursOf(const Rows& rows, const RowMatrix& m, int from, int count, Piece<int16_t>& out) {
  for (int i = 0; i < count; ++i) {
    const int luma = timesFraction(rows.luma[from + i], m.luma) + m.base;
    const int cb = rows.cb[from + i] - 128 * kRowScale;
    const int cr = rows.cr[from + i] - 128 * kRowScale;
    out[0][i] = static_cast<int16_t>(luma + timesFraction(cr, m.redCr));
    out[1][i] =
        static_cast<int16_t>(luma + timesFraction(cb, m.greenCb) + timesFraction(cr, m.greenCr));
    out[2][i] = static_cast<int16_t>(luma + timesFraction(cb, m.blueCb));
  }
}

template <int kBytes>
void byTurns(const Piece<uint8_t>& colours, bool bgr, int count, uint8_t* out) {
  const auto& first = colours[bgr ? 2 : 0];
  const auto& third = colours[bgr ? 0 : 2];
  for (ptrdiff_t i = 0; i < count; ++i) {
    out[kBytes * i] = first[i];
    out[kBytes * i + 1] = colours[1][i];
    out[kBytes * i + 2] = third[i];
    if constexpr (kBytes == 4) out[kBytes * i + 3] = 255;
  }
}

template <int kBytes>
void interleaved(const Rows& rows, const RowMatrix& matrix, bool bgr, int count, uint8_t* out) {
  Piece<int16_t> wide;
  Piece<uint8_t> narrow;
  for (int from = 0; from < count; from += kBlock) {
    const int n = std::min(kBlock, count - from);
    coloursOf(rows, matrix, from, n, wide);
    for (int c = 0; c < 3; ++c) {
      for (int i = 0; i < n; ++i) narrow[c][i] = toByte(wide[c][i]);
    }
    byTurns<kBytes>(narrow, bgr, n, out + ptrdiff_t{kBytes} * from);
  }
}

/// Shares are 32 to a level and count from here, so that means can be taken without a sign.
constexpr int kShareZero = 1 << 15;

uint16_t meanUp16(uint16_t a, uint16_t b) {
  return static_cast<uint16_t>((a + b + 1) >> 1);
}

void chromaShares(const ChromaPiece& piece, const RowMatrix& m, const ChromaShares& out) {
  const int base = kShareZero + m.base;
  const int n = piece.count;
  // With one more on either side.
  std::array<int16_t, kPiece + 2> blue;
  std::array<int16_t, kPiece + 2> red;
  std::array<std::array<uint16_t, kPiece + 2>, 3> plain;
  for (int i = piece.hasBefore ? -1 : 0; i < n + (piece.hasAfter ? 1 : 0); ++i) {
    const ptrdiff_t at = ptrdiff_t{piece.step} * i;
    blue[i + 1] = static_cast<int16_t>((piece.cb[at] - 128) * kRowScale);
    red[i + 1] = static_cast<int16_t>((piece.cr[at] - 128) * kRowScale);
  }
  if (!piece.hasBefore) {
    blue[0] = blue[1];
    red[0] = red[1];
  }
  if (!piece.hasAfter) {
    blue[n + 1] = blue[n];
    red[n + 1] = red[n];
  }
  for (int i = 0; i < n + 2; ++i) {
    plain[0][i] = static_cast<uint16_t>(base + timesFraction(red[i], m.redCr));
    plain[1][i] = static_cast<uint16_t>(base + timesFraction(blue[i], m.greenCb) +
                                        timesFraction(red[i], m.greenCr));
    plain[2][i] = static_cast<uint16_t>(base + timesFraction(blue[i], m.blueCb));
  }
  std::array<uint16_t, kPiece> left;
  std::array<uint16_t, kPiece> right;
  for (int c = 0; c < 3; ++c) {
    const auto& in = plain[c];
    for (int i = 0; i < n; ++i) left[i] = meanUp16(in[i], in[i + 1]);
    for (int i = 0; i < n; ++i) right[i] = meanUp16(in[i + 1], in[i + 2]);
    for (ptrdiff_t i = 0; i < n; ++i) {
      out[c][2 * i] = meanUp16(left[i], in[i + 1]);
      out[c][2 * i + 1] = meanUp16(right[i], in[i + 1]);
    }
  }
}

template <int kBytes>
void colourPair(const RowPair& rows, const RowMatrix& matrix, bool bgr, int count) {
  const auto factor = static_cast<uint16_t>(matrix.luma);
  Piece<uint8_t> narrow;
  std::array<uint16_t, kBlock> lumas;
  std::array<uint16_t, kBlock> shares;
  for (int from = 0; from < count; from += kBlock) {
    const int n = std::min(kBlock, count - from);
    for (int y = 0; y < 2; ++y) {
      const uint8_t* const luma = rows.luma[y] + from;
      for (int i = 0; i < n; ++i) {
        const auto sample = static_cast<uint16_t>(luma[i] << 8);
        lumas[i] = static_cast<uint16_t>(uint32_t{sample} * factor >> 16);
      }
      for (int c = 0; c < 3; ++c) {
        const uint16_t* const above = rows.above[c] + from;
        const uint16_t* const below = rows.below[c] + from;
        const uint16_t* const near = y == 0 ? above : below;
        // Step by step, so that 16 bits suffice for each.
        for (int i = 0; i < n; ++i) shares[i] = meanUp16(above[i], below[i]);
        for (int i = 0; i < n; ++i) shares[i] = meanUp16(shares[i], near[i]);
        for (int i = 0; i < n; ++i) {
          const auto sum = static_cast<int16_t>(shares[i] - kShareZero + lumas[i] + 16);
          const auto level = static_cast<int16_t>(sum >> 5);
          narrow[c][i] = static_cast<uint8_t>(std::clamp<int16_t>(level, 0, 255));
        }
      }
      byTurns<kBytes>(narrow, bgr, n, rows.out[y] + ptrdiff_t{kBytes} * from);
    }
  }
}

void real(const Rows& rows, const RowMatrix& matrix, const float* scale, const float* offset,
          int count, float* red, float* green, float* blue) {
  float* const out[] = {red, green, blue};
  Piece<int16_t> wide;
  for (int from = 0; from < count; from += kBlock) {
    const int n = std::min(kBlock, count - from);
    coloursOf(rows, matrix, from, n, wide);
    for (int c = 0; c < 3; ++c) {
      const float factor = scale[c] / 32;
      for (int i = 0; i < n; ++i) {
        const auto level = static_cast<float>(std::clamp<int>(wide[c][i], 0, 255 * 32));
        out[c][from + i] = level * factor + offset[c];
      }
    }
  }
}

}  // namespace

const ConvertKernels kPortableKernels = {
    .down = down,
    .downPairs = downPairs,
    .twice = twice,
    .across = across,
    .chromaShares = chromaShares,
    .colourPair = colourPair<3>,
    .colourPairAlpha = colourPair<4>,
    .bytes = bytes,
    .pairs = pairs,
    .rgb24 = interleaved<3>,
    .rgba = interleaved<4>,
    .real = real,
};

#if defined(__x86_64__)
namespace {

const ConvertKernels& avx512Kernels() {
  static const ConvertKernels kernels = [] {
    ConvertKernels all = kAvx2Kernels;
    // The level does not ask for it.
    if (__builtin_cpu_supports("avx512vbmi")) addAvx512Kernels(all);
    return all;
  }();
  return kernels;
}

}  // namespace
#endif

const ConvertKernels& convertKernels(CpuLevel cpuLevel) {
  requireCpuLevel(cpuLevel);
#if defined(__x86_64__)
  if (cpuLevel == CpuLevel::kAvx2) return kAvx2Kernels;
  if (cpuLevel == CpuLevel::kAvx512) return avx512Kernels();
#endif
  return kPortableKernels;
}

}  // namespace flux::video
