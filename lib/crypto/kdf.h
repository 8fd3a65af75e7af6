// Key derivation and message authentication through OpenSSL: PBKDF2, HKDF-Expand, HMAC, SHA-256.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace flux::crypto {

using Sha256Digest = std::array<uint8_t, 32>;

/// The floor of PBKDF2 iterations that any stored record may name, and what new records use.
inline constexpr uint32_t kPbkdf2MinIterations = 100000;
inline constexpr uint32_t kPbkdf2DefaultIterations = 600000;
inline constexpr uint32_t kPbkdf2MaxIterations = 10000000;

Sha256Digest sha256(ByteView data);
Sha256Digest hmacSha256(ByteView key, ByteView data);
/// RFC 5869 §2.2 with SHA-256 and an empty salt: secret input of any shape to an even key.
SecretKeyPtr hkdfExtract(ByteView input);
/// RFC 5869 §2.3 with SHA-256; `size` at most 8160.
Bytes hkdfExpand(ByteView prk, ByteView info, size_t size);
/// hkdfExpand() to 32 bytes in secret memory, for the purpose that `info` names.
SecretKeyPtr deriveSubkey(ByteView key, ByteView info);
/// PBKDF2-HMAC-SHA-256 to 32 bytes. ERR_POLICY where iterations are out of [min, max] above or the
/// salt has fewer than 16 bytes.
SecretKeyPtr pbkdf2(ByteView passphrase, ByteView salt, uint32_t iterations);

}  // namespace flux::crypto
