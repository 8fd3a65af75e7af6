#include "crypto/lea_gcm_aead.h"

#include <algorithm>

#include "crypto/aead_checks.h"
#include "crypto/lea_gcm.h"

namespace flux::crypto {
namespace {

class LeaGcmAead final : public Aead {
 public:
  explicit LeaGcmAead(ByteView key) : gcm_(key) {}

  [[nodiscard]] AeadAlgorithm algorithm() const noexcept override {
    return AeadAlgorithm::kLea256Gcm;
  }

  void seal(uint8_t* nonce, ByteView aad, ByteView plaintext, uint8_t* out, uint8_t* tag) override {
    GcmTag made;
    gcm_.seal(nonceAt(nonce), aad, plaintext, out, made);
    std::ranges::copy(made, tag);
  }

  [[nodiscard]] std::optional<size_t> open(const uint8_t* nonce, ByteView aad, ByteView ciphertext,
                                           const uint8_t* tag, uint8_t* out) override {
    GcmTag given;
    std::copy_n(tag, given.size(), given.begin());
    if (!gcm_.open(nonceAt(nonce), aad, ciphertext, given, out)) return std::nullopt;
    return ciphertext.size();
  }

 private:
  static GcmNonce nonceAt(const uint8_t* nonce) {
    GcmNonce copy;
    std::copy_n(nonce, copy.size(), copy.begin());
    return copy;
  }

  LeaGcm gcm_;
};

}  // namespace

std::unique_ptr<Aead> makeLeaGcmAead(ByteView key) {
  requireKeySize(traitsOf(AeadAlgorithm::kLea256Gcm), key);
  return std::make_unique<LeaGcmAead>(key);
}

}  // namespace flux::crypto
