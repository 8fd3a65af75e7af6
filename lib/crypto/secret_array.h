// A fixed buffer for key material on its way to a SecretKey: wiped when it goes, however that is.
#pragma once

#include <array>
#include <cstdint>

#include "crypto/secret.h"

namespace flux::crypto {

template <size_t kSize>
struct SecretArray final : std::array<uint8_t, kSize> {
  SecretArray() noexcept : std::array<uint8_t, kSize>{} {}
  ~SecretArray() { wipe(this->data(), kSize); }
  SecretArray(const SecretArray&) = delete;
  SecretArray& operator=(const SecretArray&) = delete;
};

}  // namespace flux::crypto
