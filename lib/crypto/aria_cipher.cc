#include "crypto/aria_cipher.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "crypto/openssl_setup.h"

namespace flux::crypto {
namespace {

constexpr int kGcmTagBytes = 16;
// OpenSSL counts in int. A multiple of the block size, so that CBC never holds a part back.
constexpr size_t kMaxPart = size_t{1} << 30;

void requireAria(bool done) {
  if (!done) throw Error("ERR_CRYPTO", "ARIA-256 failed inside OpenSSL");
}

const EVP_CIPHER* cipherOf(AriaMode mode) {
  switch (mode) {
    case AriaMode::kGcm:
      return EVP_aria_256_gcm();
    case AriaMode::kCbc:
      return EVP_aria_256_cbc();
    case AriaMode::kCtr:
      return EVP_aria_256_ctr();
  }
  return nullptr;
}

}  // namespace

void AriaCipher::Free::operator()(evp_cipher_ctx_st* context) const noexcept {
  EVP_CIPHER_CTX_free(context);
}

AriaCipher::AriaCipher(AriaMode mode, Direction direction, ByteView key, const uint8_t* iv) {
  if (key.size() != 32) throw Error("ERR_INVALID_ARGUMENT", "an ARIA-256 key has 32 bytes");
  setUpOpenSsl();
  context_.reset(EVP_CIPHER_CTX_new());
  if (!context_) throw Error("ERR_MEMORY", "no memory for a cipher");
  requireAria(EVP_CipherInit_ex(context_.get(), cipherOf(mode), nullptr, key.data(), iv,
                                direction == Direction::kEncrypt ? 1 : 0) == 1);
  EVP_CIPHER_CTX_set_padding(context_.get(), 0);
}

void AriaCipher::authenticate(ByteView aad) {
  while (!aad.empty()) {
    const ByteView part = aad.first(std::min(aad.size(), kMaxPart));
    int count = 0;
    requireAria(EVP_CipherUpdate(context_.get(), nullptr, &count, part.data(),
                                 static_cast<int>(part.size())) == 1);
    aad = aad.subspan(part.size());
  }
}

void AriaCipher::update(ByteView in, uint8_t* out) {
  while (!in.empty()) {
    const ByteView part = in.first(std::min(in.size(), kMaxPart));
    int count = 0;
    requireAria(EVP_CipherUpdate(context_.get(), out, &count, part.data(),
                                 static_cast<int>(part.size())) == 1 &&
                static_cast<size_t>(count) == part.size());
    in = in.subspan(part.size());
    out += part.size();
  }
}

void AriaCipher::finish(uint8_t tag[16]) {
  int count = 0;
  requireAria(EVP_CipherFinal_ex(context_.get(), tag, &count) == 1);
  requireAria(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kGcmTagBytes, tag) == 1);
}

bool AriaCipher::tagFits(const uint8_t tag[16]) {
  std::array<uint8_t, kGcmTagBytes> copy;
  std::copy_n(tag, copy.size(), copy.begin());
  requireAria(
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kGcmTagBytes, copy.data()) == 1);
  int count = 0;
  return EVP_CipherFinal_ex(context_.get(), copy.data(), &count) == 1;
}

}  // namespace flux::crypto
