// NIST P-256 through OpenSSL: key agreement and signatures. A private key is a SecretKey that holds
// the scalar, 32 bytes big-endian; a public key is 65 bytes, 04 || X || Y (SEC 1, uncompressed).
#pragma once

#include <array>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace flux::crypto {

inline constexpr size_t kP256PublicKeySize = 65;
inline constexpr size_t kP256SignatureSize = 64;
using P256PublicKey = std::array<uint8_t, kP256PublicKeySize>;
using P256Signature = std::array<uint8_t, kP256SignatureSize>;

SecretKeyPtr generateP256();
/// Throws ERR_INVALID_ARGUMENT where the key is no scalar in [1, n - 1].
P256PublicKey p256PublicKey(const SecretKey& privateKey);

/// ECDH (SP 800-56A), then HKDF-SHA-256 (RFC 5869) with an empty salt: 32 bytes bound to `info`.
/// The caller puts both public keys and the purpose into `info`. Throws ERR_PEER_KEY unless
/// `peer` is a point of the curve, uncompressed, and not the point at infinity.
SecretKeyPtr agreeP256(const SecretKey& privateKey, ByteView peer, ByteView info);

/// ECDSA with SHA-256. The signature is r || s (IEEE P1363) with s in the lower half, so that one
/// message has one form of a signature.
P256Signature signP256(const SecretKey& privateKey, ByteView message);
/// False for everything that signP256() would not have written, a high s included. Throws
/// ERR_PEER_KEY where `publicKey` is none.
[[nodiscard]] bool verifyP256(ByteView publicKey, ByteView message, ByteView signature);

}  // namespace flux::crypto
