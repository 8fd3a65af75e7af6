// ARIA-256 (KS X 1213-1, RFC 5794) in a mode of operation, through OpenSSL: one message at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"

struct evp_cipher_ctx_st;

namespace flux::crypto {

enum class AriaMode : uint8_t { kGcm, kCbc, kCtr };
enum class Direction : uint8_t { kEncrypt, kDecrypt };

/// One message under one key; the key schedule is wiped with the object. CBC takes whole blocks and
/// knows nothing of padding. Every failure inside OpenSSL throws ERR_CRYPTO.
class AriaCipher final {
 public:
  /// `key` has 32 bytes; `iv` has 12 in GCM mode and 16 in the others.
  AriaCipher(AriaMode mode, Direction direction, ByteView key, const uint8_t* iv);

  void authenticate(ByteView aad);  ///< GCM alone, before any update()
  /// `out` holds as many bytes as `in` and may be where `in` is.
  void update(ByteView in, uint8_t* out);

  void finish(uint8_t tag[16]);                       ///< GCM encryption
  [[nodiscard]] bool tagFits(const uint8_t tag[16]);  ///< GCM decryption; in constant time

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
};

}  // namespace flux::crypto
