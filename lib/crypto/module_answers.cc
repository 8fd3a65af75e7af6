#include "crypto/module_answers.h"

#include <algorithm>
#include <array>
#include <span>

#include "crypto/secret.h"

namespace flux::crypto {
namespace {

struct Answer {
  AeadAlgorithm algorithm;
  const char* key;
  const char* nonce;
  const char* aad;
  const char* plaintext;
  const char* ciphertext;
  const char* tag;
};

constexpr const char* kCountingKey =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr const char* kSentence = "746865206672616d6520676f6573206f6e2069747320776179";

// KISA's LEA-256-GCM known answer 1; ARIA-256-GCM number 102 of Project Wycheproof; the others were
// made with other programs (the reader in docs/, `openssl`) from what docs/ciphers.md says.
constexpr std::array<Answer, 6> kAnswers = {{
    {AeadAlgorithm::kLea256Gcm, "ad4a74230447bcd492f2f8a8c594a04379271690bf0c8a13ddfc1b7b96413e77",
     "ab2664cba1acd7a3c57ee527", "6e27414f", "8283a6f93b73bd392bd541f07eb461a0",
     "62b3c96284ee7c7cf385427647e4f2d1", "e82f678a38cc021a03c83fb794af01b0"},
    {AeadAlgorithm::kLea256Gcm, kCountingKey, "000102030405060708090a0b", "616164", kSentence,
     "3e3d69b5a0f31e6aaf21fcbdc7bd710d538702eda271dbdd20", "bb9ee7127a9e14367cc42c9606b740c7"},
    {AeadAlgorithm::kAria256Gcm, "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f",
     "000000000000000000000000", "", "02ec4f563fcda4dcfdd627605486e26e",
     "d8978fbf71cae74e3c141b4876a9d6c5", "ffffffffffffffffffffffffffffffff"},
    {AeadAlgorithm::kAria256Gcm, kCountingKey, "000102030405060708090a0b", "616164", kSentence,
     "ed636cf19f620507037cf3673c537055068363dc7314acad01", "ba9d577efaafd8efa7473b6e3ad4e13c"},
    {AeadAlgorithm::kAria256CbcHmac, kCountingKey, "000102030405060708090a0b0c0d0e0f", "616164",
     kSentence, "cda75358fe5564fbecd7b1745004131b5b24782e22a4d1c92b8fdf59fdb2f1dc",
     "c7d3d8816cce098d1e424bd15909a1c13131165af4062c8ee06ac9aa8d1e4e21"},
    {AeadAlgorithm::kAria256CtrHmac, kCountingKey, "000102030405060708090a0b0c0d0e0f", "616164",
     kSentence, "c5c039d1ca1a54853a5cc5bf254282ae7288c370921da36f3a",
     "5eb6ac5b9e3de4e05e584974bed78938541f1dcaabda5543aff5bbc84801f685"},
}};

struct Message {
  Bytes nonce, aad, text, tag;
};

/// What opening `message` gives, in place as segments are opened; nothing where it is refused.
std::optional<Bytes> opened(Aead& aead, Message message) {
  const auto size = aead.open(message.nonce.data(), message.aad, message.text, message.tag.data(),
                              message.text.data());
  if (!size) return std::nullopt;
  message.text.resize(*size);
  return message.text;
}

bool refusesAltered(Aead& aead, const Message& message) {
  for (const auto field : {&Message::nonce, &Message::aad, &Message::text, &Message::tag}) {
    Message altered = message;
    if ((altered.*field).empty()) continue;
    (altered.*field).back() ^= 1;
    if (opened(aead, altered)) return false;
  }
  return true;
}

Message sealed(Aead& aead, const Bytes& nonce, const Bytes& plaintext) {
  const AeadTraits& traits = traitsOf(aead.algorithm());
  Message message{nonce, Bytes{1, 2, 3}, plaintext, Bytes(traits.tagSize)};
  message.text.resize(aead.ciphertextSize(plaintext.size()));
  aead.seal(message.nonce.data(), message.aad, ByteView(message.text).first(plaintext.size()),
            message.text.data(), message.tag.data());
  return message;
}

/// Lengths around blocks, and one of a segment's chunk.
bool opensWhatItSealed(Aead& aead) {
  Bytes nonce(traitsOf(aead.algorithm()).nonceSize);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{16}, size_t{33}, size_t{65536}}) {
    const Bytes plaintext(size, static_cast<uint8_t>(size + 7));
    if (!aead.makesNonces()) randomBytes(nonce.data(), nonce.size());
    const Message message = sealed(aead, nonce, plaintext);
    if (size >= 16 && std::equal(plaintext.begin(), plaintext.end(), message.text.begin())) {
      return false;
    }
    if (opened(aead, message) != plaintext || !refusesAltered(aead, message)) return false;
  }
  return true;
}

}  // namespace

std::string checkAnswers(AeadAlgorithm algorithm,
                         const std::function<std::unique_ptr<Aead>(ByteView key)>& make) {
  for (const Answer& answer : kAnswers) {
    if (answer.algorithm != algorithm) continue;
    const Message message{fromHex(answer.nonce), fromHex(answer.aad), fromHex(answer.ciphertext),
                          fromHex(answer.tag)};
    const Bytes plaintext = fromHex(answer.plaintext);
    const auto aead = make(fromHex(answer.key));
    if (opened(*aead, message) != plaintext) return "does not open a known answer";
    if (!refusesAltered(*aead, message)) return "opens a message that was altered";
    if (aead->makesNonces()) continue;
    Message own = message;
    own.text = plaintext;
    own.text.resize(message.text.size());
    aead->seal(own.nonce.data(), own.aad, ByteView(own.text).first(plaintext.size()),
               own.text.data(), own.tag.data());
    if (own.text != message.text || own.tag != message.tag) return "seals another known answer";
  }
  const auto aead = make(Bytes(SecretKey::kSize, 0x42));
  if (!opensWhatItSealed(*aead)) return "does not open what it sealed itself, and only that";
  return {};
}

}  // namespace flux::crypto
