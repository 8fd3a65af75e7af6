// ARIA-256-GCM (RFC 5794 cipher, SP 800-38D mode) through OpenSSL, one message at a time.
#pragma once

#include "base/bytes.h"
#include "crypto/lea_gcm.h"

namespace flux::crypto {

/// ciphertext || tag[16]. `key` has 32 bytes. A nonce must never serve twice under one key.
Bytes ariaGcmSeal(ByteView key, const GcmNonce& nonce, ByteView aad, ByteView plaintext);
/// False where the tag does not fit; `plaintext` is then empty.
[[nodiscard]] bool ariaGcmOpen(ByteView key, const GcmNonce& nonce, ByteView aad, ByteView sealed,
                               Bytes& plaintext);

}  // namespace flux::crypto
