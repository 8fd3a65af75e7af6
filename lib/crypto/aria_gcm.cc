#include "crypto/aria_gcm.h"

#include <openssl/evp.h>

#include <climits>
#include <memory>

#include "crypto/openssl_setup.h"
#include "crypto/secret.h"

namespace flux::crypto {
namespace {

struct CipherFree {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherFree>;

void require(int result) {
  if (result != 1) throw Error("ERR_CRYPTO", "ARIA-256-GCM failed inside OpenSSL");
}

int size(ByteView view) {
  if (view.size() > INT_MAX) throw Error("ERR_LIMIT", "too long for one ARIA-GCM message");
  return static_cast<int>(view.size());
}

Cipher begin(ByteView key, const GcmNonce& nonce, ByteView aad, int encrypt) {
  if (key.size() != SecretKey::kSize) {
    throw Error("ERR_INVALID_ARGUMENT", "an ARIA-256 key has 32 bytes");
  }
  setUpOpenSsl();
  Cipher cipher(EVP_CIPHER_CTX_new());
  if (!cipher) throw Error("ERR_MEMORY", "no memory for a cipher");
  require(EVP_CipherInit_ex(cipher.get(), EVP_aria_256_gcm(), nullptr, key.data(), nonce.data(),
                            encrypt));
  int count = 0;
  if (!aad.empty()) {
    require(EVP_CipherUpdate(cipher.get(), nullptr, &count, aad.data(), size(aad)));
  }
  return cipher;
}

}  // namespace

Bytes ariaGcmSeal(ByteView key, const GcmNonce& nonce, ByteView aad, ByteView plaintext) {
  const Cipher cipher = begin(key, nonce, aad, 1);
  Bytes out(plaintext.size() + kGcmTagSize);
  int count = 0;
  if (!plaintext.empty()) {
    require(EVP_CipherUpdate(cipher.get(), out.data(), &count, plaintext.data(), size(plaintext)));
  }
  uint8_t* tag = out.data() + plaintext.size();
  require(EVP_CipherFinal_ex(cipher.get(), tag, &count));
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kGcmTagSize, tag));
  return out;
}

bool ariaGcmOpen(ByteView key, const GcmNonce& nonce, ByteView aad, ByteView sealed,
                 Bytes& plaintext) {
  plaintext.clear();
  if (sealed.size() < kGcmTagSize) return false;
  const Cipher cipher = begin(key, nonce, aad, 0);
  const ByteView ciphertext = sealed.first(sealed.size() - kGcmTagSize);
  Bytes tag(sealed.end() - kGcmTagSize, sealed.end());
  plaintext.resize(ciphertext.size());
  int count = 0;
  if (!ciphertext.empty()) {
    require(EVP_CipherUpdate(cipher.get(), plaintext.data(), &count, ciphertext.data(),
                             size(ciphertext)));
  }
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kGcmTagSize, tag.data()));
  uint8_t none[1];
  if (EVP_CipherFinal_ex(cipher.get(), none, &count) == 1) return true;
  wipe(plaintext.data(), plaintext.size());
  plaintext.clear();
  return false;
}

}  // namespace flux::crypto
