// What 4:2:0 in its own size takes, 32 samples per vector. Compiled with AVX-512 F, BW and VBMI;
// convert_kernels.cc chooses it at run time.
#include <immintrin.h>

#include <array>

#include "video/convert_pairs.h"

namespace flux::video {
namespace {

constexpr int kWide = 64;  // bytes of a vector

/// The first `count` of 64 bytes.
__mmask64 firstBytes(int count) {
  if (count <= 0) return 0;
  return count >= kWide ? ~__mmask64{0} : (__mmask64{1} << count) - 1;
}

struct Vector {
  using Value = __m512i;
  static constexpr int kBytes = kWide;
  static constexpr int kWords = kWide / 2;

  static Value load(const void* at) { return _mm512_loadu_si512(at); }
  static void store(void* at, Value value) { _mm512_storeu_si512(at, value); }
  static Value all(int16_t word) { return _mm512_set1_epi16(word); }
  static Value add(Value a, Value b) { return _mm512_add_epi16(a, b); }
  static Value subtract(Value a, Value b) { return _mm512_sub_epi16(a, b); }
  static Value average(Value a, Value b) { return _mm512_avg_epu16(a, b); }
  static Value times(Value a, Value b) { return _mm512_mulhrs_epi16(a, b); }
  static Value timesHigh(Value a, Value b) { return _mm512_mulhi_epu16(a, b); }
  template <int kBits>
  static Value shiftLeft(Value a) {
    return _mm512_slli_epi16(a, kBits);
  }
  template <int kBits>
  static Value shiftRight(Value a) {
    return _mm512_srai_epi16(a, kBits);
  }
  static Value lowWords(Value a, Value b) { return _mm512_unpacklo_epi16(a, b); }
  static Value highWords(Value a, Value b) { return _mm512_unpackhi_epi16(a, b); }
  static Value lowBytes(Value a, Value b) { return _mm512_unpacklo_epi8(a, b); }
  static Value highBytes(Value a, Value b) { return _mm512_unpackhi_epi8(a, b); }

  static Value samples(const uint8_t* at, int step) { return samples(at, step, kWords); }
  static Value samples(const uint8_t* at, int step, int count) {
    if (step == 1) {
      const auto some = static_cast<__mmask32>(firstBytes(count < kWords ? count : kWords));
      return _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(some, at));
    }
    // Without the byte behind the last sample, which may be behind the picture.
    const __mmask64 some = firstBytes(2 * (count < kWords ? count : kWords) - 1);
    return _mm512_and_si512(_mm512_maskz_loadu_epi8(some, at), _mm512_set1_epi16(0xff));
  }
  static Value bytes(const uint8_t* at, int count) {
    return _mm512_maskz_loadu_epi8(firstBytes(count), at);
  }
};

/// The bytes of up to 64 pixels' colours by turns; a fourth is 255.
template <int kBytes>
class Interleaver {
 public:
  static constexpr int kPixelBytes = kBytes;
  using Words = WordsOf<Vector>;

  void put(uint8_t* out, const Words& firsts, const Words& seconds, const Words& thirds,
           int pixels) const {
    const __m512i first = _mm512_packus_epi16(firsts.low, firsts.high);
    const __m512i second = _mm512_packus_epi16(seconds.low, seconds.high);
    const __m512i third = _mm512_packus_epi16(thirds.low, thirds.high);
    for (int p = 0; p < kBytes; ++p) {
      const Places& places = kPlaces[p];
      const __m512i two =
          _mm512_permutex2var_epi8(first, Vector::load(places.firstTwo.data()), second);
      const __m512i three = _mm512_mask_permutexvar_epi8(two, places.isThird,
                                                         Vector::load(places.third.data()), third);
      const __m512i all =
          kBytes == 3 ? three
                      : _mm512_mask_blend_epi8(places.isFourth, three, _mm512_set1_epi8(-1));
      if (pixels >= kWide) {
        Vector::store(out + ptrdiff_t{kWide} * p, all);
      } else {
        _mm512_mask_storeu_epi8(out + ptrdiff_t{kWide} * p, firstBytes(kBytes * pixels - kWide * p),
                                all);
      }
    }
  }

 private:
  struct Places {
    alignas(64) std::array<uint8_t, kWide> firstTwo{};
    alignas(64) std::array<uint8_t, kWide> third{};
    uint64_t isThird = 0;
    uint64_t isFourth = 0;
  };

  /// Byte j of part p is pixel (64 p + j) / kBytes of colour (64 p + j) % kBytes.
  static constexpr std::array<Places, kBytes> allPlaces() {
    std::array<Places, kBytes> all{};
    for (int i = 0; i < kWide * kBytes; ++i) {
      Places& places = all[i / kWide];
      const int j = i % kWide;
      const int colour = i % kBytes;
      const int pixel = i / kBytes;
      places.firstTwo[j] = static_cast<uint8_t>(colour == 1 ? kWide + pixel : pixel);
      places.third[j] = static_cast<uint8_t>(pixel);
      if (colour == 2) places.isThird |= uint64_t{1} << j;
      if (colour == 3) places.isFourth |= uint64_t{1} << j;
    }
    return all;
  }
  static constexpr std::array<Places, kBytes> kPlaces = allPlaces();
};

}  // namespace

void addAvx512Kernels(ConvertKernels& kernels) {
  kernels.chromaShares = chromaShares<Vector>;
  kernels.colourPair = colourPair<Vector, Interleaver<3>>;
  kernels.colourPairAlpha = colourPair<Vector, Interleaver<4>>;
}

}  // namespace flux::video
