// LEA-GCM with AVX-512 and VPCLMULQDQ: sixteen blocks per vector, which has a rotation of its own,
// and four blocks per carry-less multiplication.
#include <immintrin.h>

#include "crypto/ghash_clmul.h"
#include "crypto/lea_kernel.h"
#include "crypto/lea_wide.h"

namespace flux::crypto {
namespace {

struct Avx512 {
  using Word = __m512i;
  static constexpr int kBlocks = 16;
  static constexpr int kGroups = 4;
  static constexpr size_t kHashBlocks = 4;

  FLUX_INLINE static Word all(uint32_t x) { return _mm512_set1_epi32(static_cast<int>(x)); }
  FLUX_INLINE static Word add(Word a, Word b) { return _mm512_add_epi32(a, b); }
  FLUX_INLINE static Word exclusiveOr(Word a, Word b) { return _mm512_xor_si512(a, b); }
  template <int kCount>
  FLUX_INLINE static Word rotate(Word x) {
    return _mm512_rol_epi32(x, kCount);
  }
  /// Sixteen counters from `first` on, big-endian, in the order in which mask() leaves whole blocks
  /// side by side.
  FLUX_INLINE static Word counters(uint32_t first) {
    const Word count =
        add(all(first), _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    return _mm512_shuffle_epi8(count, _mm512_broadcast_i32x4(_mm_set_epi8(
                                          12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3)));
  }
  FLUX_INLINE static void maskVector(const uint8_t* in, uint8_t* out, Word stream) {
    _mm512_storeu_si512(out, exclusiveOr(_mm512_loadu_si512(in), stream));
  }
  FLUX_INLINE static void mask(const uint8_t* in, uint8_t* out, Word a, Word b, Word c, Word d) {
    const Word ab0 = _mm512_unpacklo_epi32(a, b), ab1 = _mm512_unpackhi_epi32(a, b);
    const Word cd0 = _mm512_unpacklo_epi32(c, d), cd1 = _mm512_unpackhi_epi32(c, d);
    maskVector(in, out, _mm512_unpacklo_epi64(ab0, cd0));
    maskVector(in + 64, out + 64, _mm512_unpackhi_epi64(ab0, cd0));
    maskVector(in + 128, out + 128, _mm512_unpacklo_epi64(ab1, cd1));
    maskVector(in + 192, out + 192, _mm512_unpackhi_epi64(ab1, cd1));
  }
  /// Selects the 64-bit halves of the first `blocks` (0 to 4) blocks of a vector.
  FLUX_INLINE static __mmask8 halves(size_t blocks) {
    return static_cast<__mmask8>((1U << (2 * blocks)) - 1);
  }
  FLUX_INLINE static void maskBlocks(const uint8_t* in, uint8_t* out, const uint8_t* stream,
                                     size_t blocks) {
    for (; blocks >= 4; blocks -= 4, in += 64, out += 64, stream += 64) {
      maskVector(in, out, _mm512_load_si512(stream));
    }
    if (blocks == 0) return;  // the buffer of key stream may end here
    const __mmask8 rest = halves(blocks);
    const Word text = _mm512_maskz_loadu_epi64(rest, in);
    _mm512_mask_storeu_epi64(out, rest, exclusiveOr(text, _mm512_load_si512(stream)));
  }

  /// The lower bits of four lanes' products, all multiplied and reduced at once.
  FLUX_INLINE static Word multiplyFour(Word a, Word b) {
    const Word polynomial =
        _mm512_broadcast_i32x4(_mm_set_epi64x(0, static_cast<int64_t>(0xc200000000000000)));
    const Word low = _mm512_clmulepi64_epi128(a, b, 0x00);
    Word middle =
        exclusiveOr(_mm512_clmulepi64_epi128(a, b, 0x01), _mm512_clmulepi64_epi128(a, b, 0x10));
    const Word high = _mm512_clmulepi64_epi128(a, b, 0x11);
    middle = xorThree(middle, _mm512_shuffle_epi32(low, _MM_PERM_BADC),
                      _mm512_clmulepi64_epi128(low, polynomial, 0x00));
    return xorThree(high, _mm512_shuffle_epi32(middle, _MM_PERM_BADC),
                    _mm512_clmulepi64_epi128(middle, polynomial, 0x00));
  }
  FLUX_INLINE static Word xorThree(Word a, Word b, Word c) {
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
  }

  /// In whole vectors of four; one more vector than asked for costs less than a special case.
  static void preparePowers(GhashKey& key, size_t count) {
    uint8_t(*const end)[16] = key.powers + GhashKey::kPowers;
    if (key.ready >= count) return;
    if (key.ready < 4) {
      const __m128i h = loadBlock(end[-1]);
      for (int i = 2; i <= 4; ++i) storeBlock(end[-i], multiply(loadBlock(end[-i + 1]), h));
      key.ready = 4;
    }
    const Word fourth = _mm512_broadcast_i32x4(loadBlock(end[-4]));
    Word last = _mm512_loadu_si512(end - key.ready);
    for (; key.ready < count; key.ready += 4) {
      last = multiplyFour(last, fourth);
      _mm512_storeu_si512(end - key.ready - 4, last);
    }
  }

  /// GHASH of up to kGroups * kBlocks blocks, reduced once.
  class Hash {
   public:
    FLUX_INLINE Hash(const uint8_t state[16], const GhashKey& key, size_t blocks)
        : state_(_mm512_zextsi128_si512(reverseBytes(loadBlock(state)))),
          power_(key.powers[GhashKey::kPowers - blocks]) {}
    FLUX_INLINE void addPair(const uint8_t* data) {
      const Word x = exclusiveOr(reversed(_mm512_loadu_si512(data)), state_);
      const Word y = reversed(_mm512_loadu_si512(data + 64));
      const Word p = _mm512_loadu_si512(power_), q = _mm512_loadu_si512(power_ + 64);
      low_ = xorThree(low_, _mm512_clmulepi64_epi128(x, p, 0x00),
                      _mm512_clmulepi64_epi128(y, q, 0x00));
      middle_ = xorThree(middle_, _mm512_clmulepi64_epi128(x, p, 0x01),
                         _mm512_clmulepi64_epi128(y, q, 0x01));
      middle_ = xorThree(middle_, _mm512_clmulepi64_epi128(x, p, 0x10),
                         _mm512_clmulepi64_epi128(y, q, 0x10));
      high_ = xorThree(high_, _mm512_clmulepi64_epi128(x, p, 0x11),
                       _mm512_clmulepi64_epi128(y, q, 0x11));
      state_ = _mm512_setzero_si512();
      power_ += 128;
    }
    /// Fewer than eight blocks.
    FLUX_INLINE void addFew(const uint8_t* data, size_t blocks) {
      while (blocks > 0) {
        const size_t now = blocks < 4 ? blocks : 4;
        const Word x = exclusiveOr(reversed(_mm512_maskz_loadu_epi64(halves(now), data)), state_);
        const Word p = _mm512_maskz_loadu_epi64(halves(now), power_);
        low_ = exclusiveOr(low_, _mm512_clmulepi64_epi128(x, p, 0x00));
        middle_ = xorThree(middle_, _mm512_clmulepi64_epi128(x, p, 0x01),
                           _mm512_clmulepi64_epi128(x, p, 0x10));
        high_ = exclusiveOr(high_, _mm512_clmulepi64_epi128(x, p, 0x11));
        state_ = _mm512_setzero_si512();
        power_ += now * 16;
        data += now * 16;
        blocks -= now;
      }
    }
    FLUX_INLINE void finish(uint8_t state[16]) const {
      storeBlock(state, reverseBytes(reduce(folded(low_), folded(middle_), folded(high_))));
    }

   private:
    FLUX_INLINE static Word reversed(Word x) {
      return _mm512_shuffle_epi8(x, _mm512_broadcast_i32x4(_mm_set_epi8(
                                        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
    }
    FLUX_INLINE static __m128i folded(Word x) {
      const __m256i two =
          _mm256_xor_si256(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1));
      return _mm_xor_si128(_mm256_castsi256_si128(two), _mm256_extracti128_si256(two, 1));
    }

    Word state_;
    const uint8_t* power_;
    Word low_ = _mm512_setzero_si512(), middle_ = _mm512_setzero_si512(),
         high_ = _mm512_setzero_si512();
  };
};

}  // namespace

const LeaKernel kLeaAvx512 = {
    .ctr32 = wideCtr32<Avx512>,
    .startHash = clmulStartHash,
    .hash = wideHash<Avx512>,
    .seal = wideCrypt<Avx512, true>,
    .open = wideCrypt<Avx512, false>,
};

}  // namespace flux::crypto
