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
      out[i] = static_cast<int16_t>(rows[0][kStep * i + offset] * kRowScale);
    }
    return;
  }
  std::array<uint16_t, kBlock> sums;
  for (int from = 0; from < count; from += kBlock) {
    const int n = std::min(kBlock, count - from);
    sums.fill(static_cast<uint16_t>(taps / 2));
    for (int t = 0; t < taps; ++t) {
      const uint8_t* const row = rows[t] + ptrdiff_t{kStep} * from + offset;
      const uint32_t weight = weights[t];
      for (int i = 0; i < n; ++i) {
        sums[i] = static_cast<uint16_t>(sums[i] + (row[kStep * i] * weight >> 8));
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
  for (int i = 0; i < count; ++i) {
    out[2 * i] = static_cast<int16_t>(meanUp(meanUp(in[i - 1], in[i]), in[i]));
    out[2 * i + 1] = static_cast<int16_t>(meanUp(meanUp(in[i], in[i + 1]), in[i]));
  }
}

void across(const int16_t* in, const int32_t* first, const int16_t* weights, int pairs, int count,
            int16_t* out) {
  for (int group = 0; group < count; group += 8) {
    std::array<int32_t, 8> sums{};
    for (int p = 0; p < pairs; ++p, weights += 16) {
      for (int i = 0; i < 8; ++i) {
        const int16_t* const at = in + first[group + i] + 2 * p;
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
  for (int i = 0; i < count; ++i) {
    out[2 * i] = roundedByte(cb[i]);
    out[2 * i + 1] = roundedByte(cr[i]);
  }
}

/// 32 to a level, not clamped.
struct Rgb {
  int red;
  int green;
  int blue;
};

Rgb rgbAt(const Rows& rows, const RowMatrix& m, int i) {
  const int luma = timesFraction(rows.luma[i], m.luma) + m.base;
  const int cb = rows.cb[i] - 128 * kRowScale;
  const int cr = rows.cr[i] - 128 * kRowScale;
  return {luma + timesFraction(cr, m.redCr),
          luma + timesFraction(cb, m.greenCb) + timesFraction(cr, m.greenCr),
          luma + timesFraction(cb, m.blueCb)};
}

template <int kBytes>
void interleaved(const Rows& rows, const RowMatrix& matrix, bool bgr, int count, uint8_t* out) {
  const int red = bgr ? 2 : 0;
  for (int i = 0; i < count; ++i) {
    const Rgb rgb = rgbAt(rows, matrix, i);
    uint8_t* const at = out + ptrdiff_t{kBytes} * i;
    at[red] = toByte(rgb.red);
    at[1] = toByte(rgb.green);
    at[2 - red] = toByte(rgb.blue);
    if constexpr (kBytes == 4) at[3] = 255;
  }
}

/// Shares are 32 to a level and count from here, so that means can be taken without a sign.
constexpr int kShareZero = 1 << 15;

uint16_t meanUp16(uint16_t a, uint16_t b) {
  return static_cast<uint16_t>((a + b + 1) >> 1);
}

void chromaShares(const uint8_t* cb, const uint8_t* cr, int step, int count,
                  const RowMatrix& matrix, const ChromaShares& out) {
  // The neighbours of a sample are looked at before it is done.
  std::array<uint16_t, 3> left{};
  std::array<uint16_t, 3> here{};
  const auto sharesAt = [&](int i) {
    const int blue = (cb[ptrdiff_t{step} * i] - 128) * kRowScale;
    const int red = (cr[ptrdiff_t{step} * i] - 128) * kRowScale;
    const int base = kShareZero + matrix.base;
    return std::array{static_cast<uint16_t>(base + timesFraction(red, matrix.redCr)),
                      static_cast<uint16_t>(base + timesFraction(blue, matrix.greenCb) +
                                            timesFraction(red, matrix.greenCr)),
                      static_cast<uint16_t>(base + timesFraction(blue, matrix.blueCb))};
  };
  left = here = sharesAt(0);
  for (int i = 0; i < count; ++i) {
    const auto right = i + 1 < count ? sharesAt(i + 1) : here;
    for (int c = 0; c < 3; ++c) {
      out[c][2 * i] = meanUp16(meanUp16(left[c], here[c]), here[c]);
      out[c][2 * i + 1] = meanUp16(meanUp16(right[c], here[c]), here[c]);
    }
    left = here;
    here = right;
  }
}

template <int kBytes>
void colourPair(const RowPair& rows, const RowMatrix& matrix, bool bgr, int count) {
  const int red = bgr ? 2 : 0;
  const int place[] = {red, 1, 2 - red};
  for (int y = 0; y < 2; ++y) {
    const ChromaShares& near = y == 0 ? rows.above : rows.below;
    for (int i = 0; i < count; ++i) {
      uint8_t* const at = rows.out[y] + ptrdiff_t{kBytes} * i;
      const int luma = rows.luma[y][i] * matrix.luma >> 8;
      for (int c = 0; c < 3; ++c) {
        const uint16_t middle = meanUp16(rows.above[c][i], rows.below[c][i]);
        at[place[c]] = toByte(meanUp16(middle, near[c][i]) - kShareZero + luma);
      }
      if constexpr (kBytes == 4) at[3] = 255;
    }
  }
}

float level(int of32) {
  return static_cast<float>(std::clamp(of32, 0, 255 * 32));
}

void real(const Rows& rows, const RowMatrix& matrix, const float* scale, const float* offset,
          int count, float* red, float* green, float* blue) {
  const float factor[] = {scale[0] / 32, scale[1] / 32, scale[2] / 32};
  for (int i = 0; i < count; ++i) {
    const Rgb rgb = rgbAt(rows, matrix, i);
    red[i] = level(rgb.red) * factor[0] + offset[0];
    green[i] = level(rgb.green) * factor[1] + offset[1];
    blue[i] = level(rgb.blue) * factor[2] + offset[2];
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
