// LEA's counter mode stitched with GHASH, over vectors of any width. Included by lea_avx2.cc and
// lea_avx512.cc alone: all of it has internal linkage, since what their flags compile must not
// become the program's only copy of a shared function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "crypto/lea_kernel.h"

#define FLUX_INLINE [[gnu::always_inline]] inline

namespace flux::crypto {
namespace {

FLUX_INLINE uint32_t loadWord(const uint8_t* p) {
  uint32_t x;
  std::memcpy(&x, p, 4);
  return x;
}

FLUX_INLINE uint32_t rotateLeft(uint32_t x, int count) {
  return x << count | x >> (32 - count);
}

/// What the first three rounds make of the nonce, the same for all blocks of a message: only the
/// counter, the last of the four words, differs, and it takes that long to reach the others.
struct NonceRounds {
  uint32_t words[7];
  uint32_t counter;

  NonceRounds(const LeaSchedule& key, const uint8_t start[16]) {
    const uint32_t n0 = loadWord(start), n1 = loadWord(start + 4), n2 = loadWord(start + 8);
    counter = __builtin_bswap32(loadWord(start + 12));
    const uint32_t* k = key.roundKeys[0];
    const uint32_t a1 = rotateLeft((n0 ^ k[0]) + (n1 ^ k[1]), 9);
    const uint32_t b1 = rotateLeft((n1 ^ k[2]) + (n2 ^ k[3]), 27);
    words[0] = n2 ^ k[4];
    k = key.roundKeys[1];
    const uint32_t a2 = rotateLeft((a1 ^ k[0]) + (b1 ^ k[1]), 9);
    words[1] = b1 ^ k[2];
    words[2] = n0 ^ k[5];
    k = key.roundKeys[2];
    words[3] = a2 ^ k[0];
    words[4] = a1 ^ k[5];
    k = key.roundKeys[3];
    words[5] = a2 ^ k[5];
    words[6] = 0;
  }
};

/// One state word of N vectors of blocks, whose rounds overlap in the processor.
template <typename V, int N>
struct Words {
  typename V::Word v[N];
};

/// One round; what the standard then moves, the callers rename: (a, b, c, d) becomes (b, c, d, a).
template <typename V, int N>
FLUX_INLINE void wideRound(const Words<V, N>& a, Words<V, N>& b, Words<V, N>& c, Words<V, N>& d,
                           const uint32_t* k) {
#pragma GCC unroll 8
  for (int i = 0; i < N; ++i) {
    d.v[i] = V::template rotate<29>(
        V::add(V::exclusiveOr(c.v[i], V::all(k[4])), V::exclusiveOr(d.v[i], V::all(k[5]))));
    c.v[i] = V::template rotate<27>(
        V::add(V::exclusiveOr(b.v[i], V::all(k[2])), V::exclusiveOr(c.v[i], V::all(k[3]))));
    b.v[i] = V::template rotate<9>(
        V::add(V::exclusiveOr(a.v[i], V::all(k[0])), V::exclusiveOr(b.v[i], V::all(k[1]))));
  }
}

/// The key stream of N vectors of blocks from `counter` on. `beside(step)` is called eight times
/// for LEA-256 (six or seven for the shorter keys) and does unrelated work meanwhile.
template <typename V, int N, typename Beside>
FLUX_INLINE void keyStream(const LeaSchedule& key, const NonceRounds& nonce, uint32_t counter,
                           Words<V, N>& a, Words<V, N>& b, Words<V, N>& c, Words<V, N>& d,
                           Beside&& beside) {
  using Word = typename V::Word;
  const auto fixed = [&](int i) __attribute__((always_inline)) {
    return V::all(nonce.words[i]);
  };
  const auto keyed = [](Word x, uint32_t k) __attribute__((always_inline)) {
    return V::exclusiveOr(x, V::all(k));
  };
  // Rounds 1 to 4: those of the words that the counter has not reached yet are in `nonce`.
  const auto& k = key.roundKeys;
#pragma GCC unroll 8
  for (int i = 0; i < N; ++i) {
    const Word count = V::counters(counter + static_cast<uint32_t>(i * V::kBlocks));
    const Word c1 = V::template rotate<29>(V::add(fixed(0), keyed(count, k[0][5])));
    const Word b2 = V::template rotate<27>(V::add(fixed(1), keyed(c1, k[1][3])));
    const Word c2 = V::template rotate<29>(V::add(keyed(c1, k[1][4]), fixed(2)));
    const Word a3 = V::template rotate<9>(V::add(fixed(3), keyed(b2, k[2][1])));
    const Word b3 = V::template rotate<27>(V::add(keyed(b2, k[2][2]), keyed(c2, k[2][3])));
    const Word c3 = V::template rotate<29>(V::add(keyed(c2, k[2][4]), fixed(4)));
    a.v[i] = V::template rotate<9>(V::add(keyed(a3, k[3][0]), keyed(b3, k[3][1])));
    b.v[i] = V::template rotate<27>(V::add(keyed(b3, k[3][2]), keyed(c3, k[3][3])));
    c.v[i] = V::template rotate<29>(V::add(keyed(c3, k[3][4]), fixed(5)));
    d.v[i] = a3;
  }
  beside(0);
  const size_t quads = static_cast<size_t>(key.rounds) / 4;
  for (size_t quad = 1; quad < quads; ++quad) {
    const auto* quadKeys = key.roundKeys + 4 * quad;
    // (a, b, c, d) stands for the standard's words 0 to 3 again after four rounds.
    wideRound<V, N>(a, b, c, d, quadKeys[0]);
    wideRound<V, N>(b, c, d, a, quadKeys[1]);
    beside(quad);
    wideRound<V, N>(c, d, a, b, quadKeys[2]);
    wideRound<V, N>(d, a, b, c, quadKeys[3]);
  }
}

/// out = in ^ key stream for N vectors of blocks.
template <typename V, int N>
FLUX_INLINE void mask(const uint8_t* in, uint8_t* out, const Words<V, N>& a, const Words<V, N>& b,
                      const Words<V, N>& c, const Words<V, N>& d) {
#pragma GCC unroll 8
  for (int i = 0; i < N; ++i) {
    V::mask(in + static_cast<size_t>(i) * V::kBlocks * 16,
            out + static_cast<size_t>(i) * V::kBlocks * 16, a.v[i], b.v[i], c.v[i], d.v[i]);
  }
}

/// Fewer blocks than a whole step has, through a buffer of key stream.
template <typename V, int N>
[[gnu::noinline]] void maskFew(const LeaSchedule& key, const NonceRounds& nonce, uint32_t counter,
                               const uint8_t* in, uint8_t* out, size_t blocks) {
  alignas(64) uint8_t stream[static_cast<size_t>(N) * V::kBlocks * 16];
  std::memset(stream, 0, sizeof stream);
  Words<V, N> a, b, c, d;
  keyStream<V, N>(key, nonce, counter, a, b, c, d, [](size_t) {});
  mask<V, N>(stream, stream, a, b, c, d);
  V::maskBlocks(in, out, stream, blocks);
  std::memset(stream, 0, sizeof stream);
  asm volatile("" : : "r"(stream) : "memory");  // the key stream must not stay on the stack
}

template <typename V>
void maskRest(const LeaSchedule& key, const NonceRounds& nonce, uint32_t counter, const uint8_t* in,
              uint8_t* out, size_t blocks) {
  static_assert(V::kGroups == 2 || V::kGroups == 4);
  switch ((blocks + V::kBlocks - 1) / V::kBlocks) {
    case 0:
      return;
    case 1:
      return maskFew<V, 1>(key, nonce, counter, in, out, blocks);
    case 2:
      return maskFew<V, 2>(key, nonce, counter, in, out, blocks);
    case 3:
      return maskFew < V, V::kGroups == 4 ? 3 : 2 > (key, nonce, counter, in, out, blocks);
    default:
      return maskFew<V, V::kGroups>(key, nonce, counter, in, out, blocks);
  }
}

template <typename V>
constexpr size_t kStepBlocks = static_cast<size_t>(V::kGroups) * V::kBlocks;

template <typename V>
void wideCtr32(const LeaSchedule& key, const uint8_t* in, uint8_t* out, size_t blocks,
               const uint8_t start[16]) {
  const NonceRounds nonce(key, start);
  uint32_t counter = nonce.counter;
  for (; blocks >= kStepBlocks<V>; blocks -= kStepBlocks<V>) {
    Words<V, V::kGroups> a, b, c, d;
    keyStream<V, V::kGroups>(key, nonce, counter, a, b, c, d, [](size_t) {});
    mask<V, V::kGroups>(in, out, a, b, c, d);
    counter += kStepBlocks<V>;
    in += kStepBlocks<V> * 16;
    out += kStepBlocks<V> * 16;
  }
  maskRest<V>(key, nonce, counter, in, out, blocks);
}

/// GHASH over any number of blocks, as many per reduction as there are powers for.
template <typename V>
void wideHash(GhashKey& key, uint8_t state[16], const uint8_t* data, size_t blocks) {
  while (blocks > 0) {
    const size_t now = blocks < kStepBlocks<V> ? blocks : kStepBlocks<V>;
    V::preparePowers(key, now);
    typename V::Hash hash(state, key, now);
    size_t left = now;
    for (; left >= 2 * V::kHashBlocks; left -= 2 * V::kHashBlocks) {
      hash.addPair(data);
      data += 2 * V::kHashBlocks * 16;
    }
    hash.addFew(data, left);
    data += left * 16;
    hash.finish(state);
    blocks -= now;
  }
}

/// Sealing hashes the step before the one it encrypts, opening the one it decrypts: so the
/// multiplier and the adders have work at the same time.
template <typename V, bool kSeal>
void wideCrypt(const LeaSchedule& key, GhashKey& hashKey, GcmProgress& progress, const uint8_t* in,
               uint8_t* out, size_t blocks) {
  constexpr size_t kStepBytes = kStepBlocks<V> * 16;
  constexpr size_t kPairs = kStepBlocks<V> / (2 * V::kHashBlocks);
  const NonceRounds nonce(key, progress.counter);
  uint32_t counter = nonce.counter;
  const uint8_t* unhashed = kSeal ? nullptr : in;
  if (blocks >= kStepBlocks<V>) V::preparePowers(hashKey, kStepBlocks<V>);
  for (size_t left = blocks; left >= kStepBlocks<V>; left -= kStepBlocks<V>) {
    Words<V, V::kGroups> a, b, c, d;
    if (unhashed == nullptr) {
      keyStream<V, V::kGroups>(key, nonce, counter, a, b, c, d, [](size_t) {});
      unhashed = out;
    } else {
      typename V::Hash hash(progress.hash, hashKey, kStepBlocks<V>);
      keyStream<V, V::kGroups>(
          key, nonce, counter, a, b, c, d, [&](size_t quad) __attribute__((always_inline)) {
            if (quad >= kPairs) return;
            hash.addPair(unhashed);
            unhashed += 2 * V::kHashBlocks * 16;
          });
      // The shorter keys have fewer rounds than there are pairs.
      for (size_t pair = static_cast<size_t>(key.rounds) / 4; pair < kPairs; ++pair) {
        hash.addPair(unhashed);
        unhashed += 2 * V::kHashBlocks * 16;
      }
      hash.finish(progress.hash);
    }
    mask<V, V::kGroups>(in, out, a, b, c, d);
    counter += kStepBlocks<V>;
    in += kStepBytes;
    out += kStepBytes;
  }
  const size_t rest = blocks % kStepBlocks<V>;
  if (!kSeal) wideHash<V>(hashKey, progress.hash, in, rest);
  maskRest<V>(key, nonce, counter, in, out, rest);
  if (kSeal) {
    if (unhashed != nullptr) wideHash<V>(hashKey, progress.hash, unhashed, kStepBlocks<V>);
    wideHash<V>(hashKey, progress.hash, out, rest);
  }
  counter += static_cast<uint32_t>(rest);
  const uint32_t bigEndian = __builtin_bswap32(counter);
  std::memcpy(progress.counter + 12, &bigEndian, 4);
}

}  // namespace
}  // namespace flux::crypto
