// 16 samples per vector. Compiled with -mavx2; convert_kernels.cc chooses it at run time.
#include <immintrin.h>

#include <array>
#include <cstring>

#include "video/convert_kernels.h"

namespace flux::video {
namespace {

constexpr int kWide = 32;  // bytes of a vector

__m256i loadBytes(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}

void storeBytes(void* at, __m256i value) {
  _mm256_storeu_si256(static_cast<__m256i*>(at), value);
}

/// Sums of the even and of the odd bytes, 256 to a level less what the last halving drops.
struct Sums {
  __m256i even;
  __m256i odd;
};

/// Half of the sum: 128 to a level.
Sums sumColumns(const uint8_t* const* rows, const __m256i* weights, int taps, ptrdiff_t at,
                __m256i begin) {
  const __m256i upper = _mm256_set1_epi16(static_cast<int16_t>(0xff00));
  Sums sums{begin, begin};
  for (int t = 0; t < taps; ++t) {
    const __m256i bytes = loadBytes(rows[t] + at);
    const __m256i even = _mm256_slli_epi16(bytes, 8);
    const __m256i odd = _mm256_and_si256(bytes, upper);
    sums.even = _mm256_add_epi16(sums.even, _mm256_mulhi_epu16(even, weights[t]));
    sums.odd = _mm256_add_epi16(sums.odd, _mm256_mulhi_epu16(odd, weights[t]));
  }
  return {_mm256_srli_epi16(sums.even, 1), _mm256_srli_epi16(sums.odd, 1)};
}

Sums oneRow(const uint8_t* at) {
  const __m256i bytes = loadBytes(at);
  return {_mm256_slli_epi16(_mm256_and_si256(bytes, _mm256_set1_epi16(0xff)), 7),
          _mm256_slli_epi16(_mm256_srli_epi16(bytes, 8), 7)};
}

/// Even and odd samples to 32 in their order.
void storeInOrder(int16_t* out, const Sums& sums) {
  const __m256i low = _mm256_unpacklo_epi16(sums.even, sums.odd);
  const __m256i high = _mm256_unpackhi_epi16(sums.even, sums.odd);
  storeBytes(out, _mm256_permute2x128_si256(low, high, 0x20));
  storeBytes(out + 16, _mm256_permute2x128_si256(low, high, 0x31));
}

/// `work(i)` for all of `count` in steps of `step`, the last of them overlapping the one before.
template <typename Work>
void inSteps(int count, int step, Work work) {
  int i = 0;
  for (; i + step <= count; i += step) work(i);
  if (i < count) work(count - step);
}

/// `put(i, sums)` for the `bytes` of the rows, 32 at a time.
template <typename Put>
void sumRows(const uint8_t* const* rows, const uint16_t* weights, int taps, int bytes, Put put) {
  if (taps == 1) {
    inSteps(bytes, kWide, [&](int i) { put(i, oneRow(rows[0] + i)); });
    return;
  }
  std::array<__m256i, kMaxTaps> wide;
  for (int t = 0; t < taps; ++t) wide[t] = _mm256_set1_epi16(static_cast<int16_t>(weights[t]));
  const __m256i begin = _mm256_set1_epi16(static_cast<int16_t>(taps / 2));
  if (taps == 2) {
    inSteps(bytes, kWide, [&](int i) { put(i, sumColumns(rows, wide.data(), 2, i, begin)); });
  } else {
    inSteps(bytes, kWide, [&](int i) { put(i, sumColumns(rows, wide.data(), taps, i, begin)); });
  }
}

void down(const uint8_t* const* rows, const uint16_t* weights, int taps, int count, int16_t* out) {
  if (count < kWide) return kPortableKernels.down(rows, weights, taps, count, out);
  sumRows(rows, weights, taps, count,
          [=](int i, const Sums& sums) { storeInOrder(out + i, sums); });
}

void downPairs(const uint8_t* const* rows, const uint16_t* weights, int taps, int count,
               int16_t* cb, int16_t* cr) {
  if (count < kWide / 2) return kPortableKernels.downPairs(rows, weights, taps, count, cb, cr);
  sumRows(rows, weights, taps, 2 * count, [=](int i, const Sums& sums) {
    storeBytes(cb + i / 2, sums.even);
    storeBytes(cr + i / 2, sums.odd);
  });
}

void twice(const int16_t* in, int count, int16_t* out) {
  for (int i = 0; i < count; i += 16) {
    const __m256i here = loadBytes(in + i);
    const __m256i left = _mm256_avg_epu16(_mm256_avg_epu16(loadBytes(in + i - 1), here), here);
    const __m256i right = _mm256_avg_epu16(_mm256_avg_epu16(loadBytes(in + i + 1), here), here);
    storeInOrder(out + 2 * ptrdiff_t{i}, {left, right});
  }
}

__m256i eightAcross(const int16_t* in, const int32_t* first, const int16_t* weights, int pairs) {
  const __m256i at = loadBytes(first);
  __m256i sum = _mm256_set1_epi32(8192);
  for (int p = 0; p < pairs; ++p) {
    const __m256i samples =
        _mm256_i32gather_epi32(reinterpret_cast<const int*>(in + 2 * ptrdiff_t{p}), at, 2);
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(samples, loadBytes(weights + 16 * ptrdiff_t{p})));
  }
  return _mm256_srai_epi32(sum, 14);
}

void across(const int16_t* in, const int32_t* first, const int16_t* weights, int pairs, int count,
            int16_t* out) {
  for (int i = 0; i < count; i += kGroup) {
    const int16_t* const own = weights + 2 * ptrdiff_t{pairs} * i;
    const __m256i low = eightAcross(in, first + i, own, pairs);
    const __m256i high = eightAcross(in, first + i + 8, own + 16 * ptrdiff_t{pairs}, pairs);
    storeBytes(out + i, _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8));
  }
}

