// Memory for keys: locked, left out of core dumps, wiped when it goes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace flux::crypto {

/// Overwrites memory in a way that no optimiser removes, and the vector registers that what was in
/// it may have passed through.
void wipe(void* data, size_t size) noexcept;
/// Compares in time that depends on the length alone.
bool equalConstantTime(ByteView a, ByteView b) noexcept;
/// Cryptographically strong random bytes; throws ERR_RNG.
void randomBytes(uint8_t* out, size_t size);
Bytes randomBytes(size_t size);

/// A 256-bit key. Lives in memory of its own that is mlock'ed where the limits allow, excluded from
/// core dumps and forks, and wiped on destruction. Shared by reference, never copied.
class SecretKey final {
 public:
  static constexpr size_t kSize = 32;

  explicit SecretKey(ByteView material);  ///< exactly 32 bytes, else ERR_INVALID_ARGUMENT
  static std::shared_ptr<const SecretKey> generate();
  ~SecretKey();
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;

  [[nodiscard]] ByteView view() const noexcept { return {data_, kSize}; }

 private:
  uint8_t* data_;
};
using SecretKeyPtr = std::shared_ptr<const SecretKey>;

}  // namespace flux::crypto
