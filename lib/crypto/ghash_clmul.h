// GHASH (SP 800-38D §6.4) by carry-less multiplication, one 128-bit block at a time. Included by
// lea_avx2.cc and lea_avx512.cc alone (internal linkage, see lea_wide.h).
//
// Blocks are held with their bytes reversed, so that the standard's first bit is the highest. The
// product of two such numbers is one bit short; the hash key is kept times x to make up for it, and
// reduction then works from the low end, as Montgomery's does, by x^128 + x^127 + x^126 + x^121
// + 1.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "crypto/lea_kernel.h"

namespace flux::crypto {
namespace {

[[gnu::always_inline]] inline __m128i reverseBytes(__m128i x) {
  return _mm_shuffle_epi8(x, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

[[gnu::always_inline]] inline __m128i loadBlock(const uint8_t* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

[[gnu::always_inline]] inline void storeBlock(uint8_t* p, __m128i x) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), x);
}

/// low + middle x^64 + high x^128 down to 128 bits: twice the lowest 64 are folded up.
[[gnu::always_inline]] inline __m128i reduce(__m128i low, __m128i middle, __m128i high) {
  const __m128i polynomial = _mm_set_epi64x(0, static_cast<int64_t>(0xc200000000000000));
  middle = _mm_xor_si128(middle, _mm_xor_si128(_mm_shuffle_epi32(low, 0x4e),
                                               _mm_clmulepi64_si128(low, polynomial, 0x00)));
  return _mm_xor_si128(high, _mm_xor_si128(_mm_shuffle_epi32(middle, 0x4e),
                                           _mm_clmulepi64_si128(middle, polynomial, 0x00)));
}

[[gnu::always_inline]] inline __m128i multiply(__m128i a, __m128i b) {
  const __m128i middle =
      _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01), _mm_clmulepi64_si128(a, b, 0x10));
  return reduce(_mm_clmulepi64_si128(a, b, 0x00), middle, _mm_clmulepi64_si128(a, b, 0x11));
}

/// The first power: H times x, modulo the polynomial.
inline void clmulStartHash(GhashKey& key, const uint8_t h[16]) {
  const __m128i x = reverseBytes(loadBlock(h));
  const __m128i doubled =
      _mm_or_si128(_mm_slli_epi64(x, 1), _mm_slli_si128(_mm_srli_epi64(x, 63), 8));
  // All ones where the highest bit falls out; no branch on a secret.
  const __m128i out = _mm_shuffle_epi32(_mm_srai_epi32(x, 31), 0xff);
  const __m128i polynomial = _mm_set_epi64x(static_cast<int64_t>(0xc200000000000000), 1);
  storeBlock(key.powers[GhashKey::kPowers - 1],
             _mm_xor_si128(doubled, _mm_and_si128(out, polynomial)));
  key.ready = 1;
}

/// The sum of products of a run of blocks, not reduced yet.
struct ClmulSum {
  __m128i low = _mm_setzero_si128(), middle = _mm_setzero_si128(), high = _mm_setzero_si128();

  [[gnu::always_inline]] void add(__m128i block, __m128i power) {
    low = _mm_xor_si128(low, _mm_clmulepi64_si128(block, power, 0x00));
    middle = _mm_xor_si128(middle, _mm_clmulepi64_si128(block, power, 0x01));
    middle = _mm_xor_si128(middle, _mm_clmulepi64_si128(block, power, 0x10));
    high = _mm_xor_si128(high, _mm_clmulepi64_si128(block, power, 0x11));
  }
};

}  // namespace
}  // namespace flux::crypto
