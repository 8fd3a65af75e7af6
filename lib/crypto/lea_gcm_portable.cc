// LEA-GCM on any processor: our portable counter mode, and OpenSSL's GHASH, which is assembly for
// most of them (PCLMULQDQ, PMULL).
#include <openssl/modes.h>

#include <cstddef>
#include <new>

#include "crypto/lea.h"
#include "crypto/lea_gcm_engine.h"
#include "crypto/openssl_setup.h"
#include "crypto/secret_pages.h"

namespace flux::crypto {
namespace {

void encryptBlock(const unsigned char in[16], unsigned char out[16], const void* key) {
  static_cast<const Lea*>(key)->encryptBlock(in, out);
}

void encryptCounters(const unsigned char* in, unsigned char* out, size_t blocks, const void* key,
                     const unsigned char counter[16]) {
  static_cast<const Lea*>(key)->ctr32(in, out, blocks, counter);
}

struct GcmRelease {
  void operator()(GCM128_CONTEXT* context) const noexcept { CRYPTO_gcm128_release(context); }
};

class PortableLeaGcm final : public LeaGcmEngine {
 public:
  PortableLeaGcm(ByteView key, CpuLevel level) : lea_(key, level) {
    setUpOpenSsl();
    context_.reset(CRYPTO_gcm128_new(&lea_, encryptBlock));
    if (!context_) throw Error("ERR_MEMORY", "no memory for a cipher");
  }

  static void* operator new(size_t) { return pages().take(); }
  static void operator delete(void* slot) noexcept { pages().give(slot); }

  void begin(const GcmNonce& nonce, ByteView aad) override {
    CRYPTO_gcm128_setiv(context_.get(), nonce.data(), nonce.size());
    if (!aad.empty()) {
      require(CRYPTO_gcm128_aad(context_.get(), aad.data(), aad.size()));
    }
  }

  void encrypt(ByteView plaintext, uint8_t* out) override {
    if (plaintext.empty()) return;
    require(CRYPTO_gcm128_encrypt_ctr32(context_.get(), plaintext.data(), out, plaintext.size(),
                                        encryptCounters));
  }

  void decrypt(ByteView ciphertext, uint8_t* out) override {
    if (ciphertext.empty()) return;
    require(CRYPTO_gcm128_decrypt_ctr32(context_.get(), ciphertext.data(), out, ciphertext.size(),
                                        encryptCounters));
  }

  GcmTag tag() override {
    GcmTag tag;
    CRYPTO_gcm128_tag(context_.get(), tag.data(), tag.size());
    return tag;
  }

 private:
  static void require(int status) {
    if (status != 0) throw Error("ERR_CRYPTO", "GCM failed in OpenSSL");
  }

  static SecretPages& pages() {
    alignas(SecretPages) static std::byte storage[sizeof(SecretPages)];
    static SecretPages& pages = *new (storage) SecretPages(sizeof(PortableLeaGcm));
    return pages;
  }

  Lea lea_;
  std::unique_ptr<GCM128_CONTEXT, GcmRelease> context_;
};

}  // namespace

std::unique_ptr<LeaGcmEngine> makePortableLeaGcm(ByteView key, CpuLevel level) {
  return std::make_unique<PortableLeaGcm>(key, level);
}

}  // namespace flux::crypto
