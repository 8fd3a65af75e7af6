// What a CPU level brings for LEA-GCM: counter mode, GHASH, and both in one pass over the data.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crypto/cpu_level.h"

namespace flux::crypto {

/// LEA's expanded key, as the standard numbers it.
struct LeaSchedule {
  uint32_t roundKeys[32][6];
  int rounds;  ///< 24, 28 or 32
};

/// Powers of the hash key H, H^1 last, each as GHASH multiplies by it: bytes reversed and times x.
struct GhashKey {
  static constexpr size_t kPowers = 64;
  alignas(64) uint8_t powers[kPowers][16];
  size_t ready;  ///< how many of the last powers are computed; grows with the messages
};

/// A message under way. `hash` is GHASH's state in the standard's byte order.
struct GcmProgress {
  alignas(16) uint8_t hash[16];
  uint8_t counter[16];  ///< of the next block
};

/// Functions of one SIMD level; none where a level runs the portable code. All take unaligned
/// pointers; `out` is `in` or does not overlap it. The counter's last 32 bits wrap alone.
struct LeaKernel {
  using Ctr = void (*)(const LeaSchedule&, const uint8_t* in, uint8_t* out, size_t blocks,
                       const uint8_t counter[16]);
  using StartHash = void (*)(GhashKey&, const uint8_t h[16]);
  using Hash = void (*)(GhashKey&, uint8_t state[16], const uint8_t* data, size_t blocks);
  /// Encrypts or decrypts whole blocks, hashes the ciphertext and moves `progress` on.
  using Crypt = void (*)(const LeaSchedule&, GhashKey&, GcmProgress&, const uint8_t* in,
                         uint8_t* out, size_t blocks);

  Ctr ctr32;
  StartHash startHash;
  Hash hash;
  Crypt seal;
  Crypt open;
};

#if defined(__x86_64__)
extern const LeaKernel kLeaAvx2;
extern const LeaKernel kLeaAvx512;
#endif

/// The functions of `level`, nullptr where the portable code serves it.
inline const LeaKernel* leaKernel(CpuLevel level) noexcept {
#if defined(__x86_64__)
  if (level == CpuLevel::kAvx512) return &kLeaAvx512;
  if (level == CpuLevel::kAvx2) return &kLeaAvx2;
#endif
  (void)level;
  return nullptr;
}

}  // namespace flux::crypto
