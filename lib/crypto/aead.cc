#include "crypto/aead.h"

#include <algorithm>
#include <array>

#include "crypto/aead_checks.h"
#include "crypto/aria_gcm_aead.h"
#include "crypto/aria_hmac_aead.h"
#include "crypto/lea_gcm_aead.h"
#include "crypto/module.h"
#include "crypto/module_aead.h"
#include "crypto/secret.h"
#include "crypto/self_test.h"

namespace flux::crypto {
namespace {

constexpr size_t kPaddingBlock = 16;
constexpr std::array<AeadTraits, 4> kTraits = {{
    {"LEA-256-GCM", 12, 16, false},
    {"ARIA-256-GCM", 12, 16, false},
    {"ARIA-256-CBC-HMAC-SHA-256", 16, 32, true},
    {"ARIA-256-CTR-HMAC-SHA-256", 16, 32, false},
}};

}  // namespace

const AeadTraits& traitsOf(AeadAlgorithm algorithm) noexcept {
  return kTraits[static_cast<size_t>(algorithm)];
}

std::optional<AeadAlgorithm> aeadByName(std::string_view name) noexcept {
  const auto found = std::ranges::find(kTraits, name, &AeadTraits::name);
  if (found == kTraits.end()) return std::nullopt;
  return static_cast<AeadAlgorithm>(found - kTraits.begin());
}

size_t Aead::ciphertextSize(size_t plaintextSize) const noexcept {
  if (!traitsOf(algorithm()).padded) return plaintextSize;
  return (plaintextSize / kPaddingBlock + 1) * kPaddingBlock;
}

std::unique_ptr<Aead> makeAead(AeadAlgorithm algorithm, ByteView key) {
  requireSelfTest();
  if (const ModuleAlgorithm* served = moduleServing(algorithm)) {
    return makeModuleAead(algorithm, *served->module, *served->functions, key);
  }
  switch (algorithm) {
    case AeadAlgorithm::kLea256Gcm:
      return makeLeaGcmAead(key);
    case AeadAlgorithm::kAria256Gcm:
      return makeAriaGcmAead(key);
    case AeadAlgorithm::kAria256CbcHmac:
    case AeadAlgorithm::kAria256CtrHmac:
      return makeAriaHmacAead(algorithm, key);
  }
  throw Error("ERR_INVALID_ARGUMENT", "this release knows no such algorithm");
}

bool makesNonces(AeadAlgorithm algorithm) {
  const ModuleAlgorithm* served = moduleServing(algorithm);
  return served != nullptr && served->functions->makes_nonces != 0;
}

Bytes sealMessage(AeadAlgorithm algorithm, ByteView key, ByteView aad, ByteView plaintext) {
  const auto& [name, nonceSize, tagSize, padded] = traitsOf(algorithm);
  requireWithinLimits(aad, plaintext);
  const auto aead = makeAead(algorithm, key);
  const size_t size = aead->ciphertextSize(plaintext.size());
  Bytes out(nonceSize + size + tagSize);
  if (!aead->makesNonces()) randomBytes(out.data(), nonceSize);
  uint8_t* ciphertext = out.data() + nonceSize;
  aead->seal(out.data(), aad, plaintext, ciphertext, ciphertext + size);
  return out;
}

Bytes openMessage(AeadAlgorithm algorithm, ByteView key, ByteView aad, ByteView sealed) {
  const auto& [name, nonceSize, tagSize, padded] = traitsOf(algorithm);
  const auto aead = makeAead(algorithm, key);
  if (sealed.size() >= nonceSize + tagSize) {
    // One copy, opened in place: who shares the memory of `sealed` cannot change what was checked.
    const Bytes nonce(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(nonceSize));
    const Bytes tag(sealed.end() - static_cast<std::ptrdiff_t>(tagSize), sealed.end());
    Bytes text(sealed.begin() + static_cast<std::ptrdiff_t>(nonceSize),
               sealed.end() - static_cast<std::ptrdiff_t>(tagSize));
    if (const auto size = aead->open(nonce.data(), aad, text, tag.data(), text.data())) {
      text.resize(*size);
      return text;
    }
  }
  throw Error("ERR_AUTH_TAG", "the message does not open: wrong key or context, or it was altered");
}

}  // namespace flux::crypto
