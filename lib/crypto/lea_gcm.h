// LEA-GCM (SP 800-38D): 96-bit nonces, 128-bit tags. GHASH is OpenSSL's constant-time code.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "crypto/lea.h"

namespace flux::crypto {

inline constexpr size_t kGcmNonceSize = 12;
inline constexpr size_t kGcmTagSize = 16;
/// 2^36 - 32 bytes: the most that one (key, nonce) may encrypt.
inline constexpr uint64_t kGcmMaxBytes = (1ULL << 36) - 32;

using GcmNonce = std::array<uint8_t, kGcmNonceSize>;
using GcmTag = std::array<uint8_t, kGcmTagSize>;

/// A LEA-GCM key, set up once for many messages. Not for concurrent use.
class LeaGcm final {
 public:
  explicit LeaGcm(ByteView key);
  ~LeaGcm();
  LeaGcm(const LeaGcm&) = delete;
  LeaGcm& operator=(const LeaGcm&) = delete;

  /// One-shot. `out` holds plaintext.size() bytes and may equal plaintext.data().
  void seal(const GcmNonce& nonce, ByteView aad, ByteView plaintext, uint8_t* out, GcmTag& tag);
  /// False where the tag does not fit; `out` is then all zero.
  [[nodiscard]] bool open(const GcmNonce& nonce, ByteView aad, ByteView ciphertext,
                          const GcmTag& tag, uint8_t* out);

  // Streaming encryption, for v1 segments, whose one tag covers the whole file.
  // There is no streaming decryption: plaintext is never released before its tag was checked.
  void beginSeal(const GcmNonce& nonce, ByteView aad);
  void updateSeal(ByteView plaintext, uint8_t* out);  ///< throws ERR_LIMIT beyond kGcmMaxBytes
  GcmTag finishSeal();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux::crypto
