// What 4:2:0 in its own size takes, 32 samples per vector. Compiled with AVX-512 F, BW and VBMI;
// convert_kernels.cc chooses it at run time.
#include <immintrin.h>

#include <array>
#include <cstring>

#include "video/convert_kernels.h"

namespace flux::video {
namespace {

constexpr int kWide = 64;  // bytes of a vector
constexpr int kShare = 32;

__m512i load(const void* at) {
  return _mm512_loadu_si512(at);
}

void store(void* at, __m512i value) {
  _mm512_storeu_si512(at, value);
}

struct WideMatrix {
  explicit WideMatrix(const RowMatrix& m)
      // Shares count from 32768.
      : base(_mm512_set1_epi16(static_cast<int16_t>(m.base + (1 << 15)))),
        redCr(_mm512_set1_epi16(m.redCr)),
        greenCb(_mm512_set1_epi16(m.greenCb)),
        greenCr(_mm512_set1_epi16(m.greenCr)),
        blueCb(_mm512_set1_epi16(m.blueCb)) {}

  __m512i base;
  __m512i redCr;
  __m512i greenCb;
  __m512i greenCr;
  __m512i blueCb;
};

using Three = std::array<__m512i, 3>;

Three sharesOf(const WideMatrix& m, __m512i cb, __m512i cr) {
  const __m512i middle = _mm512_set1_epi16(128);
  cb = _mm512_slli_epi16(_mm512_sub_epi16(cb, middle), 7);
  cr = _mm512_slli_epi16(_mm512_sub_epi16(cr, middle), 7);
  const __m512i green =
      _mm512_add_epi16(_mm512_mulhrs_epi16(cb, m.greenCb), _mm512_mulhrs_epi16(cr, m.greenCr));
  return {_mm512_add_epi16(m.base, _mm512_mulhrs_epi16(cr, m.redCr)),
          _mm512_add_epi16(m.base, green),
          _mm512_add_epi16(m.base, _mm512_mulhrs_epi16(cb, m.blueCb))};
}

/// Up to 32 samples of a plane of their own, or by turns with the other's; 0 beyond.
__m512i samples(const uint8_t* at, int step, int count) {
  if (step == 1) {
    const __mmask32 some = count >= kShare ? ~__mmask32{0} : (__mmask32{1} << count) - 1;
    return _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(some, at));
  }
  // Without the byte behind the last sample, which may be behind the picture.
  const int bytes = 2 * (count < kShare ? count : kShare) - 1;
  return _mm512_and_si512(_mm512_maskz_loadu_epi8((__mmask64{1} << bytes) - 1, at),
                          _mm512_set1_epi16(0xff));
}

void chromaShares(const ChromaPiece& piece, const RowMatrix& matrix, const ChromaShares& out) {
  const WideMatrix wide(matrix);
  constexpr int kFirst = 32;
  alignas(64) std::array<std::array<uint16_t, kFirst + kPiece + 2 * kShare>, 3> plain;
  const int n = piece.count;
  const int before = piece.hasBefore ? 1 : 0;
  const int all = before + n + (piece.hasAfter ? 1 : 0);
  for (int i = 0; i < all; i += kShare) {
    const ptrdiff_t at = ptrdiff_t{piece.step} * (i - before);
    const Three shares = sharesOf(wide, samples(piece.cb + at, piece.step, all - i),
                                  samples(piece.cr + at, piece.step, all - i));
    for (int c = 0; c < 3; ++c) store(&plain[c][kFirst - before + i], shares[c]);
  }
  for (int c = 0; c < 3; ++c) {
    uint16_t* const in = &plain[c][kFirst];
    if (!piece.hasBefore) in[-1] = in[0];
    if (!piece.hasAfter) in[n] = in[n - 1];
    for (int i = 0; i < n; i += kShare) {
      const __m512i here = load(in + i);
      const __m512i left = _mm512_avg_epu16(_mm512_avg_epu16(load(in + i - 1), here), here);
      const __m512i right = _mm512_avg_epu16(_mm512_avg_epu16(load(in + i + 1), here), here);
      store(out[c] + 2 * ptrdiff_t{i}, _mm512_unpacklo_epi16(left, right));
      store(out[c] + 2 * ptrdiff_t{i} + kShare, _mm512_unpackhi_epi16(left, right));
    }
  }
}

/// A row's luma, 32 to a level, in the order that unpacking leaves the shares in. It takes back
/// what shares count from, and adds half a level for rounding.
struct Luma {
  Luma(const uint8_t* at, __mmask64 some, __m512i factor) {
    const __m512i bytes = _mm512_maskz_loadu_epi8(some, at);
    const __m512i none = _mm512_setzero_si512();
    const __m512i zero = _mm512_set1_epi16(static_cast<int16_t>(-32768 + 16));
    low = _mm512_add_epi16(_mm512_mulhi_epu16(_mm512_unpacklo_epi8(none, bytes), factor), zero);
    high = _mm512_add_epi16(_mm512_mulhi_epu16(_mm512_unpackhi_epi8(none, bytes), factor), zero);
  }
  __m512i low;
  __m512i high;
};

/// What 64 pixels of two rows are, of one colour.
std::array<__m512i, 2> pairOf(const uint16_t* above, const uint16_t* below, const Luma& first,
                              const Luma& second) {
  const auto of = [](__m512i share, __m512i luma) {
    return _mm512_srai_epi16(_mm512_add_epi16(share, luma), 5);
  };
  const __m512i a = load(above);
  const __m512i b = load(below);
  const __m512i c = load(above + kShare);
  const __m512i d = load(below + kShare);
  const __m512i ab = _mm512_avg_epu16(a, b);
  const __m512i cd = _mm512_avg_epu16(c, d);
  return {_mm512_packus_epi16(of(_mm512_avg_epu16(ab, a), first.low),
                              of(_mm512_avg_epu16(cd, c), first.high)),
          _mm512_packus_epi16(of(_mm512_avg_epu16(ab, b), second.low),
                              of(_mm512_avg_epu16(cd, d), second.high))};
}

/// Of the bytes that begin at 64 `part`, those that `bytes` has.
__mmask64 maskOf(int part, int bytes) {
  const int rest = bytes - kWide * part;
  if (rest <= 0) return 0;
  return rest >= kWide ? ~__mmask64{0} : (__mmask64{1} << rest) - 1;
}

/// The bytes of up to 64 pixels' colours by turns; a fourth is 255.
template <int kBytes>
class Interleaver {
 public:
  static constexpr int kPixelBytes = kBytes;

