// LEA-GCM with AVX2 and PCLMULQDQ: eight blocks per vector. Compiled with those flags, and without
// AVX-512's, which would let the compiler change the instructions this level is meant to have.
#include <immintrin.h>

#include "crypto/ghash_clmul.h"
#include "crypto/lea_kernel.h"
#include "crypto/lea_wide.h"

namespace flux::crypto {
namespace {

struct Avx2 {
  using Word = __m256i;
  static constexpr int kBlocks = 8;
  static constexpr int kGroups = 2;
  static constexpr size_t kHashBlocks = 1;

  FLUX_INLINE static Word all(uint32_t x) { return _mm256_set1_epi32(static_cast<int>(x)); }
  FLUX_INLINE static Word add(Word a, Word b) { return _mm256_add_epi32(a, b); }
  FLUX_INLINE static Word exclusiveOr(Word a, Word b) { return _mm256_xor_si256(a, b); }
  template <int kCount>
  FLUX_INLINE static Word rotate(Word x) {
    return _mm256_or_si256(_mm256_slli_epi32(x, kCount), _mm256_srli_epi32(x, 32 - kCount));
  }
  /// Eight counters from `first` on, big-endian, in the order in which mask() leaves whole blocks
  /// side by side.
  FLUX_INLINE static Word counters(uint32_t first) {
    const Word count = add(all(first), _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
    return _mm256_shuffle_epi8(count, _mm256_broadcastsi128_si256(_mm_set_epi8(
                                          12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3)));
  }
  FLUX_INLINE static void maskVector(const uint8_t* in, uint8_t* out, Word stream) {
    const Word text = _mm256_loadu_si256(reinterpret_cast<const Word*>(in));
    _mm256_storeu_si256(reinterpret_cast<Word*>(out), exclusiveOr(text, stream));
  }
  FLUX_INLINE static void mask(const uint8_t* in, uint8_t* out, Word a, Word b, Word c, Word d) {
    const Word ab0 = _mm256_unpacklo_epi32(a, b), ab1 = _mm256_unpackhi_epi32(a, b);
    const Word cd0 = _mm256_unpacklo_epi32(c, d), cd1 = _mm256_unpackhi_epi32(c, d);
    maskVector(in, out, _mm256_unpacklo_epi64(ab0, cd0));
    maskVector(in + 32, out + 32, _mm256_unpackhi_epi64(ab0, cd0));
    maskVector(in + 64, out + 64, _mm256_unpacklo_epi64(ab1, cd1));
    maskVector(in + 96, out + 96, _mm256_unpackhi_epi64(ab1, cd1));
  }
  FLUX_INLINE static void maskBlocks(const uint8_t* in, uint8_t* out, const uint8_t* stream,
                                     size_t blocks) {
    for (size_t i = 0; i < blocks; ++i) {
      storeBlock(out + i * 16, _mm_xor_si128(loadBlock(in + i * 16), loadBlock(stream + i * 16)));
    }
  }

  static void preparePowers(GhashKey& key, size_t count) {
    const __m128i h = loadBlock(key.powers[GhashKey::kPowers - 1]);
    for (; key.ready < count; ++key.ready) {
      uint8_t* const next = key.powers[GhashKey::kPowers - 1 - key.ready];
      storeBlock(next, multiply(loadBlock(next + 16), h));
    }
  }

  /// GHASH of up to kGroups * kBlocks blocks, reduced once.
  class Hash {
   public:
    FLUX_INLINE Hash(const uint8_t state[16], const GhashKey& key, size_t blocks)
        : state_(reverseBytes(loadBlock(state))), power_(key.powers[GhashKey::kPowers - blocks]) {}
    FLUX_INLINE void addPair(const uint8_t* data) {
      add(data);
      add(data + 16);
    }
    FLUX_INLINE void addFew(const uint8_t* data, size_t blocks) {
      for (size_t i = 0; i < blocks; ++i) add(data + i * 16);
    }
    FLUX_INLINE void finish(uint8_t state[16]) const {
      storeBlock(state, reverseBytes(reduce(sum_.low, sum_.middle, sum_.high)));
    }

   private:
    FLUX_INLINE void add(const uint8_t* data) {
      sum_.add(_mm_xor_si128(reverseBytes(loadBlock(data)), state_), loadBlock(power_));
      state_ = _mm_setzero_si128();
      power_ += 16;
    }

    __m128i state_;
    const uint8_t* power_;
    ClmulSum sum_;
  };
};

}  // namespace

const LeaKernel kLeaAvx2 = {
    .ctr32 = wideCtr32<Avx2>,
    .startHash = clmulStartHash,
    .hash = wideHash<Avx2>,
    .seal = wideCrypt<Avx2, true>,
    .open = wideCrypt<Avx2, false>,
};

}  // namespace flux::crypto
