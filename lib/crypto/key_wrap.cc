#include "crypto/key_wrap.h"

#include "crypto/aead.h"
#include "crypto/secret_array.h"

namespace flux::crypto {
namespace {

constexpr AeadAlgorithm kAlgorithm = AeadAlgorithm::kAria256Gcm;
constexpr size_t kWrapNonceSize = 12;

}  // namespace

Bytes wrapKey(const SecretKey& wrapping, const SecretKey& key, ByteView context) {
  return sealMessage(kAlgorithm, wrapping.view(), context, key.view());
}

SecretKeyPtr unwrapKey(const SecretKey& wrapping, ByteView wrapped, ByteView context) {
  if (wrapped.size() == kWrappedKeySize) {
    const auto aead = makeAead(kAlgorithm, wrapping.view());
    const Bytes copy(wrapped.begin(), wrapped.end());
    SecretArray<SecretKey::kSize> material;
    const uint8_t* const ciphertext = copy.data() + kWrapNonceSize;
    if (aead->open(copy.data(), context, {ciphertext, material.size()},
                   ciphertext + material.size(), material.data())) {
      return std::make_shared<const SecretKey>(material);
    }
  }
  throw Error("ERR_AUTH_TAG",
              "the wrapped key does not open: wrong passphrase or root, or altered");
}

}  // namespace flux::crypto
