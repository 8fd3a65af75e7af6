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
    .bytes = bytes,
    .pairs = pairs,
    .rgb24 = interleaved<3>,
    .rgba = interleaved<4>,
    .real = real,
};

const ConvertKernels& convertKernels(CpuLevel cpuLevel) {
  requireCpuLevel(cpuLevel);
#if defined(__x86_64__)
  if (cpuLevel == CpuLevel::kAvx2 || cpuLevel == CpuLevel::kAvx512) return kAvx2Kernels;
#endif
  return kPortableKernels;
}

}  // namespace flux::video
