// 16 samples per vector. Compiled with -mavx2; convert_kernels.cc chooses it at run time.
#include <immintrin.h>

#include <array>
#include <cstring>

#include "video/convert_pairs.h"

namespace flux::video {
namespace {

constexpr int kWide = 32;  // bytes of a vector

__m256i loadBytes(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}

void storeBytes(void* at, __m256i value) {
  _mm256_storeu_si256(static_cast<__m256i*>(at), value);
}

struct Vector {
  using Value = __m256i;
  static constexpr int kBytes = kWide;
  static constexpr int kWords = kWide / 2;

  static Value load(const void* at) { return loadBytes(at); }
  static void store(void* at, Value value) { storeBytes(at, value); }
  static Value all(int16_t word) { return _mm256_set1_epi16(word); }
  static Value add(Value a, Value b) { return _mm256_add_epi16(a, b); }
  static Value subtract(Value a, Value b) { return _mm256_sub_epi16(a, b); }
  static Value average(Value a, Value b) { return _mm256_avg_epu16(a, b); }
  static Value times(Value a, Value b) { return _mm256_mulhrs_epi16(a, b); }
  static Value timesHigh(Value a, Value b) { return _mm256_mulhi_epu16(a, b); }
  template <int kBits>
  static Value shiftLeft(Value a) {
    return _mm256_slli_epi16(a, kBits);
  }
  template <int kBits>
  static Value shiftRight(Value a) {
    return _mm256_srai_epi16(a, kBits);
  }
  static Value lowWords(Value a, Value b) { return _mm256_unpacklo_epi16(a, b); }
  static Value highWords(Value a, Value b) { return _mm256_unpackhi_epi16(a, b); }
  static Value lowBytes(Value a, Value b) { return _mm256_unpacklo_epi8(a, b); }
  static Value highBytes(Value a, Value b) { return _mm256_unpackhi_epi8(a, b); }

  static Value samples(const uint8_t* at, int step) {
    if (step == 1) {
      return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
    }
    return _mm256_and_si256(loadBytes(at), _mm256_set1_epi16(0xff));
  }
  static Value samples(const uint8_t* at, int step, int count) {
    alignas(kBytes) std::array<int16_t, kWords> rest{};
    for (int k = 0; k < kWords && k < count; ++k) rest[k] = at[ptrdiff_t{step} * k];
    return loadBytes(rest.data());
  }
  static Value bytes(const uint8_t* at, int count) {
    if (count >= kBytes) return loadBytes(at);
    alignas(kBytes) std::array<uint8_t, kBytes> rest{};
    std::memcpy(rest.data(), at, count);
    return loadBytes(rest.data());
  }
};

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

struct WordColours {
  WordsOf<Vector> red;
  WordsOf<Vector> green;
  WordsOf<Vector> blue;
};

/// 32 pixels, for packing.
WordColours wordColours(const Rows& rows, const WideMatrix& m, int i) {
  const Colours a = coloursOf(m, loadForPacking(rows.luma + i), loadForPacking(rows.cb + i),
                              loadForPacking(rows.cr + i));
  const Colours b = coloursOf(m, loadForPacking(rows.luma + i + 8), loadForPacking(rows.cb + i + 8),
                              loadForPacking(rows.cr + i + 8));
  const auto words = [](__m256i low, __m256i high) {
    return WordsOf<Vector>{_mm256_srai_epi16(low, 5), _mm256_srai_epi16(high, 5)};
  };
  return {words(a.red, b.red), words(a.green, b.green), words(a.blue, b.blue)};
}

using Places = std::array<int8_t, 16>;
enum class From : uint8_t { kFirstTwoLow, kThird, kFirstTwoHigh };

/// Byte j of part p is pixel (16 p + j) / 3 of colour (16 p + j) % 3; -128 leaves it to another.
constexpr Places placesOf(int p, From from) {
  Places places{};
  for (int j = 0; j < 16; ++j) {
    const int pixel = (16 * p + j) / 3;
    const int colour = (16 * p + j) % 3;
    const bool low = pixel < 8;
    int at = -128;
    if (from == From::kThird && colour == 2) at = pixel;
    if (from == From::kFirstTwoLow && colour < 2 && low) at = pixel + 8 * colour;
    if (from == From::kFirstTwoHigh && colour < 2 && !low) at = pixel - 8 + 8 * colour;
    places[j] = static_cast<int8_t>(at);
  }
  return places;
}
constexpr std::array<Places, 7> kPlaces{placesOf(0, From::kFirstTwoLow),  placesOf(0, From::kThird),
                                        placesOf(1, From::kFirstTwoLow),  placesOf(1, From::kThird),
                                        placesOf(1, From::kFirstTwoHigh), placesOf(2, From::kThird),
                                        placesOf(2, From::kFirstTwoHigh)};

/// The bytes of 32 pixels' three colours by turns.
class Interleaver {
 public:
  static constexpr int kPixelBytes = 3;
  using Words = WordsOf<Vector>;

