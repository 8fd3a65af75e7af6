// The rule of video/convert.h for a GPU: one thread for each pixel, or for each chroma sample and
// the four pixels under it. Regenerate convert.ptx.inc with `node scripts/ptx.mjs` after a change.
#include "convert_parameters.h"
#include "device.h"

namespace flux::gpu::device {
namespace {

struct Values {
  float v[3];  ///< Y', Cb, Cr, or R, G, B, or grey; 0 to 255
};

FLUX_DEVICE int clamped(int value, int low, int high) {
  return value < low ? low : (value > high ? high : value);
}

FLUX_DEVICE float level(float value) {
  return value < 0.0F ? 0.0F : (value > 255.0F ? 255.0F : value);
}

FLUX_DEVICE unsigned char rounded(float value) {
  return static_cast<unsigned char>(static_cast<int>(value + 0.5F));
}

/// A component of a source's plane.
struct Plane {
  const unsigned char* data;
  const ConvertInput* shape;
  int component;
  int wide;

  FLUX_DEVICE float at(int x, int y) const {
    const int column = clamped(x, 0, shape->width - 1) * shape->step + component;
    const unsigned char* line =
        data + static_cast<long long>(clamped(y, 0, shape->height - 1)) * shape->pitch;
    if (wide == 0) return static_cast<float>(line[column]);
    return static_cast<float>(reinterpret_cast<const unsigned short*>(line)[column]) / 256.0F;
  }

  FLUX_DEVICE float bilinear(float x, float y) const {
    const float left = __builtin_floorf(x - 0.5F);
    const float top = __builtin_floorf(y - 0.5F);
    const float right = x - 0.5F - left;
    const float below = y - 0.5F - top;
    const int i = static_cast<int>(left);
    const int j = static_cast<int>(top);
    return (1.0F - below) * ((1.0F - right) * at(i, j) + right * at(i + 1, j)) +
           below * ((1.0F - right) * at(i, j + 1) + right * at(i + 1, j + 1));
  }

  FLUX_DEVICE float mean(const ConvertSampling& sampling, int column, int row) const {
    const ConvertAxis& x = sampling.x;
    const ConvertAxis& y = sampling.y;
    const float left = x.from + static_cast<float>(column - x.target) * x.each;
    const float top = y.from + static_cast<float>(row - y.target) * y.each;
    const float across = x.each / static_cast<float>(x.parts);
    const float down = y.each / static_cast<float>(y.parts);
    float sum = 0.0F;
    for (int j = 0; j < y.parts; ++j) {
      for (int i = 0; i < x.parts; ++i) {
        sum += bilinear(left + (static_cast<float>(i) + 0.5F) * across,
                        top + (static_cast<float>(j) + 0.5F) * down);
      }
    }
    return sum / static_cast<float>(x.parts * y.parts);
  }
};

FLUX_DEVICE Plane planeOf(const ConvertParameters& p, const ConvertInput& shape, int component) {
  const int sampleBytes = p.wide == 0 ? 1 : 2;
  const unsigned long long bytes =
      static_cast<unsigned long long>(shape.pitch) * (shape.height - 1) +
      static_cast<unsigned long long>(shape.width * shape.step * sampleBytes);
  return {memory<const unsigned char>(shape.address, bytes), &shape, component, p.wide};
}

FLUX_DEVICE bool inside(const ConvertSampling& sampling, int column, int row) {
  return column >= sampling.x.target && column < sampling.x.end && row >= sampling.y.target &&
         row < sampling.y.end;
}

FLUX_DEVICE float transformed(const ConvertParameters& p, int row, const Values& in) {
  const float* by = p.transform[row];
  return level(by[0] * in.v[0] + by[1] * in.v[1] + by[2] * in.v[2] + by[3]);
}

FLUX_DEVICE Values transformed(const ConvertParameters& p, const Values& in) {
  return {{transformed(p, 0, in), transformed(p, 1, in), transformed(p, 2, in)}};
}

FLUX_DEVICE Values samplesAt(const ConvertParameters& p, int column, int row) {
  return {{planeOf(p, p.luma, 0).mean(p.lumaSampling, column, row),
           planeOf(p, p.chroma, 0).mean(p.chromaSampling, column, row),
           planeOf(p, p.chroma, 1).mean(p.chromaSampling, column, row)}};
}

FLUX_DEVICE Values valuesAt(const ConvertParameters& p, int column, int row) {
  if (!inside(p.lumaSampling, column, row)) return {{p.fill[0], p.fill[1], p.fill[2]}};
  return transformed(p, samplesAt(p, column, row));
}

FLUX_DEVICE float lumaAt(const ConvertParameters& p, int column, int row) {
  if (!inside(p.lumaSampling, column, row)) return p.fill[0];
  if (p.keepsColour != 0) return planeOf(p, p.luma, 0).mean(p.lumaSampling, column, row);
  return transformed(p, 0, samplesAt(p, column, row));
}

template <typename T>
FLUX_DEVICE T* placeOf(const ConvertOutput& out, int column, int row) {
  return memory<T>(out.address + static_cast<unsigned long long>(row) * out.pitch +
                       static_cast<unsigned long long>(column) * out.step,
                   sizeof(T));
}

/// IEEE 754 binary16 of the nearest value, ties to even.
FLUX_DEVICE unsigned short half(float value) {
  unsigned bits = 0;
  __builtin_memcpy(&bits, &value, sizeof(bits));
  const unsigned sign = bits >> 16 & 0x8000U;
  const unsigned magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) return static_cast<unsigned short>(sign | 0x7e00U);
  if (magnitude >= 0x477ff000U) return static_cast<unsigned short>(sign | 0x7c00U);
  if (magnitude < 0x38800000U) {
    // Subnormal: float addition rounds at the bit that is the last of a half's.
    float aligned = 0;
    __builtin_memcpy(&aligned, &magnitude, sizeof(aligned));
    aligned += 0.5F;
    __builtin_memcpy(&bits, &aligned, sizeof(bits));
    return static_cast<unsigned short>(sign | (bits - 0x3f000000U));
  }
  const unsigned odd = magnitude >> 13 & 1U;
  return static_cast<unsigned short>(sign | ((magnitude - 0x38000000U + 0xfffU + odd) >> 13));
}

}  // namespace
}  // namespace flux::gpu::device

