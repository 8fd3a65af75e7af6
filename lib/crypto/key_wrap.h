// Wrapping keys with ARIA-256-GCM (KS X 1213-1, RFC 5794 cipher) and an authenticated context.
#pragma once

#include "base/bytes.h"
#include "crypto/secret.h"

namespace flux::crypto {

/// nonce[12] || ciphertext[32] || tag[16]; the nonce is random and made here.
inline constexpr size_t kWrappedKeySize = 60;

Bytes wrapKey(const SecretKey& wrapping, const SecretKey& key, ByteView context);
/// Throws ERR_AUTH_TAG where the wrapping key, the context or any byte of `wrapped` is not the one
/// it was wrapped with; nothing tells which.
SecretKeyPtr unwrapKey(const SecretKey& wrapping, ByteView wrapped, ByteView context);

}  // namespace flux::crypto