  void put(uint8_t* out, const Words& first, const Words& second, const Words& third,
           int pixels) const {
    // Halves of 8 pixels of two colours stand together: two of the three parts need but two.
    const __m256i a = _mm256_packus_epi16(first.low, second.low);
    const __m256i b = _mm256_packus_epi16(third.low, third.high);
    const __m256i c = _mm256_packus_epi16(first.high, second.high);
    const __m256i begin = both(a, 0, b, 1);
    const __m256i middle = _mm256_or_si256(both(a, 2, b, 3), _mm256_shuffle_epi8(c, places_[4]));
    const __m256i end = both(b, 5, c, 6);
    if (pixels >= kWide) {
      storeHalves(out, begin, middle, end);
    } else {
      std::array<uint8_t, size_t{kWide} * kPixelBytes> whole;
      storeHalves(whole.data(), begin, middle, end);
      std::memcpy(out, whole.data(), size_t{kPixelBytes} * pixels);
    }
  }

 private:
  __m256i both(__m256i one, int place, __m256i other, int otherPlace) const {
    return _mm256_or_si256(_mm256_shuffle_epi8(one, places_[place]),
                           _mm256_shuffle_epi8(other, places_[otherPlace]));
  }

  static void storeHalves(uint8_t* out, __m256i begin, __m256i middle, __m256i end) {
    storeBytes(out, _mm256_permute2x128_si256(begin, middle, 0x20));
    storeBytes(out + 32, _mm256_permute2x128_si256(end, begin, 0x30));
    storeBytes(out + 64, _mm256_permute2x128_si256(middle, end, 0x31));
  }

  static __m256i twice(const Places& places) {
    return _mm256_broadcastsi128_si256(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(places.data())));
  }
  std::array<__m256i, 7> places_{twice(kPlaces[0]), twice(kPlaces[1]), twice(kPlaces[2]),
                                 twice(kPlaces[3]), twice(kPlaces[4]), twice(kPlaces[5]),
                                 twice(kPlaces[6])};
};

/// The same, and a fourth that is 255.
class AlphaInterleaver {
 public:
  static constexpr int kPixelBytes = 4;
  using Words = WordsOf<Vector>;

  void put(uint8_t* out, const Words& firsts, const Words& seconds, const Words& thirds,
           int pixels) const {
    const __m256i opaque = _mm256_set1_epi8(-1);
    const __m256i first = _mm256_packus_epi16(firsts.low, firsts.high);
    const __m256i second = _mm256_packus_epi16(seconds.low, seconds.high);
    const __m256i third = _mm256_packus_epi16(thirds.low, thirds.high);
    const __m256i firstLow = _mm256_unpacklo_epi8(first, second);
    const __m256i firstHigh = _mm256_unpackhi_epi8(first, second);
    const __m256i thirdLow = _mm256_unpacklo_epi8(third, opaque);
    const __m256i thirdHigh = _mm256_unpackhi_epi8(third, opaque);
    const __m256i a = _mm256_unpacklo_epi16(firstLow, thirdLow);    // 0 to 3, 16 to 19
    const __m256i b = _mm256_unpackhi_epi16(firstLow, thirdLow);    // 4 to 7, 20 to 23
    const __m256i c = _mm256_unpacklo_epi16(firstHigh, thirdHigh);  // 8 to 11, 24 to 27
    const __m256i d = _mm256_unpackhi_epi16(firstHigh, thirdHigh);  // 12 to 15, 28 to 31
    if (pixels >= kWide) {
      storeHalves(out, a, b, c, d);
    } else {
      std::array<uint8_t, size_t{kWide} * kPixelBytes> whole;
      storeHalves(whole.data(), a, b, c, d);
      std::memcpy(out, whole.data(), size_t{kPixelBytes} * pixels);
    }
  }

 private:
  static void storeHalves(uint8_t* out, __m256i a, __m256i b, __m256i c, __m256i d) {
    storeBytes(out, _mm256_permute2x128_si256(a, b, 0x20));
    storeBytes(out + 32, _mm256_permute2x128_si256(c, d, 0x20));
    storeBytes(out + 64, _mm256_permute2x128_si256(a, b, 0x31));
    storeBytes(out + 96, _mm256_permute2x128_si256(c, d, 0x31));
  }
};

template <typename Store>
void colourRow(const Rows& rows, const RowMatrix& matrix, bool bgr, int count, uint8_t* out) {
  const WideMatrix wide(matrix, 16);
  const Store interleaver;
  inSteps(count, kWide, [&](int i) {
    const WordColours c = wordColours(rows, wide, i);
    interleaver.put(out + ptrdiff_t{Store::kPixelBytes} * i, bgr ? c.blue : c.red, c.green,
                    bgr ? c.red : c.blue, kWide);
  });
}

void rgb24(const Rows& rows, const RowMatrix& matrix, bool bgr, int count, uint8_t* out) {
  if (count < kWide) return kPortableKernels.rgb24(rows, matrix, bgr, count, out);
  colourRow<Interleaver>(rows, matrix, bgr, count, out);
}

void rgba(const Rows& rows, const RowMatrix& matrix, bool bgr, int count, uint8_t* out) {
  if (count < kWide) return kPortableKernels.rgba(rows, matrix, bgr, count, out);
  colourRow<AlphaInterleaver>(rows, matrix, bgr, count, out);
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
    .chromaShares = chromaShares<Vector>,
    .colourPair = colourPair<Vector, Interleaver>,
    .colourPairAlpha = colourPair<Vector, AlphaInterleaver>,
    .bytes = bytes,
    .pairs = pairs,
    .rgb24 = rgb24,
    .rgba = rgba,
    .real = real,
};

}  // namespace flux::video
