#include "crypto/aria_hmac_aead.h"

#include <algorithm>
#include <array>
#include <string>

#include "crypto/aead_checks.h"
#include "crypto/aria_cipher.h"
#include "crypto/hmac.h"
#include "crypto/kdf.h"
#include "crypto/secret_array.h"

namespace flux::crypto {
namespace {

constexpr size_t kBlockSize = 16;
constexpr size_t kCtrNonceSize = 16;

/// Two keys for two uses, so that neither the cipher nor the MAC ever sees the other's.
SecretKeyPtr roleKey(const AeadTraits& traits, ByteView key, std::string_view role) {
  std::string label("fluxvision/aead/v1/");
  label.append(traits.name).append("/").append(role);
  return deriveSubkey(key, asBytes(label));
}

/// How many bytes of PKCS#7 padding end `block`; 0 where they are none. Looks at every byte and
/// branches on none.
size_t paddingOf(const uint8_t* block) noexcept {
  const unsigned count = block[kBlockSize - 1];
  unsigned wrong = (count - 1U) >> 4;  // other than 1 to 16
  for (unsigned i = 0; i < kBlockSize; ++i) {
    const unsigned padded = (15U - i - count) >> 31;  // 1 where count > 15 - i
    wrong |= (0U - padded) & (block[i] ^ count);
  }
  const unsigned fits = (wrong - 1U) >> 31;  // 1 where nothing was wrong
  return size_t{count} * fits;
}

class AriaHmacAead final : public Aead {
 public:
  AriaHmacAead(AeadAlgorithm algorithm, ByteView key)
      : algorithm_(algorithm),
        mode_(algorithm == AeadAlgorithm::kAria256CbcHmac ? AriaMode::kCbc : AriaMode::kCtr),
        encryption_(roleKey(traitsOf(algorithm), key, "encryption")),
        authentication_(roleKey(traitsOf(algorithm), key, "authentication")) {}

  [[nodiscard]] AeadAlgorithm algorithm() const noexcept override { return algorithm_; }

  void seal(uint8_t* nonce, ByteView aad, ByteView plaintext, uint8_t* out, uint8_t* tag) override {
    const size_t size = ciphertextSize(plaintext.size());
    requireWithinLimits(aad, plaintext);
    requireNoPartialOverlap(plaintext, out, size);
    guard_.admit(nonce);
    HmacSha256 mac = begin(nonce, aad);
    AriaCipher cipher(mode_, Direction::kEncrypt, encryption_->view(), nonce);
    if (mode_ == AriaMode::kCtr) {
      cipher.update(plaintext, out);
    } else {
      const size_t whole = plaintext.size() / kBlockSize * kBlockSize;
      SecretArray<kBlockSize> last;
      std::ranges::fill(last, static_cast<uint8_t>(size - plaintext.size()));
      std::ranges::copy(plaintext.subspan(whole), last.begin());
      cipher.update(plaintext.first(whole), out);
      cipher.update(last, out + whole);
    }
    const Sha256Digest expected = finish(mac, aad, {out, size});
    std::ranges::copy(expected, tag);
  }

  [[nodiscard]] std::optional<size_t> open(const uint8_t* nonce, ByteView aad, ByteView ciphertext,
                                           const uint8_t* tag, uint8_t* out) override {
    requireWithinLimits(aad, ciphertext);
    requireNoPartialOverlap(ciphertext, out, ciphertext.size());
    std::optional<size_t> size;
    HmacSha256 mac = begin(nonce, aad);
    const Sha256Digest expected = finish(mac, aad, ciphertext);
    if (equalConstantTime(expected, {tag, expected.size()})) {
      size = decrypt(nonce, ciphertext, out);
    }
    if (!size) wipe(out, ciphertext.size());
    return size;
  }

 private:
  /// The MAC over nonce || aad so far, taken before a byte is written: `aad` may lie in `out`.
  HmacSha256 begin(const uint8_t* nonce, ByteView aad) const {
    HmacSha256 mac(authentication_->view());
    mac.update({nonce, kCtrNonceSize});
    mac.update(aad);
    return mac;
  }

  static Sha256Digest finish(HmacSha256& mac, ByteView aad, ByteView ciphertext) {
    mac.update(ciphertext);
    ByteWriter lengths;
    lengths.u64(aad.size()).u64(ciphertext.size());
    mac.update(lengths.view());
    return mac.finish();
  }

  /// What the MAC vouches for. Only who has the key can get as far as a padding that does not fit.
  std::optional<size_t> decrypt(const uint8_t* nonce, ByteView ciphertext, uint8_t* out) const {
    const bool blocks = mode_ == AriaMode::kCbc;
    if (blocks && (ciphertext.empty() || ciphertext.size() % kBlockSize != 0)) return std::nullopt;
    AriaCipher cipher(mode_, Direction::kDecrypt, encryption_->view(), nonce);
    cipher.update(ciphertext, out);
    if (!blocks) return ciphertext.size();
    uint8_t* last = out + ciphertext.size() - kBlockSize;
    const size_t padding = paddingOf(last);
    if (padding == 0) return std::nullopt;
    wipe(last + kBlockSize - padding, padding);
    return ciphertext.size() - padding;
  }

  const AeadAlgorithm algorithm_;
  const AriaMode mode_;
  const SecretKeyPtr encryption_;
  const SecretKeyPtr authentication_;
  NonceGuard<kCtrNonceSize> guard_;
};

}  // namespace

std::unique_ptr<Aead> makeAriaHmacAead(AeadAlgorithm algorithm, ByteView key) {
  requireKeySize(traitsOf(algorithm), key);
  return std::make_unique<AriaHmacAead>(algorithm, key);
}

}  // namespace flux::crypto