using flux::gpu::ConvertParameters;
namespace device = flux::gpu::device;

/// NV12, I420: a thread for each chroma sample.
FLUX_KERNEL void flux_convert_ycc(ConvertParameters p) {
  const int column = device::column();
  const int row = device::row();
  if (2 * column >= p.width || 2 * row >= p.height) return;
  for (int y = 2 * row; y < 2 * row + 2 && y < p.height; ++y) {
    for (int x = 2 * column; x < 2 * column + 2 && x < p.width; ++x) {
      *device::placeOf<unsigned char>(p.out[0], x, y) = device::rounded(device::lumaAt(p, x, y));
    }
  }
  device::Values values = {{0.0F, p.fill[1], p.fill[2]}};
  if (device::inside(p.quarterChroma, column, row)) {
    values.v[1] = device::planeOf(p, p.chroma, 0).mean(p.quarterChroma, column, row);
    values.v[2] = device::planeOf(p, p.chroma, 1).mean(p.quarterChroma, column, row);
    if (p.keepsColour == 0) {
      values.v[0] = device::planeOf(p, p.luma, 0).mean(p.quarterLuma, column, row);
      values = device::transformed(p, values);
    }
  }
  *device::placeOf<unsigned char>(p.out[1], column, row) = device::rounded(values.v[1]);
  *device::placeOf<unsigned char>(p.out[2], column, row) = device::rounded(values.v[2]);
}

FLUX_KERNEL void flux_convert_grey(ConvertParameters p) {
  const int column = device::column();
  const int row = device::row();
  if (column >= p.width || row >= p.height) return;
  float grey = p.fill[0];
  if (device::inside(p.lumaSampling, column, row)) {
    const float luma = device::planeOf(p, p.luma, 0).mean(p.lumaSampling, column, row);
    grey = device::level(p.transform[0][0] * luma + p.transform[0][3]);
  }
  *device::placeOf<unsigned char>(p.out[0], column, row) = device::rounded(grey);
}

/// RGB24; RGBA where the step of a pixel is 4.
FLUX_KERNEL void flux_convert_rgb(ConvertParameters p) {
  const int column = device::column();
  const int row = device::row();
  if (column >= p.width || row >= p.height) return;
  const device::Values values =
      device::valuesAt(p, column, row);
  for (int i = 0; i < 3; ++i) {
    *device::placeOf<unsigned char>(p.out[i], column, row) = device::rounded(values.v[i]);
  }
  if (p.out[0].step == 4) {
    const unsigned long long first = p.out[0].address < p.out[2].address ? p.out[0].address
                                                                         : p.out[2].address;
    const flux::gpu::ConvertOutput alpha = {first + 3, p.out[0].pitch, 4};
    *device::placeOf<unsigned char>(alpha, column, row) = 255;
  }
}

FLUX_KERNEL void flux_convert_float(ConvertParameters p) {
  const int column = device::column();
  const int row = device::row();
  if (column >= p.width || row >= p.height) return;
  const device::Values values =
      device::valuesAt(p, column, row);
  for (int i = 0; i < 3; ++i) {
    *device::placeOf<float>(p.out[i], column, row) = values.v[i] * p.scale[i] + p.offset[i];
  }
}

FLUX_KERNEL void flux_convert_half(ConvertParameters p) {
  const int column = device::column();
  const int row = device::row();
  if (column >= p.width || row >= p.height) return;
  const device::Values values =
      device::valuesAt(p, column, row);
  for (int i = 0; i < 3; ++i) {
    *device::placeOf<unsigned short>(p.out[i], column, row) =
        device::half(values.v[i] * p.scale[i] + p.offset[i]);
  }
}