/// Samples 0 to 7 and 16 to 23, so that packing two of these to bytes gives them in their order.
__m256i loadForPacking(const int16_t* at) {
  const auto low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const auto high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16));
  return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

void bytes(const int16_t* in, int16_t factor, int16_t offset, int count, uint8_t* out) {
  if (count < kWide) return kPortableKernels.bytes(in, factor, offset, count, out);
  const __m256i times = _mm256_set1_epi16(factor);
  const __m256i plus = _mm256_set1_epi16(static_cast<int16_t>(offset + 16));
  const auto of = [&](const int16_t* at) {
    const __m256i value = _mm256_mulhrs_epi16(loadForPacking(at), times);
    return _mm256_srai_epi16(_mm256_adds_epi16(value, plus), 5);
  };
  inSteps(count, kWide,
          [&](int i) { storeBytes(out + i, _mm256_packus_epi16(of(in + i), of(in + i + 8))); });
}

void pairs(const int16_t* cb, const int16_t* cr, int count, uint8_t* out) {
  if (count < kWide / 2) return kPortableKernels.pairs(cb, cr, count, out);
  const __m256i half = _mm256_set1_epi16(kRowScale / 2);
  inSteps(count, kWide / 2, [&](int i) {
    // No sign: 32640 and a half are still below 65536.
    const __m256i even = _mm256_srli_epi16(_mm256_add_epi16(loadBytes(cb + i), half), 7);
    const __m256i odd = _mm256_srli_epi16(_mm256_add_epi16(loadBytes(cr + i), half), 7);
    storeBytes(out + 2 * ptrdiff_t{i}, _mm256_or_si256(even, _mm256_slli_epi16(odd, 8)));
  });
}

struct WideMatrix {
  explicit WideMatrix(const RowMatrix& m, int16_t rounding)
      : luma(_mm256_set1_epi16(m.luma)),
        base(_mm256_set1_epi16(static_cast<int16_t>(m.base + rounding))),
        redCr(_mm256_set1_epi16(m.redCr)),
        greenCb(_mm256_set1_epi16(m.greenCb)),
        greenCr(_mm256_set1_epi16(m.greenCr)),
        blueCb(_mm256_set1_epi16(m.blueCb)) {}

