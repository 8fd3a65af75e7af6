#include "crypto/secret.h"

#include <openssl/crypto.h>

#include <cstring>
#include <new>

#include "crypto/secret_pages.h"

namespace flux::crypto {
namespace {

/// Never destroyed: keys held by other statics may outlive any order of destruction.
SecretPages& keyPages() {
  alignas(SecretPages) static std::byte storage[sizeof(SecretPages)];
  static SecretPages& pages = *new (storage) SecretPages(SecretKey::kSize);
  return pages;
}

}  // namespace

void wipe(void* data, size_t size) noexcept {
  if (size > 0) OPENSSL_cleanse(data, size);
}

bool equalConstantTime(ByteView a, ByteView b) noexcept {
  if (a.size() != b.size()) return false;
  return a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

SecretKey::SecretKey(ByteView material) {
  if (material.size() != kSize) {
    throw Error("ERR_INVALID_ARGUMENT",
                "a key has 32 bytes, not " + std::to_string(material.size()));
  }
  data_ = static_cast<uint8_t*>(keyPages().take());
  std::memcpy(data_, material.data(), kSize);
}

SecretKeyPtr SecretKey::generate() {
  std::array<uint8_t, kSize> material;
  randomBytes(material.data(), material.size());
  auto key = std::make_shared<const SecretKey>(material);
  wipe(material.data(), material.size());
  return key;
}

SecretKey::~SecretKey() {
  keyPages().give(data_);
}

}  // namespace flux::crypto
