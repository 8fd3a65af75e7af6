#include "crypto/lea_gcm.h"

#include <openssl/modes.h>

#include <cstddef>
#include <new>

#include "crypto/openssl_setup.h"
#include "crypto/secret.h"
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

void requireWithinLimit(uint64_t done, uint64_t more) {
  if (more > kGcmMaxBytes || done > kGcmMaxBytes - more) {
    throw Error("ERR_LIMIT", "one GCM message holds at most 2^36 - 32 bytes");
  }
}

struct GcmRelease {
  void operator()(GCM128_CONTEXT* context) const noexcept { CRYPTO_gcm128_release(context); }
};

}  // namespace

/// Lives in secret pages: LEA's round keys give the key away.
class LeaGcm::Impl final {
 public:
  explicit Impl(ByteView key) : lea_(key) {
    setUpOpenSsl();
    context_.reset(CRYPTO_gcm128_new(&lea_, encryptBlock));
    if (!context_) throw Error("ERR_MEMORY", "no memory for a cipher");
  }

  static void* operator new(size_t) { return pages().take(); }
  static void operator delete(void* slot) noexcept { pages().give(slot); }

  void begin(const GcmNonce& nonce, ByteView aad) {
    CRYPTO_gcm128_setiv(context_.get(), nonce.data(), nonce.size());
    if (!aad.empty() && CRYPTO_gcm128_aad(context_.get(), aad.data(), aad.size()) != 0) {
      throw Error("ERR_LIMIT", "too much associated data");
    }
    bytes_ = 0;
  }

  void encrypt(ByteView plaintext, uint8_t* out) {
    requireWithinLimit(bytes_, plaintext.size());
    if (plaintext.empty()) return;
    bytes_ += plaintext.size();
    if (CRYPTO_gcm128_encrypt_ctr32(context_.get(), plaintext.data(), out, plaintext.size(),
                                    encryptCounters) != 0) {
      throw Error("ERR_CRYPTO", "GCM encryption failed");
    }
  }

  bool decrypt(ByteView ciphertext, const GcmTag& tag, uint8_t* out) {
    requireWithinLimit(bytes_, ciphertext.size());
    const bool decrypted =
        ciphertext.empty() || CRYPTO_gcm128_decrypt_ctr32(context_.get(), ciphertext.data(), out,
                                                          ciphertext.size(), encryptCounters) == 0;
    // gcm128_finish compares with CRYPTO_memcmp.
    if (decrypted && CRYPTO_gcm128_finish(context_.get(), tag.data(), tag.size()) == 0) return true;
    wipe(out, ciphertext.size());
    return false;
  }

  GcmTag tag() {
    GcmTag tag;
    CRYPTO_gcm128_tag(context_.get(), tag.data(), tag.size());
    return tag;
  }

  bool streaming = false;

 private:
  static SecretPages& pages() {
    alignas(SecretPages) static std::byte storage[sizeof(SecretPages)];
    static SecretPages& pages = *new (storage) SecretPages(sizeof(Impl));
    return pages;
  }

  Lea lea_;
  std::unique_ptr<GCM128_CONTEXT, GcmRelease> context_;
  uint64_t bytes_ = 0;
};

LeaGcm::LeaGcm(ByteView key) : impl_(std::make_unique<Impl>(key)) {}
LeaGcm::~LeaGcm() = default;

void LeaGcm::seal(const GcmNonce& nonce, ByteView aad, ByteView plaintext, uint8_t* out,
                  GcmTag& tag) {
  impl_->streaming = false;
  impl_->begin(nonce, aad);
  impl_->encrypt(plaintext, out);
  tag = impl_->tag();
}

bool LeaGcm::open(const GcmNonce& nonce, ByteView aad, ByteView ciphertext, const GcmTag& tag,
                  uint8_t* out) {
  impl_->streaming = false;
  impl_->begin(nonce, aad);
  return impl_->decrypt(ciphertext, tag, out);
}

void LeaGcm::beginSeal(const GcmNonce& nonce, ByteView aad) {
  impl_->begin(nonce, aad);
  impl_->streaming = true;
}

void LeaGcm::updateSeal(ByteView plaintext, uint8_t* out) {
  if (!impl_->streaming) throw Error("ERR_STATE", "updateSeal() without beginSeal()");
  impl_->encrypt(plaintext, out);
}

GcmTag LeaGcm::finishSeal() {
  if (!impl_->streaming) throw Error("ERR_STATE", "finishSeal() without beginSeal()");
  impl_->streaming = false;
  return impl_->tag();
}

}  // namespace flux::crypto