  __m256i luma;
  __m256i base;
  __m256i redCr;
  __m256i greenCb;
  __m256i greenCr;
  __m256i blueCb;
};

struct Colours {
  __m256i red;
  __m256i green;
  __m256i blue;
};

/// 32 to a level, not clamped.
Colours coloursOf(const WideMatrix& m, __m256i luma, __m256i cb, __m256i cr) {
  const __m256i middle = _mm256_set1_epi16(128 * kRowScale);
  cb = _mm256_sub_epi16(cb, middle);
  cr = _mm256_sub_epi16(cr, middle);
  luma = _mm256_add_epi16(_mm256_mulhrs_epi16(luma, m.luma), m.base);
  const __m256i green =
      _mm256_add_epi16(_mm256_mulhrs_epi16(cb, m.greenCb), _mm256_mulhrs_epi16(cr, m.greenCr));
  return {_mm256_add_epi16(luma, _mm256_mulhrs_epi16(cr, m.redCr)), _mm256_add_epi16(luma, green),
          _mm256_add_epi16(luma, _mm256_mulhrs_epi16(cb, m.blueCb))};
}

/// 32 pixels, a vector of bytes per colour.
Colours byteColours(const Rows& rows, const WideMatrix& m, int i) {
  const Colours a = coloursOf(m, loadForPacking(rows.luma + i), loadForPacking(rows.cb + i),
                              loadForPacking(rows.cr + i));
  const Colours b = coloursOf(m, loadForPacking(rows.luma + i + 8), loadForPacking(rows.cb + i + 8),
                              loadForPacking(rows.cr + i + 8));
  const auto packed = [](__m256i low, __m256i high) {
    return _mm256_packus_epi16(_mm256_srai_epi16(low, 5), _mm256_srai_epi16(high, 5));
  };
  return {packed(a.red, b.red), packed(a.green, b.green), packed(a.blue, b.blue)};
}

/// The bytes of 32 pixels' three colours by turns.
class Interleaver {
 public:
  void store(uint8_t* out, __m256i first, __m256i second, __m256i third) const {
    const __m256i a = part(first, second, third, 0);
    const __m256i b = part(first, second, third, 1);
    const __m256i c = part(first, second, third, 2);
    storeBytes(out, _mm256_permute2x128_si256(a, b, 0x20));
    storeBytes(out + 32, _mm256_permute2x128_si256(c, a, 0x30));
    storeBytes(out + 64, _mm256_permute2x128_si256(b, c, 0x31));
  }

 private:
  /// Bytes 16 p to 16 p + 15 of the 48 that either half gives.
  [[nodiscard]] __m256i part(__m256i first, __m256i second, __m256i third, int p) const {
    return _mm256_or_si256(_mm256_or_si256(_mm256_shuffle_epi8(first, places_[p][0]),
                                           _mm256_shuffle_epi8(second, places_[p][1])),
                           _mm256_shuffle_epi8(third, places_[p][2]));
  }

  /// Byte j of part p is pixel (16 p + j) / 3 of colour (16 p + j) % 3; -128 leaves it to another.
  static __m256i placesOf(int p, int colour) {
    alignas(16) std::array<int8_t, 16> places{};
    for (int j = 0; j < 16; ++j) {
      const int byte = 16 * p + j;
      places[j] = static_cast<int8_t>(byte % 3 == colour ? byte / 3 : -128);
    }
    return _mm256_broadcastsi128_si256(
        _mm_load_si128(reinterpret_cast<const __m128i*>(places.data())));
  }

  using Places = std::array<__m256i, 3>;
  static Places placesOf(int p) { return {placesOf(p, 0), placesOf(p, 1), placesOf(p, 2)}; }
  std::array<Places, 3> places_{placesOf(0), placesOf(1), placesOf(2)};
};

