#include "crypto/self_test.h"

#include <algorithm>

#include "base/bytes.h"
#include "crypto/aria_gcm_aead.h"
#include "crypto/aria_hmac_aead.h"
#include "crypto/cpu_level.h"
#include "crypto/lea_self_test.h"
#include "crypto/p256.h"

namespace flux::crypto {
namespace {

/// Seals a message, compares the first bytes of it and the whole tag, opens it, and refuses it with
/// a bit of the tag changed. `tag` may be empty where only the ciphertext is known.
bool answers(Aead& aead, const char* nonceHex, ByteView aad, const char* plaintextHex,
             std::string_view ciphertext, std::string_view tagHex) {
  Bytes nonce = fromHex(nonceHex), tag(traitsOf(aead.algorithm()).tagSize);
  const Bytes plaintext = fromHex(plaintextHex);
  Bytes text = plaintext;
  text.resize(aead.ciphertextSize(plaintext.size()));
  aead.seal(nonce.data(), aad, ByteView(text).first(plaintext.size()), text.data(), tag.data());
  if (!toHex(text).starts_with(ciphertext) || !toHex(tag).starts_with(tagHex)) return false;
  Bytes opened(text.size());
  const auto size = aead.open(nonce.data(), aad, text, tag.data(), opened.data());
  if (!size || *size != plaintext.size()) return false;
  if (!std::equal(plaintext.begin(), plaintext.end(), opened.begin())) return false;
  tag[0] ^= 1;
  return !aead.open(nonce.data(), aad, text, tag.data(), text.data());
}

bool ariaGcmIsRight() {
  // The first block of RFC 8269's AEAD_ARIA_256_GCM example; its tag covers more than that block,
  // so the tag is checked by opening again.
  const Bytes key = fromHex("0c5ffd37a11edc42c325287fc0604f2e3e8cd5671a00fe3216aa5eb105783b54");
  return answers(*makeAriaGcmAead(key), "000020e8f5eb00000000315e", key,
                 "f57af5fd4ae19562976ec57a5a7ad55a", "6f9e4bcbc8c85fc0128fb1e4a0a20cb9", {});
}

/// Made with the `openssl enc` and `hmac` of other programs from what docs/ciphers.md says.
bool ariaHmacIsRight() {
  Bytes key(32);
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(i);
  constexpr const char* kNonce = "000102030405060708090a0b0c0d0e0f";
  constexpr const char* kPlaintext = "746865206672616d6520676f6573206f6e2069747320776179";
  return answers(*makeAriaHmacAead(AeadAlgorithm::kAria256CbcHmac, key), kNonce, asBytes("aad"),
                 kPlaintext, "cda75358fe5564fbecd7b1745004131b5b24782e22a4d1c92b8fdf59fdb2f1dc",
                 "c7d3d8816cce098d1e424bd15909a1c13131165af4062c8ee06ac9aa8d1e4e21") &&
         answers(*makeAriaHmacAead(AeadAlgorithm::kAria256CtrHmac, key), kNonce, asBytes("aad"),
                 kPlaintext, "c5c039d1ca1a54853a5cc5bf254282ae7288c370921da36f3a",
                 "5eb6ac5b9e3de4e05e584974bed78938541f1dcaabda5543aff5bbc84801f685");
}

bool p256IsRight() {
  // RFC 6979 §A.2.5: the public key, and the signature of "sample" in its lower form.
  const SecretKey key(fromHex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
  const P256PublicKey publicKey = p256PublicKey(key);
  Bytes signature = fromHex(
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
      "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9");
  if (toHex(publicKey) !=
      "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
      "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299") {
    return false;
  }
  if (!verifyP256(publicKey, asBytes("sample"), signature)) return false;
  signature[63] ^= 1;
  return !verifyP256(publicKey, asBytes("sample"), signature);
}

bool allAreRight(CpuLevel level) {
  try {
    return leaIsRight(level) && ariaGcmIsRight() && ariaHmacIsRight() && p256IsRight();
  } catch (const Error&) {
    return false;  // a cipher that cannot even run
  }
}

}  // namespace

void requireSelfTest() {
  const CpuLevel level =
      cpuLevel();  // what is wrong with the environment is no failure of a cipher
  static const bool passed = allAreRight(level);
  if (!passed) {
    throw Error("ERR_SELF_TEST", "a cipher failed its known answers; refusing to encrypt with it");
  }
}

}  // namespace flux::crypto
