#include "crypto/kdf.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <climits>

#include "crypto/openssl_setup.h"
#include "crypto/secret_array.h"

namespace flux::crypto {
namespace {

constexpr size_t kMinSaltSize = 16;

/// OpenSSL takes a null pointer for "no argument", even where the length says "empty".
const uint8_t* nonNull(ByteView view) {
  static const uint8_t nothing = 0;
  return view.empty() ? &nothing : view.data();
}

int intSize(ByteView view, const char* what) {
  if (view.size() > INT_MAX)
    throw Error("ERR_INVALID_ARGUMENT", std::string(what) + " is too long");
  return static_cast<int>(view.size());
}

void hmacInto(ByteView key, ByteView data, Sha256Digest& mac) {
  setUpOpenSsl();
  if (HMAC(EVP_sha256(), nonNull(key), intSize(key, "an HMAC key"), nonNull(data), data.size(),
           mac.data(), nullptr) == nullptr) {
    throw Error("ERR_CRYPTO", "HMAC-SHA-256 failed");
  }
}

}  // namespace

Sha256Digest sha256(ByteView data) {
  setUpOpenSsl();
  Sha256Digest digest;
  if (EVP_Digest(nonNull(data), data.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw Error("ERR_CRYPTO", "SHA-256 failed");
  }
  return digest;
}

Sha256Digest hmacSha256(ByteView key, ByteView data) {
  Sha256Digest mac;
  hmacInto(key, data, mac);
  return mac;
}

SecretKeyPtr hkdfExtract(ByteView input) {
  SecretArray<SecretKey::kSize> key;
  hmacInto({}, input, key);  // an empty HMAC key is the same as a salt of zeros
  return std::make_shared<const SecretKey>(key);
}

Bytes hkdfExpand(ByteView prk, ByteView info, size_t size) {
  constexpr size_t kHash = std::tuple_size_v<Sha256Digest>;
  if (size > 255 * kHash) {
    throw Error("ERR_INVALID_ARGUMENT",
                "HKDF makes at most 8160 bytes, not " + std::to_string(size));
  }
  Bytes out;
  out.reserve(size);  // so that growing leaves no copy of a key behind
  Bytes message;
  message.reserve(kHash + info.size() + 1);
  SecretArray<kHash> block;
  for (uint8_t counter = 1; out.size() < size; ++counter) {
    message.clear();
    if (counter > 1) message.insert(message.end(), block.begin(), block.end());
    message.insert(message.end(), info.begin(), info.end());
    message.push_back(counter);
    hmacInto(prk, message, block);
    const size_t part = std::min(kHash, size - out.size());
    out.insert(out.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(part));
  }
  message.resize(message.capacity());
  wipe(message.data(), message.size());
  return out;
}

SecretKeyPtr deriveSubkey(ByteView key, ByteView info) {
  Bytes material = hkdfExpand(key, info, SecretKey::kSize);
  auto subkey = std::make_shared<const SecretKey>(material);
  wipe(material.data(), material.size());
  return subkey;
}

SecretKeyPtr pbkdf2(ByteView passphrase, ByteView salt, uint32_t iterations) {
  if (iterations < kPbkdf2MinIterations || iterations > kPbkdf2MaxIterations) {
    throw Error("ERR_POLICY", "PBKDF2 iterations must lie between 100000 and 10000000, not " +
                                  std::to_string(iterations));
  }
  if (salt.size() < kMinSaltSize) {
    throw Error("ERR_POLICY",
                "a PBKDF2 salt needs at least 16 bytes, not " + std::to_string(salt.size()));
  }
  setUpOpenSsl();
  SecretArray<SecretKey::kSize> key;
  const uint8_t* text = nonNull(passphrase);
  if (PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(text), intSize(passphrase, "a passphrase"),
                        salt.data(), intSize(salt, "a salt"), static_cast<int>(iterations),
                        EVP_sha256(), static_cast<int>(key.size()), key.data()) != 1) {
    throw Error("ERR_CRYPTO", "PBKDF2 failed");
  }
  return std::make_shared<const SecretKey>(key);
}

}  // namespace flux::crypto
