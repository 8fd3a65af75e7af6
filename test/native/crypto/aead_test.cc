// What holds for every Aead alike, and the construction of the two with an HMAC, byte by byte.
#include "crypto/aead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "code_of.h"
#include "crypto/aria_cipher.h"
#include "crypto/kdf.h"
#include "crypto/random_source.h"
#include "crypto/secret.h"

namespace flux::crypto {
namespace {

constexpr AeadAlgorithm kAll[] = {AeadAlgorithm::kLea256Gcm, AeadAlgorithm::kAria256Gcm,
                                  AeadAlgorithm::kAria256CbcHmac, AeadAlgorithm::kAria256CtrHmac};
constexpr size_t kSizes[] = {0, 1, 15, 16, 17, 31, 32, 33, 255, 4096, 70001};

Bytes pattern(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes out(size);
  for (uint8_t& byte : out) byte = static_cast<uint8_t>(random());
  return out;
}

class AnyAead : public testing::TestWithParam<AeadAlgorithm> {
 protected:
  const AeadTraits& traits = traitsOf(GetParam());
  const Bytes key = pattern(32, 1);
  const Bytes aad = pattern(21, 2);
};

TEST_P(AnyAead, IsFoundByItsName) {
  EXPECT_EQ(aeadByName(traits.name), GetParam());
  EXPECT_EQ(makeAead(GetParam(), key)->algorithm(), GetParam());
}

TEST_P(AnyAead, OpensWhatItSealed) {
  for (const size_t size : kSizes) {
    const Bytes plaintext = pattern(size, 3);
    const Bytes sealed = sealMessage(GetParam(), key, aad, plaintext);
    const size_t padding = traits.padded ? 16 - size % 16 : 0;
    EXPECT_EQ(sealed.size(), traits.nonceSize + size + padding + traits.tagSize);
    EXPECT_EQ(openMessage(GetParam(), key, aad, sealed), plaintext) << size;
  }
}

TEST_P(AnyAead, WorksInPlaceAndUnaligned) {
  const auto aead = makeAead(GetParam(), key);
  for (const size_t size : kSizes) {
    const Bytes plaintext = pattern(size, 4);
    Bytes nonce = pattern(traits.nonceSize, static_cast<unsigned>(size));
    const size_t sealedSize = aead->ciphertextSize(size);
    Bytes apart(sealedSize + 1), tag(traits.tagSize);
    aead->seal(nonce.data(), aad, plaintext, apart.data() + 1, tag.data());

    Bytes inPlace = plaintext, tagInPlace(traits.tagSize);
    inPlace.resize(sealedSize);
    const auto twin = makeAead(GetParam(), key);
    twin->seal(nonce.data(), aad, ByteView(inPlace).first(size), inPlace.data(), tagInPlace.data());
    EXPECT_TRUE(std::equal(inPlace.begin(), inPlace.end(), apart.begin() + 1)) << size;
    EXPECT_EQ(tag, tagInPlace) << size;

    const auto opened = aead->open(nonce.data(), aad, inPlace, tag.data(), inPlace.data());
    ASSERT_EQ(opened, size);
    EXPECT_TRUE(std::equal(plaintext.begin(), plaintext.end(), inPlace.begin())) << size;
  }
}

TEST_P(AnyAead, RefusesEveryAlteration) {
  const Bytes plaintext = pattern(40, 5);
  const Bytes sealed = sealMessage(GetParam(), key, aad, plaintext);
  const auto code = [&](ByteView otherKey, ByteView otherAad, ByteView message) {
    return codeOf([&] { openMessage(GetParam(), otherKey, otherAad, message); });
  };
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes altered = sealed;
    altered[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
    EXPECT_EQ(code(key, aad, altered), "ERR_AUTH_TAG") << "bit " << bit;
  }
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_EQ(code(key, aad, ByteView(sealed).first(size)), "ERR_AUTH_TAG") << size << " bytes";
  }
  Bytes longer = sealed;
  longer.push_back(0);
  EXPECT_EQ(code(key, aad, longer), "ERR_AUTH_TAG");
  EXPECT_EQ(code(pattern(32, 9), aad, sealed), "ERR_AUTH_TAG");
  EXPECT_EQ(code(key, {}, sealed), "ERR_AUTH_TAG");
  EXPECT_EQ(code(key, ByteView(aad).first(20), sealed), "ERR_AUTH_TAG");
  EXPECT_EQ(code(key, aad, sealed), "nothing thrown");
}

TEST_P(AnyAead, LeavesNoPlaintextWhereTheTagDoesNotFit) {
  const auto aead = makeAead(GetParam(), key);
  const Bytes plaintext = pattern(100, 6);
  Bytes nonce = pattern(traits.nonceSize, 7), tag(traits.tagSize);
  Bytes text(aead->ciphertextSize(plaintext.size()));
  aead->seal(nonce.data(), aad, plaintext, text.data(), tag.data());
  tag.back() ^= 0x80;
  Bytes out(text.size(), 0xee);
  EXPECT_FALSE(aead->open(nonce.data(), aad, text, tag.data(), out.data()));
  EXPECT_EQ(out, Bytes(out.size()));
  EXPECT_FALSE(aead->open(nonce.data(), aad, text, tag.data(), text.data()));
  EXPECT_EQ(text, Bytes(text.size()));
}

TEST_P(AnyAead, NeverRepeatsANonce) {
  std::set<std::string> nonces;
  for (int i = 0; i < 500; ++i) {
    const Bytes sealed = sealMessage(GetParam(), key, {}, {});
    nonces.insert(toHex(ByteView(sealed).first(traits.nonceSize)));
  }
  EXPECT_EQ(nonces.size(), 500U);
}

std::string suiteName(const testing::TestParamInfo<AeadAlgorithm>& parameter) {
  std::string name(traitsOf(parameter.param).name);
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Algorithms, AnyAead, testing::ValuesIn(kAll), suiteName);

TEST(Aead, KnowsNoOtherNames) {
  for (const char* name : {"", "lea-256-gcm", "ARIA-256", "AES-256-GCM", "ARIA-256-GCM "}) {
    EXPECT_FALSE(aeadByName(name)) << name;
  }
}

TEST(AriaAead, RefusesBuffersThatOverlapInPart) {
  for (const AeadAlgorithm algorithm : {AeadAlgorithm::kAria256Gcm, AeadAlgorithm::kAria256CbcHmac,
                                        AeadAlgorithm::kAria256CtrHmac}) {
    const AeadTraits& traits = traitsOf(algorithm);
    const auto aead = makeAead(algorithm, pattern(32, 1));
    Bytes buffer = pattern(200, 8);
    const Bytes before = buffer;
    Bytes nonce(traits.nonceSize), tag(traits.tagSize);
    const ByteView text(buffer.data() + 32, 64);
    for (const std::ptrdiff_t shift : {-31, -1, 1, 63}) {
      uint8_t* out = buffer.data() + 32 + shift;
      EXPECT_EQ(codeOf([&] { aead->seal(nonce.data(), {}, text, out, tag.data()); }),
                "ERR_INVALID_ARGUMENT");
      EXPECT_EQ(codeOf([&] { (void)aead->open(nonce.data(), {}, text, tag.data(), out); }),
                "ERR_INVALID_ARGUMENT");
      EXPECT_EQ(buffer, before) << "something was written before the overlap was seen";
    }
    aead->seal(nonce.data(), {}, text, buffer.data() + 96, tag.data());  // side by side is apart
  }
}

TEST(Aead, OneAlgorithmDoesNotOpenWhatAnotherSealed) {
  const Bytes key = pattern(32, 1);
  for (const AeadAlgorithm sealing : kAll) {
    const Bytes sealed = sealMessage(sealing, key, {}, pattern(64, 2));
    for (const AeadAlgorithm opening : kAll) {
      if (opening == sealing) continue;
      EXPECT_EQ(codeOf([&] { openMessage(opening, key, {}, sealed); }), "ERR_AUTH_TAG");
    }
  }
}

/// What docs/ciphers.md says, put together from primitives alone.
Bytes hmacTag(const std::string& name, ByteView key, ByteView nonce, ByteView aad,
              ByteView ciphertext) {
  const Bytes macKey =
      hkdfExpand(key, asBytes("fluxvision/aead/v1/" + name + "/authentication"), 32);
  ByteWriter message;
  message.bytes(nonce).bytes(aad).bytes(ciphertext).u64(aad.size()).u64(ciphertext.size());
  const Sha256Digest mac = hmacSha256(macKey, message.view());
  return {mac.begin(), mac.end()};
}

Bytes encryptionKey(const std::string& name, ByteView key) {
  return hkdfExpand(key, asBytes("fluxvision/aead/v1/" + name + "/encryption"), 32);
}

TEST(AriaHmac, SealsByteByByteAsDocumented) {
  const Bytes key = pattern(32, 1), aad = pattern(9, 2), plaintext = pattern(37, 3);
  for (const bool cbc : {true, false}) {
    const auto algorithm = cbc ? AeadAlgorithm::kAria256CbcHmac : AeadAlgorithm::kAria256CtrHmac;
    const std::string name(traitsOf(algorithm).name);
    const Bytes sealed = sealMessage(algorithm, key, aad, plaintext);
    const ByteView nonce = ByteView(sealed).first(16);
    Bytes expected = plaintext;
    if (cbc) expected.insert(expected.end(), 11, 11);
    AriaCipher(cbc ? AriaMode::kCbc : AriaMode::kCtr, Direction::kEncrypt, encryptionKey(name, key),
               nonce.data())
        .update(expected, expected.data());
    EXPECT_EQ(toHex(ByteView(sealed).subspan(16, expected.size())), toHex(expected));
    EXPECT_EQ(toHex(ByteView(sealed).last(32)), toHex(hmacTag(name, key, nonce, aad, expected)));
  }
}

/// ARIA-256-CBC-HMAC-SHA-256 around blocks whose padding is chosen here, under a right tag.
Bytes sealBlocks(ByteView key, Bytes blocks) {
  const std::string name = "ARIA-256-CBC-HMAC-SHA-256";
  const Bytes nonce(16, 0x42);
  AriaCipher(AriaMode::kCbc, Direction::kEncrypt, encryptionKey(name, key), nonce.data())
      .update(blocks, blocks.data());
  const Bytes tag = hmacTag(name, key, nonce, {}, blocks);
  return ByteWriter().bytes(nonce).bytes(blocks).bytes(tag).take();
}

TEST(AeadMisuse, Row22BadPaddingBehindARightTagIsTheSameFailure) {
  constexpr auto kCbc = AeadAlgorithm::kAria256CbcHmac;
  const Bytes key = pattern(32, 1);
  const auto open = [&](const Bytes& blocks) {
    return codeOf([&] { openMessage(kCbc, key, {}, sealBlocks(key, blocks)); });
  };
  for (unsigned last = 0; last < 256; ++last) {
    // A block of the one byte `last` ends in padding where that is 1 to 16.
    EXPECT_EQ(open(Bytes(16, static_cast<uint8_t>(last))),
              last >= 1 && last <= 16 ? "nothing thrown" : "ERR_AUTH_TAG")
        << last;
  }
  for (uint8_t count = 2; count <= 16; ++count) {
    Bytes blocks(32, count);
    blocks[static_cast<size_t>(32 - count)] ^= 1;  // the first byte of the padding
    EXPECT_EQ(open(blocks), "ERR_AUTH_TAG") << int{count};
    blocks[static_cast<size_t>(32 - count)] ^= 1;
    blocks[static_cast<size_t>(31 - count)] ^= 1;  // the last of the text
    EXPECT_EQ(open(blocks), "nothing thrown") << int{count};
  }
  EXPECT_EQ(open({}), "ERR_AUTH_TAG");
  EXPECT_EQ(open(fromHex("30313233343536373839616263646500")), "ERR_AUTH_TAG");  // zero padding

  const Bytes sealed = sealBlocks(key, Bytes(48, 0));
  Bytes out(48, 0xee);
  EXPECT_FALSE(makeAead(kCbc, key)->open(sealed.data(), {}, ByteView(sealed).subspan(16, 48),
                                         sealed.data() + 64, out.data()));
  EXPECT_EQ(out, Bytes(48));

  std::string messages[2];
  Bytes wrongTag = sealed;
  wrongTag.back() ^= 1;
  for (int i = 0; i < 2; ++i) {
    try {
      openMessage(kCbc, key, {}, i == 0 ? sealed : wrongTag);
    } catch (const Error& error) {
      messages[i] = error.what();
    }
  }
  EXPECT_EQ(messages[0], messages[1]);
  EXPECT_FALSE(messages[0].empty());
}

}  // namespace
}  // namespace flux::crypto
