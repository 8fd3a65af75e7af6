// HMAC-SHA-256 (FIPS 198-1, RFC 2104) over a message that comes in parts.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "crypto/kdf.h"

struct evp_mac_ctx_st;

namespace flux::crypto {

/// One message. hmacSha256() in kdf.h is the same for a message that lies in one piece.
class HmacSha256 final {
 public:
  explicit HmacSha256(ByteView key);

  void update(ByteView part);
  Sha256Digest finish();

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

}  // namespace flux::crypto
