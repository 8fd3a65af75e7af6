// LEA (KS X 3246, ISO/IEC 29192-2): the block cipher of the recordings, portable C++.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace flux::crypto {

/// LEA with a 128, 192 or 256-bit key. Constant time: additions, rotations and xors only.
class Lea final {
 public:
  static constexpr size_t kBlockSize = 16;

  /// `key` of 16, 24 or 32 bytes, else ERR_INVALID_ARGUMENT.
  explicit Lea(ByteView key);
  ~Lea();
  Lea(const Lea&) = delete;
  Lea& operator=(const Lea&) = delete;

  void encryptBlock(const uint8_t in[16], uint8_t out[16]) const noexcept;
  void decryptBlock(const uint8_t in[16], uint8_t out[16]) const noexcept;
  /// Counter mode over whole blocks: out = in ^ E(counter), the counter's last 32 bits (big-endian)
  /// rising by one per block and wrapping alone, as GCM's inc32 does. `counter` is not changed.
  void ctr32(const uint8_t* in, uint8_t* out, size_t blocks,
             const uint8_t counter[16]) const noexcept;

 private:
  std::array<std::array<uint32_t, 6>, 32> roundKeys_{};
  int rounds_ = 0;
};

}  // namespace flux::crypto
