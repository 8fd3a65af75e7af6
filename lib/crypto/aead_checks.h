// What every Aead checks before it works: key sizes, lengths, and buffers that overlap by half.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/secret.h"

namespace flux::crypto {

/// SP 800-38D allows GCM 2^36 - 32 bytes per nonce; the other modes keep to the same.
inline constexpr uint64_t kAeadMaxBytes = (1ULL << 36) - 32;
/// Bits of associated data are counted in 64 bits.
inline constexpr uint64_t kAeadMaxAadBytes = (1ULL << 61) - 1;

inline void requireKeySize(const AeadTraits& traits, ByteView key) {
  if (key.size() != SecretKey::kSize) {
    throw Error(
        "ERR_INVALID_ARGUMENT",
        std::string(traits.name) + " takes a key of 32 bytes, not " + std::to_string(key.size()));
  }
}

inline void requireWithinLimits(ByteView aad, ByteView text) {
  if (text.size() > kAeadMaxBytes) {
    throw Error("ERR_LIMIT",
                "one sealed message holds at most 2^36 - 32 bytes; cut it into several");
  }
  if (aad.size() > kAeadMaxAadBytes) {
    throw Error("ERR_LIMIT", "too much associated data for one message");
  }
}

/// `out` of `outSize` bytes may start where `in` starts, or share no byte with it.
inline void requireNoPartialOverlap(ByteView in, const uint8_t* out, size_t outSize) {
  const auto inFrom = reinterpret_cast<uintptr_t>(in.data());
  const auto outFrom = reinterpret_cast<uintptr_t>(out);
  if (in.empty() || outSize == 0 || inFrom == outFrom) return;
  if (inFrom < outFrom + outSize && outFrom < inFrom + in.size()) {
    throw Error("ERR_INVALID_ARGUMENT",
                "input and output overlap in part; let them be one buffer or two");
  }
}

/// Refuses the nonce that the same object sealed with just before: the commonest way to reuse one.
template <size_t kSize>
class NonceGuard final {
 public:
  void admit(const uint8_t* nonce) {
    if (used_ && std::memcmp(last_, nonce, kSize) == 0) {
      throw Error("ERR_INVALID_ARGUMENT",
                  "this nonce has already sealed a message under this key; make a fresh one");
    }
    std::memcpy(last_, nonce, kSize);
    used_ = true;
  }

 private:
  uint8_t last_[kSize]{};
  bool used_ = false;
};

}  // namespace flux::crypto
