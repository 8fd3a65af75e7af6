#include "peers.h"

#include <cryptopp/gcm.h>
#include <cryptopp/lea.h>
#include <openssl/evp.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "crypto/openssl_setup.h"

namespace flux::bench {
namespace {

using Tag = std::array<uint8_t, 16>;
const std::array<uint8_t, 32> kKey{1, 2, 3};
const std::array<uint8_t, 12> kNonce{4, 5, 6};

void require(bool held, const char* what) {
  if (held) return;
  std::cerr << "bench_crypto: " << what << '\n';
  std::exit(1);
}

/// One EVP context with its key, for messages of one direction.
class OpensslGcm {
 public:
  OpensslGcm(const char* cipher, bool seals) : seals_(seals) {
    crypto::setUpOpenSsl();
    EVP_CIPHER* found = EVP_CIPHER_fetch(nullptr, cipher, nullptr);
    require(found != nullptr, "OpenSSL lacks a cipher that we compare with");
    require(EVP_CipherInit_ex(context_.get(), found, nullptr, kKey.data(), nullptr, seals) == 1,
            "OpenSSL did not take the key");
    EVP_CIPHER_free(found);
  }

  void run(ByteView in, uint8_t* out, Tag& tag) {
    int size = 0;
    EVP_CIPHER_CTX* const context = context_.get();
    bool held = EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, kNonce.data(), seals_) == 1 &&
                EVP_CipherUpdate(context, out, &size, in.data(), static_cast<int>(in.size())) == 1;
    if (!seals_) {
      held = held && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, tag.data()) == 1;
    }
    held = held && EVP_CipherFinal_ex(context, out + size, &size) == 1;
    if (seals_) {
      held = held && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag.data()) == 1;
    }
    require(held, "OpenSSL failed");
  }

 private:
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  std::unique_ptr<EVP_CIPHER_CTX, Free> context_{EVP_CIPHER_CTX_new()};
  bool seals_;
};

}  // namespace

std::function<void()> opensslSeal(const char* cipher, ByteView in, uint8_t* out) {
  return [gcm = std::make_shared<OpensslGcm>(cipher, true), in, out] {
    Tag tag;
    gcm->run(in, out, tag);
  };
}

std::function<void()> opensslOpen(const char* cipher, ByteView plaintext, uint8_t* out) {
  const auto sealed = std::make_shared<Bytes>(plaintext.size());
  Tag tag;
  OpensslGcm(cipher, true).run(plaintext, sealed->data(), tag);
  return [gcm = std::make_shared<OpensslGcm>(cipher, false), sealed, tag, out]() mutable {
    gcm->run(*sealed, out, tag);
  };
}

std::function<void()> cryptoppSeal(ByteView in, uint8_t* out) {
  const auto gcm = std::make_shared<CryptoPP::GCM<CryptoPP::LEA>::Encryption>();
  gcm->SetKeyWithIV(kKey.data(), kKey.size(), kNonce.data(), kNonce.size());
  return [gcm, in, out] {
    Tag tag;
    gcm->EncryptAndAuthenticate(out, tag.data(), tag.size(), kNonce.data(), kNonce.size(), nullptr,
                                0, in.data(), in.size());
  };
}

std::function<void()> cryptoppOpen(ByteView plaintext, uint8_t* out) {
  const auto sealed = std::make_shared<Bytes>(plaintext.size());
  Tag tag;
  CryptoPP::GCM<CryptoPP::LEA>::Encryption seal;
  seal.SetKeyWithIV(kKey.data(), kKey.size(), kNonce.data(), kNonce.size());
  seal.EncryptAndAuthenticate(sealed->data(), tag.data(), tag.size(), kNonce.data(), kNonce.size(),
                              nullptr, 0, plaintext.data(), plaintext.size());
  const auto gcm = std::make_shared<CryptoPP::GCM<CryptoPP::LEA>::Decryption>();
  gcm->SetKeyWithIV(kKey.data(), kKey.size(), kNonce.data(), kNonce.size());
  return [gcm, sealed, tag, out] {
    require(gcm->DecryptAndVerify(out, tag.data(), tag.size(), kNonce.data(),
                                  static_cast<int>(kNonce.size()), nullptr, 0, sealed->data(),
                                  sealed->size()),
            "Crypto++ refused its own tag");
  };
}

}  // namespace flux::bench