/// The same, and a fourth that is 255.
class AlphaInterleaver {
 public:
  void store(uint8_t* out, __m256i first, __m256i second, __m256i third) const {
    const __m256i opaque = _mm256_set1_epi8(-1);
    const __m256i firstLow = _mm256_unpacklo_epi8(first, second);
    const __m256i firstHigh = _mm256_unpackhi_epi8(first, second);
    const __m256i thirdLow = _mm256_unpacklo_epi8(third, opaque);
    const __m256i thirdHigh = _mm256_unpackhi_epi8(third, opaque);
    const __m256i a = _mm256_unpacklo_epi16(firstLow, thirdLow);    // 0 to 3, 16 to 19
    const __m256i b = _mm256_unpackhi_epi16(firstLow, thirdLow);    // 4 to 7, 20 to 23
    const __m256i c = _mm256_unpacklo_epi16(firstHigh, thirdHigh);  // 8 to 11, 24 to 27
    const __m256i d = _mm256_unpackhi_epi16(firstHigh, thirdHigh);  // 12 to 15, 28 to 31
    storeBytes(out, _mm256_permute2x128_si256(a, b, 0x20));
    storeBytes(out + 32, _mm256_permute2x128_si256(c, d, 0x20));
    storeBytes(out + 64, _mm256_permute2x128_si256(a, b, 0x31));
    storeBytes(out + 96, _mm256_permute2x128_si256(c, d, 0x31));
  }
};

void rgb24(const Rows& rows, const RowMatrix& matrix, bool bgr, int count, uint8_t* out) {
  if (count < kWide) return kPortableKernels.rgb24(rows, matrix, bgr, count, out);
  const WideMatrix wide(matrix, 16);
  const Interleaver interleaver;
  inSteps(count, kWide, [&](int i) {
    const Colours c = byteColours(rows, wide, i);
    interleaver.store(out + 3 * ptrdiff_t{i}, bgr ? c.blue : c.red, c.green, bgr ? c.red : c.blue);
  });
}

void rgba(const Rows& rows, const RowMatrix& matrix, bool bgr, int count, uint8_t* out) {
  if (count < kWide) return kPortableKernels.rgba(rows, matrix, bgr, count, out);
  const WideMatrix wide(matrix, 16);
  const AlphaInterleaver interleaver;
  inSteps(count, kWide, [&](int i) {
    const Colours c = byteColours(rows, wide, i);
    interleaver.store(out + 4 * ptrdiff_t{i}, bgr ? c.blue : c.red, c.green, bgr ? c.red : c.blue);
  });
}

/// Of 16 samples of chroma, 32 to a level, counted from 32768.
Colours sharesOf(const WideMatrix& m, __m256i cb, __m256i cr) {
  const __m256i middle = _mm256_set1_epi16(128);
  cb = _mm256_slli_epi16(_mm256_sub_epi16(cb, middle), 7);
  cr = _mm256_slli_epi16(_mm256_sub_epi16(cr, middle), 7);
  const __m256i green =
      _mm256_add_epi16(_mm256_mulhrs_epi16(cb, m.greenCb), _mm256_mulhrs_epi16(cr, m.greenCr));
  return {_mm256_add_epi16(m.base, _mm256_mulhrs_epi16(cr, m.redCr)),
          _mm256_add_epi16(m.base, green),
          _mm256_add_epi16(m.base, _mm256_mulhrs_epi16(cb, m.blueCb))};
}

/// 16 samples of 8 bits from a plane of their own, or by turns with the other's.
__m256i sixteen(const uint8_t* at, int step) {
  if (step == 1) {
    return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
  }
  return _mm256_and_si256(loadBytes(at), _mm256_set1_epi16(0xff));
}

/// The shares of `count` samples before they are spread, with their neighbours beside them.
void plainShares(const uint8_t* cb, const uint8_t* cr, int step, int count, const WideMatrix& m,
                 const std::array<uint16_t*, 3>& out) {
  const auto put = [&](int i, __m256i cbs, __m256i crs) {
    const Colours shares = sharesOf(m, cbs, crs);
    storeBytes(out[0] + i, shares.red);
    storeBytes(out[1] + i, shares.green);
    storeBytes(out[2] + i, shares.blue);
  };
  int i = 0;
  // By turns, the upper of the two planes reads a byte beyond its own: it stops one block earlier.
  for (; i + 16 + (step - 1) <= count; i += 16) {
    put(i, sixteen(cb + ptrdiff_t{step} * i, step), sixteen(cr + ptrdiff_t{step} * i, step));
  }
  for (; i < count; i += 16) {
    alignas(32) std::array<std::array<int16_t, 16>, 2> rest{};
    for (int k = 0; k < 16 && i + k < count; ++k) {
      rest[0][k] = cb[ptrdiff_t{step} * (i + k)];
      rest[1][k] = cr[ptrdiff_t{step} * (i + k)];
    }
    put(i, loadBytes(rest[0].data()), loadBytes(rest[1].data()));
  }
}