  void put(uint8_t* out, __m512i first, __m512i second, __m512i third, int pixels) const {
    for (int p = 0; p < kBytes; ++p) {
      const Places& places = places_[p];
      const __m512i two = _mm512_permutex2var_epi8(first, places.firstTwo, second);
      const __m512i three = _mm512_mask_permutexvar_epi8(two, places.isThird, places.third, third);
      const __m512i all =
          kBytes == 3 ? three
                      : _mm512_mask_blend_epi8(places.isFourth, three, _mm512_set1_epi8(-1));
      if (pixels >= kWide) {
        store(out + ptrdiff_t{kWide} * p, all);
      } else {
        _mm512_mask_storeu_epi8(out + ptrdiff_t{kWide} * p, maskOf(p, kBytes * pixels), all);
      }
    }
  }

 private:
  struct Places {
    __m512i firstTwo;
    __m512i third;
    __mmask64 isThird = 0;
    __mmask64 isFourth = 0;
  };

  /// Byte j of part p is pixel (64 p + j) / kBytes of colour (64 p + j) % kBytes.
  static Places placesOf(int p) {
    alignas(64) std::array<std::array<uint8_t, kWide>, 2> index{};
    Places places;
    for (int j = 0; j < kWide; ++j) {
      const int pixel = (kWide * p + j) / kBytes;
      const int colour = (kWide * p + j) % kBytes;
      index[0][j] = static_cast<uint8_t>(colour == 1 ? kWide + pixel : pixel);
      index[1][j] = static_cast<uint8_t>(pixel);
      if (colour == 2) places.isThird |= __mmask64{1} << j;
      if (colour == 3) places.isFourth |= __mmask64{1} << j;
    }
    places.firstTwo = load(index[0].data());
    places.third = load(index[1].data());
    return places;
  }

  static std::array<Places, kBytes> allPlaces() {
    std::array<Places, kBytes> all;
    for (int p = 0; p < kBytes; ++p) all[p] = placesOf(p);
    return all;
  }
  std::array<Places, kBytes> places_ = allPlaces();
};

template <int kBytes>
void colourPair(const RowPair& rows, const RowMatrix& matrix, bool bgr, int count) {
  static const Interleaver<kBytes> interleaver;
  const __m512i factor = _mm512_set1_epi16(matrix.luma);
  const int first = bgr ? 2 : 0;
  for (int i = 0; i < count; i += kWide) {
    const int pixels = count - i;
    const Luma a(rows.luma[0] + i, maskOf(0, pixels), factor);
    const Luma b(rows.luma[1] + i, maskOf(0, pixels), factor);
    const auto c0 = pairOf(rows.above[first] + i, rows.below[first] + i, a, b);
    const auto c1 = pairOf(rows.above[1] + i, rows.below[1] + i, a, b);
    const auto c2 = pairOf(rows.above[2 - first] + i, rows.below[2 - first] + i, a, b);
    interleaver.put(rows.out[0] + ptrdiff_t{kBytes} * i, c0[0], c1[0], c2[0], pixels);
    interleaver.put(rows.out[1] + ptrdiff_t{kBytes} * i, c0[1], c1[1], c2[1], pixels);
  }
}

}  // namespace

void addAvx512Kernels(ConvertKernels& kernels) {
  kernels.chromaShares = chromaShares;
  kernels.colourPair = colourPair<3>;
  kernels.colourPairAlpha = colourPair<4>;
}

}  // namespace flux::video
