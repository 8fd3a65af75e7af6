#include "crypto/aria_gcm_aead.h"

#include <algorithm>
#include <array>

#include "crypto/aead_checks.h"
#include "crypto/aria_cipher.h"

namespace flux::crypto {
namespace {

constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;

class AriaGcmAead final : public Aead {
 public:
  explicit AriaGcmAead(ByteView key) : key_(key) {}

  [[nodiscard]] AeadAlgorithm algorithm() const noexcept override {
    return AeadAlgorithm::kAria256Gcm;
  }

  void seal(uint8_t* nonce, ByteView aad, ByteView plaintext, uint8_t* out, uint8_t* tag) override {
    requireWithinLimits(aad, plaintext);
    requireNoPartialOverlap(plaintext, out, plaintext.size());
    guard_.admit(nonce);
    AriaCipher cipher(AriaMode::kGcm, Direction::kEncrypt, key_.view(), nonce);
    cipher.authenticate(aad);
    cipher.update(plaintext, out);
    cipher.finish(tag);
  }

  [[nodiscard]] std::optional<size_t> open(const uint8_t* nonce, ByteView aad, ByteView ciphertext,
                                           const uint8_t* tag, uint8_t* out) override {
    requireWithinLimits(aad, ciphertext);
    requireNoPartialOverlap(ciphertext, out, ciphertext.size());
    std::array<uint8_t, kTagSize> expected;  // `tag` may lie where `out` does
    std::copy_n(tag, expected.size(), expected.begin());
    AriaCipher cipher(AriaMode::kGcm, Direction::kDecrypt, key_.view(), nonce);
    cipher.authenticate(aad);
    try {
      cipher.update(ciphertext, out);
      if (cipher.tagFits(expected.data())) return ciphertext.size();
    } catch (...) {
      wipe(out, ciphertext.size());
      throw;
    }
    wipe(out, ciphertext.size());
    return std::nullopt;
  }

 private:
  SecretKey key_;
  NonceGuard<kNonceSize> guard_;
};

}  // namespace

std::unique_ptr<Aead> makeAriaGcmAead(ByteView key) {
  requireKeySize(traitsOf(AeadAlgorithm::kAria256Gcm), key);
  return std::make_unique<AriaGcmAead>(key);
}

}  // namespace flux::crypto