/// Rows stand in blocks of 32 pixels: 0 to 7, 16 to 23, 8 to 15, 24 to 31, as unpacking leaves them
/// and packing takes them.
void chromaShares(const ChromaPiece& piece, const RowMatrix& matrix, const ChromaShares& out) {
  const WideMatrix wide(matrix, static_cast<int16_t>(-32768));
  constexpr int kFirst = 16;
  alignas(64) std::array<std::array<uint16_t, kFirst + kPiece + 32>, 3> plain;
  const int n = piece.count;
  const int before = piece.hasBefore ? 1 : 0;
  const int all = before + n + (piece.hasAfter ? 1 : 0);
  const ptrdiff_t at = -ptrdiff_t{piece.step} * before;
  plainShares(piece.cb + at, piece.cr + at, piece.step, all, wide,
              {&plain[0][kFirst - before], &plain[1][kFirst - before], &plain[2][kFirst - before]});
  for (int c = 0; c < 3; ++c) {
    uint16_t* const in = &plain[c][kFirst];
    if (!piece.hasBefore) in[-1] = in[0];
    if (!piece.hasAfter) in[n] = in[n - 1];
    for (int i = 0; i < n; i += 16) {
      const __m256i here = loadBytes(in + i);
      const __m256i left = _mm256_avg_epu16(_mm256_avg_epu16(loadBytes(in + i - 1), here), here);
      const __m256i right = _mm256_avg_epu16(_mm256_avg_epu16(loadBytes(in + i + 1), here), here);
      storeBytes(out[c] + 2 * ptrdiff_t{i}, _mm256_unpacklo_epi16(left, right));
      storeBytes(out[c] + 2 * ptrdiff_t{i} + 16, _mm256_unpackhi_epi16(left, right));
    }
  }
}

/// A row's luma, 32 to a level, in the order of the shares. It takes back what shares count from,
/// and adds half a level for rounding.
struct Luma {
  Luma(const uint8_t* at, __m256i factor) {
    const __m256i bytes = loadBytes(at);
    const __m256i none = _mm256_setzero_si256();
    const __m256i zero = _mm256_set1_epi16(static_cast<int16_t>(-32768 + 16));
    low = _mm256_add_epi16(_mm256_mulhi_epu16(_mm256_unpacklo_epi8(none, bytes), factor), zero);
    high = _mm256_add_epi16(_mm256_mulhi_epu16(_mm256_unpackhi_epi8(none, bytes), factor), zero);
  }
  __m256i low;
  __m256i high;
};

/// What 32 pixels of two rows are, of one colour.
std::array<__m256i, 2> pairOf(const uint16_t* above, const uint16_t* below, const Luma& first,
                              const Luma& second) {
  const auto of = [](__m256i share, __m256i luma) {
    return _mm256_srai_epi16(_mm256_add_epi16(share, luma), 5);
  };
  const __m256i a = loadBytes(above);
  const __m256i b = loadBytes(below);
  const __m256i c = loadBytes(above + 16);
  const __m256i d = loadBytes(below + 16);
  const __m256i ab = _mm256_avg_epu16(a, b);
  const __m256i cd = _mm256_avg_epu16(c, d);
  return {_mm256_packus_epi16(of(_mm256_avg_epu16(ab, a), first.low),
                              of(_mm256_avg_epu16(cd, c), first.high)),
          _mm256_packus_epi16(of(_mm256_avg_epu16(ab, b), second.low),
                              of(_mm256_avg_epu16(cd, d), second.high))};
}

