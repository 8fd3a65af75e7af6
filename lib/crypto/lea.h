// LEA (KS X 3246, ISO/IEC 29192-2): the block cipher of the recordings. Portable C++, with faster
// counter modes where the processor has wide vectors.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "crypto/cpu_level.h"
#include "crypto/lea_kernel.h"

namespace flux::crypto {

/// LEA with a 128, 192 or 256-bit key. Constant time: additions, rotations and xors only.
class Lea final {
 public:
  static constexpr size_t kBlockSize = 16;

  /// `key` of 16, 24 or 32 bytes, else ERR_INVALID_ARGUMENT.
  explicit Lea(ByteView key) : Lea(key, cpuLevel()) {}
  /// On a given level, for tests and benchmarks; ERR_INVALID_ARGUMENT where it cannot run here.
  Lea(ByteView key, CpuLevel level);
  ~Lea();
  Lea(const Lea&) = delete;
  Lea& operator=(const Lea&) = delete;

  void encryptBlock(const uint8_t in[16], uint8_t out[16]) const noexcept;
  void decryptBlock(const uint8_t in[16], uint8_t out[16]) const noexcept;
  /// Counter mode over whole blocks: out = in ^ E(counter), the counter's last 32 bits (big-endian)
  /// rising by one per block and wrapping alone, as GCM's inc32 does. `counter` is not changed.
  void ctr32(const uint8_t* in, uint8_t* out, size_t blocks,
             const uint8_t counter[16]) const noexcept;
  [[nodiscard]] const LeaSchedule& schedule() const noexcept { return schedule_; }

 private:
  LeaSchedule schedule_{};
  const LeaKernel* kernel_;  ///< nullptr: the portable code
};

}  // namespace flux::crypto
