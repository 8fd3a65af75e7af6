// Wrong use of the cryptography, and what must come of it.
#include <gtest/gtest.h>

#include <algorithm>

#include "code_of.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "crypto/key_wrap.h"
#include "crypto/p256.h"
#include "crypto/random_source.h"

namespace flux::crypto {
namespace {

constexpr AeadAlgorithm kAll[] = {AeadAlgorithm::kLea256Gcm, AeadAlgorithm::kAria256Gcm,
                                  AeadAlgorithm::kAria256CbcHmac, AeadAlgorithm::kAria256CtrHmac};
constexpr AeadAlgorithm kAria[] = {AeadAlgorithm::kAria256Gcm, AeadAlgorithm::kAria256CbcHmac,
                                   AeadAlgorithm::kAria256CtrHmac};

/// A field behind its length, as every context of ours is built.
Bytes context(std::initializer_list<std::string_view> fields) {
  ByteWriter out;
  for (const std::string_view field : fields) {
    out.u32(static_cast<uint32_t>(field.size())).bytes(asBytes(field));
  }
  return out.take();
}

TEST(CryptoMisuse, Row15FieldsThatConcatenateAlikeGiveDifferentTags) {
  const Bytes key(32, 1), first = context({"cam1", "12"}), second = context({"cam11", "2"});
  for (const AeadAlgorithm algorithm : kAll) {
    Bytes nonce(traitsOf(algorithm).nonceSize, 7);
    Bytes tags[2] = {Bytes(traitsOf(algorithm).tagSize), Bytes(traitsOf(algorithm).tagSize)};
    uint8_t out[16];
    makeAead(algorithm, key)->seal(nonce.data(), first, {}, out, tags[0].data());
    makeAead(algorithm, key)->seal(nonce.data(), second, {}, out, tags[1].data());
    EXPECT_NE(tags[0], tags[1]);
    const Bytes sealed = sealMessage(algorithm, key, first, asBytes("text"));
    EXPECT_EQ(codeOf([&] { openMessage(algorithm, key, second, sealed); }), "ERR_AUTH_TAG");
  }
}

TEST(CryptoMisuse, Row15BytesMovedFromContextToCiphertextGiveDifferentTags) {
  // The MAC's lengths part what lies in front of each other.
  const Bytes key(32, 1), text(32, 0x20);
  const auto algorithm = AeadAlgorithm::kAria256CtrHmac;
  const Bytes sealed = sealMessage(algorithm, key, context({"a"}), text);
  Bytes moved(sealed.begin(), sealed.begin() + 16);
  moved.insert(moved.end(), sealed.begin() + 17, sealed.end());
  Bytes aad = context({"a"});
  aad.push_back(sealed[16]);
  EXPECT_EQ(codeOf([&] { openMessage(algorithm, key, aad, moved); }), "ERR_AUTH_TAG");
}

TEST(CryptoMisuse, Row17KeysOfOtherSizesAreRefusedBeforeAnyWork) {
  for (const AeadAlgorithm algorithm : kAll) {
    for (const size_t size : {0U, 16U, 24U, 31U, 33U, 64U}) {
      const Bytes key(size, 1);
      EXPECT_EQ(codeOf([&] { makeAead(algorithm, key); }), "ERR_INVALID_ARGUMENT") << size;
      EXPECT_EQ(codeOf([&] { sealMessage(algorithm, key, {}, {}); }), "ERR_INVALID_ARGUMENT");
    }
  }
}

TEST(CryptoMisuse, Row17ShortenedTagsAndNoncesAreNoMessage) {
  const Bytes key(32, 1);
  for (const AeadAlgorithm algorithm : kAll) {
    const Bytes sealed = sealMessage(algorithm, key, {}, asBytes("text"));
    for (const size_t cut : {1U, 4U, 12U}) {
      const ByteView tag = ByteView(sealed).first(sealed.size() - cut);
      EXPECT_EQ(codeOf([&] { openMessage(algorithm, key, {}, tag); }), "ERR_AUTH_TAG");
      const ByteView nonce = ByteView(sealed).subspan(cut);
      EXPECT_EQ(codeOf([&] { openMessage(algorithm, key, {}, nonce); }), "ERR_AUTH_TAG");
    }
  }
}

TEST(CryptoMisuse, Row18TheSameNonceTwiceInARowIsRefused) {
  // The guard of the ARIA modes; no call that JavaScript can reach takes a nonce at all.
  for (const AeadAlgorithm algorithm : kAria) {
    const auto aead = makeAead(algorithm, Bytes(32, 1));
    Bytes nonce(traitsOf(algorithm).nonceSize, 7), tag(traitsOf(algorithm).tagSize);
    uint8_t out[16];
    aead->seal(nonce.data(), {}, {}, out, tag.data());
    EXPECT_EQ(codeOf([&] { aead->seal(nonce.data(), {}, {}, out, tag.data()); }),
              "ERR_INVALID_ARGUMENT");
    nonce[0] ^= 1;
    EXPECT_EQ(codeOf([&] { aead->seal(nonce.data(), {}, {}, out, tag.data()); }), "nothing thrown");
  }
}

TEST(CryptoMisuse, Row19MoreThanOneNonceMayCoverIsRefused) {
  // The length alone is looked at: nothing may be read or written before the check.
  uint8_t byte = 0x5a;
  const ByteView tooMuch(&byte, (uint64_t{1} << 36) - 31);
  for (const AeadAlgorithm algorithm : kAll) {
    const auto aead = makeAead(algorithm, Bytes(32, 1));
    Bytes nonce(traitsOf(algorithm).nonceSize), tag(traitsOf(algorithm).tagSize);
    EXPECT_EQ(codeOf([&] { aead->seal(nonce.data(), {}, tooMuch, &byte, tag.data()); }),
              "ERR_LIMIT");
    EXPECT_EQ(codeOf([&] { (void)aead->open(nonce.data(), {}, tooMuch, tag.data(), &byte); }),
              "ERR_LIMIT");
    EXPECT_EQ(codeOf([&] { sealMessage(algorithm, Bytes(32, 1), {}, tooMuch); }), "ERR_LIMIT");
    EXPECT_EQ(byte, 0x5a);
  }
}

TEST(CryptoMisuse, Row20NothingIsMadeByABrokenGenerator) {
  const auto key = SecretKey::generate();
  const auto codes = [&] {
    std::vector<std::string> out;
    for (const AeadAlgorithm algorithm : kAll) {
      out.push_back(codeOf([&] { sealMessage(algorithm, key->view(), {}, asBytes("text")); }));
    }
    out.push_back(codeOf([&] { wrapKey(*key, *key, {}); }));
    out.push_back(codeOf([&] { SecretKey::generate(); }));
    out.push_back(codeOf([&] { generateP256(); }));
    return out;
  };
  {
    const ScopedRandomSource failing([](uint8_t*, size_t) { return false; });
    for (const std::string& code : codes()) EXPECT_EQ(code, "ERR_RNG");
  }
  {
    const ScopedRandomSource constant([](uint8_t* out, size_t size) {
      std::fill_n(out, size, uint8_t{0xab});
      return true;
    });
    for (const std::string& code : codes()) EXPECT_EQ(code, "ERR_RNG");
  }
  for (const std::string& code : codes()) EXPECT_EQ(code, "nothing thrown");
}

TEST(CryptoMisuse, Row24WeakOrAbsurdPbkdf2ParametersAreRefusedAtOnce) {
  const Bytes salt(16, 7);
  const auto code = [](ByteView theSalt, uint32_t iterations) {
    return codeOf([&] { pbkdf2(asBytes("passphrase"), theSalt, iterations); });
  };
  for (const uint32_t iterations :
       {0U, 1U, 1000U, 99999U, 10000001U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
    EXPECT_EQ(code(salt, iterations), "ERR_POLICY") << iterations;
  }
  for (const size_t size : {0U, 8U, 15U}) EXPECT_EQ(code(Bytes(size), 100000), "ERR_POLICY");
  EXPECT_EQ(code(salt, 100000), "nothing thrown");
}

TEST(CryptoMisuse, Row31AKeyWrappedForOneCameraDoesNotOpenForAnother) {
  const auto wrapping = SecretKey::generate(), key = SecretKey::generate();
  const Bytes mine = context({"video", "camera-a", "20260126"});
  const Bytes theirs = context({"video", "camera-b", "20260126"});
  const Bytes wrapped = wrapKey(*wrapping, *key, mine);
  EXPECT_EQ(codeOf([&] { unwrapKey(*wrapping, wrapped, theirs); }), "ERR_AUTH_TAG");
  EXPECT_EQ(codeOf([&] { unwrapKey(*wrapping, wrapped, mine); }), "nothing thrown");
}

}  // namespace
}  // namespace flux::crypto