template <typename Store, int kBytes>
void colourPair(const RowPair& rows, const RowMatrix& matrix, bool bgr, int count) {
  const Store interleaver;
  const __m256i factor = _mm256_set1_epi16(matrix.luma);
  const int first = bgr ? 2 : 0;
  const auto work = [&](int i, const uint8_t* luma0, const uint8_t* luma1, uint8_t* out0,
                        uint8_t* out1) {
    const Luma a(luma0, factor);
    const Luma b(luma1, factor);
    const auto c0 = pairOf(rows.above[first] + i, rows.below[first] + i, a, b);
    const auto c1 = pairOf(rows.above[1] + i, rows.below[1] + i, a, b);
    const auto c2 = pairOf(rows.above[2 - first] + i, rows.below[2 - first] + i, a, b);
    interleaver.store(out0, c0[0], c1[0], c2[0]);
    interleaver.store(out1, c0[1], c1[1], c2[1]);
  };
  int i = 0;
  for (; i + kWide <= count; i += kWide) {
    const ptrdiff_t at = ptrdiff_t{kBytes} * i;
    work(i, rows.luma[0] + i, rows.luma[1] + i, rows.out[0] + at, rows.out[1] + at);
  }
  if (i == count) return;
  // Blocks do not overlap: the last goes through memory of its own.
  std::array<std::array<uint8_t, kWide>, 2> luma{};
  std::array<std::array<uint8_t, size_t{kWide} * kBytes>, 2> out;
  for (int y = 0; y < 2; ++y) std::memcpy(luma[y].data(), rows.luma[y] + i, count - i);
  work(i, luma[0].data(), luma[1].data(), out[0].data(), out[1].data());
  for (int y = 0; y < 2; ++y) {
    std::memcpy(rows.out[y] + ptrdiff_t{kBytes} * i, out[y].data(), size_t{kBytes} * (count - i));
  }
}

void storeReal(float* out, __m256i of32, __m256 scale, __m256 offset) {
  const __m256i most = _mm256_set1_epi16(255 * 32);
  const __m256i level = _mm256_min_epi16(_mm256_max_epi16(of32, _mm256_setzero_si256()), most);
  const auto put = [&](float* at, __m128i eight) {
    const __m256 value = _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(eight));
    _mm256_storeu_ps(at, _mm256_add_ps(_mm256_mul_ps(value, scale), offset));
  };
  put(out, _mm256_castsi256_si128(level));
  put(out + 8, _mm256_extracti128_si256(level, 1));
}

void real(const Rows& rows, const RowMatrix& matrix, const float* scale, const float* offset,
          int count, float* red, float* green, float* blue) {
  if (count < kWide / 2) {
    return kPortableKernels.real(rows, matrix, scale, offset, count, red, green, blue);
  }
  const WideMatrix wide(matrix, 0);
  std::array<__m256, 3> times;
  std::array<__m256, 3> plus;
  for (int i = 0; i < 3; ++i) {
    times[i] = _mm256_set1_ps(scale[i] / 32);
    plus[i] = _mm256_set1_ps(offset[i]);
  }
  inSteps(count, kWide / 2, [&](int i) {
    const Colours c =
        coloursOf(wide, loadBytes(rows.luma + i), loadBytes(rows.cb + i), loadBytes(rows.cr + i));
    storeReal(red + i, c.red, times[0], plus[0]);
    storeReal(green + i, c.green, times[1], plus[1]);
    storeReal(blue + i, c.blue, times[2], plus[2]);
  });
}

}  // namespace

const ConvertKernels kAvx2Kernels = {
    .down = down,
    .downPairs = downPairs,
    .twice = twice,
    .across = across,
    .chromaShares = chromaShares,
    .colourPair = colourPair<Interleaver, 3>,
    .colourPairAlpha = colourPair<AlphaInterleaver, 4>,
    .bytes = bytes,
    .pairs = pairs,
    .rgb24 = rgb24,
    .rgba = rgba,
    .real = real,
};

}  // namespace flux::video
