// Authenticated encryption behind one narrow interface: whole messages only, so that no plaintext
// is seen before its tag was checked, and shaped so that a foreign, validated module fits behind
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace flux::crypto {

enum class AeadAlgorithm : uint8_t {
  kLea256Gcm,       ///< KS X 3246 cipher, SP 800-38D mode: recordings
  kAria256Gcm,      ///< RFC 5794 cipher, SP 800-38D mode: wrapped keys, credentials, settings
  kAria256CbcHmac,  ///< encrypt-then-MAC with HMAC-SHA-256: database fields
  kAria256CtrHmac,  ///< encrypt-then-MAC with HMAC-SHA-256: session tokens
};

/// What a message of an algorithm looks like. All keys have 32 bytes.
struct AeadTraits {
  std::string_view name;  ///< "LEA-256-GCM", "ARIA-256-GCM", "ARIA-256-CBC-HMAC-SHA-256", ...
  size_t nonceSize;       ///< 12 for GCM, 16 for CBC and CTR
  size_t tagSize;         ///< 16 for GCM, 32 for HMAC
  bool padded;            ///< PKCS#7: ciphertext is 1 to 16 bytes longer than plaintext
};

const AeadTraits& traitsOf(AeadAlgorithm algorithm) noexcept;
/// Nothing where the name is none of ours.
std::optional<AeadAlgorithm> aeadByName(std::string_view name) noexcept;

/// One key of one algorithm, set up once for many messages. Not for concurrent use.
class Aead {
 public:
  virtual ~Aead() = default;

  [[nodiscard]] virtual AeadAlgorithm algorithm() const noexcept = 0;
  /// True where the implementation chooses every nonce itself, as some validated modules must:
  /// seal() then ignores what `nonce` holds. Callers that compute nonces must store them instead.
  [[nodiscard]] virtual bool makesNonces() const noexcept { return false; }
  [[nodiscard]] size_t ciphertextSize(size_t plaintextSize) const noexcept;

  /// Writes ciphertextSize(plaintext.size()) bytes to `out` and traits.tagSize to `tag`; `nonce`
  /// has traits.nonceSize bytes and holds afterwards the one that was used. `out` may be
  /// plaintext.data() exactly, or not overlap at all (ERR_INVALID_ARGUMENT). A nonce must never
  /// serve twice under one key. Throws ERR_LIMIT, ERR_CRYPTO.
  virtual void seal(uint8_t* nonce, ByteView aad, ByteView plaintext, uint8_t* out,
                    uint8_t* tag) = 0;
  /// Writes the plaintext to `out`, which has room for ciphertext.size() bytes, and returns its
  /// size; nothing where the tag (or, behind a right tag, the padding) does not fit: `out` is then
  /// all zero. Which of the two it was does not show in the result; nothing is decrypted behind a
  /// wrong HMAC, so only who has the key gets as far as a padding.
  [[nodiscard]] virtual std::optional<size_t> open(const uint8_t* nonce, ByteView aad,
                                                   ByteView ciphertext, const uint8_t* tag,
                                                   uint8_t* out) = 0;
};

/// The implementation that serves `algorithm` in this process: a loaded module's where one was
/// configured for it, else our own. `key` of 32 bytes, else ERR_INVALID_ARGUMENT. Throws
/// ERR_SELF_TEST, ERR_CRYPTO_MODULE.
std::unique_ptr<Aead> makeAead(AeadAlgorithm algorithm, ByteView key);

/// What makesNonces() of a new Aead for `algorithm` will say. Throws ERR_CRYPTO_MODULE.
bool makesNonces(AeadAlgorithm algorithm);

/// nonce || ciphertext || tag with a random nonce, made here or by the module that serves.
Bytes sealMessage(AeadAlgorithm algorithm, ByteView key, ByteView aad, ByteView plaintext);
/// Throws ERR_AUTH_TAG where the key, `aad` or any byte of `sealed` is not the one it was sealed
/// with, or `sealed` is too short; nothing tells which.
Bytes openMessage(AeadAlgorithm algorithm, ByteView key, ByteView aad, ByteView sealed);

}  // namespace flux::crypto
