// LEA-GCM against KISA's known answers, an own slow GCM, and every kind of alteration.
#include "crypto/lea_gcm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "crypto/self_test.h"
#include "known_answers.h"

namespace flux::crypto {
namespace {

Bytes randomInput(std::mt19937& random, size_t size) {
  Bytes out(size);
  for (uint8_t& byte : out) byte = static_cast<uint8_t>(random());
  return out;
}

template <typename Array>
Array take(const Bytes& bytes) {
  Array out{};
  std::copy_n(bytes.begin(), out.size(), out.begin());
  return out;
}

/// SP 800-38D written down bit by bit, as a second opinion on OpenSSL's GHASH and on our glue.
class SlowGcm {
 public:
  explicit SlowGcm(ByteView key) : lea_(key) { lea_.encryptBlock(h_.data(), h_.data()); }

  Bytes seal(const GcmNonce& nonce, ByteView aad, ByteView plaintext, GcmTag& tag) {
    Bytes counter(nonce.begin(), nonce.end());
    counter.insert(counter.end(), {0, 0, 0, 1});
    GcmTag mask;
    lea_.encryptBlock(counter.data(), mask.data());
    Bytes out(plaintext.begin(), plaintext.end());
    for (size_t i = 0; i < out.size(); ++i) {
      if (i % 16 == 0) {
        for (size_t j = 16; j-- > 12 && ++counter[j] == 0;) {
        }
        lea_.encryptBlock(counter.data(), stream_);
      }
      out[i] ^= stream_[i % 16];
    }
    hash_ = {};
    absorb(aad);
    absorb(out);
    ByteWriter lengths;
    lengths.u64(aad.size() * 8).u64(out.size() * 8);
    absorb(lengths.view());
    for (size_t i = 0; i < 16; ++i) tag[i] = hash_[i] ^ mask[i];
    return out;
  }

 private:
  void absorb(ByteView data) {
    for (size_t i = 0; i < data.size(); i += 16) {
      for (size_t j = 0; j < std::min<size_t>(16, data.size() - i); ++j) hash_[j] ^= data[i + j];
      std::array<uint8_t, 16> product{}, shifted = h_;
      for (size_t bit = 0; bit < 128; ++bit) {
        if (hash_[bit / 8] >> (7 - bit % 8) & 1) {
          for (size_t j = 0; j < 16; ++j) product[j] ^= shifted[j];
        }
        const bool carry = shifted[15] & 1;
        for (size_t j = 15; j > 0; --j) {
          shifted[j] = static_cast<uint8_t>(shifted[j] >> 1 | shifted[j - 1] << 7);
        }
        shifted[0] = static_cast<uint8_t>(shifted[0] >> 1);
        if (carry) shifted[0] ^= 0xe1;
      }
      hash_ = product;
    }
  }

  Lea lea_;
  std::array<uint8_t, 16> h_{}, hash_{};
  uint8_t stream_[16]{};
};

TEST(LeaGcm, SealsAndOpensEveryKisaAnswer) {
  const auto answers = kisaAnswers("GCM");
  ASSERT_EQ(answers.size(), 30U);
  for (const KnownAnswer& answer : answers) {
    LeaGcm gcm(answer.key);
    const auto nonce = take<GcmNonce>(answer.iv);
    Bytes text = answer.plaintext;
    GcmTag tag;
    gcm.seal(nonce, answer.aad, text, text.data(), tag);
    EXPECT_EQ(toHex(text), toHex(answer.ciphertext)) << answer.algorithm;
    EXPECT_EQ(toHex(tag), toHex(answer.tag)) << answer.algorithm;
    EXPECT_TRUE(gcm.open(nonce, answer.aad, text, tag, text.data()));
    EXPECT_EQ(toHex(text), toHex(answer.plaintext)) << answer.algorithm;
  }
}

TEST(LeaGcm, AgreesWithASlowGcmOnLongMessages) {
  std::mt19937 random(2);
  for (size_t size = 0; size < 1500; size += 1 + random() % 61) {
    const Bytes key = randomInput(random, 32);
    const auto nonce = take<GcmNonce>(randomInput(random, 12));
    const Bytes aad = randomInput(random, random() % 70);
    const Bytes plaintext = randomInput(random, size);
    GcmTag expectedTag, tag;
    const Bytes expected = SlowGcm(key).seal(nonce, aad, plaintext, expectedTag);
    Bytes out(size);
    LeaGcm(key).seal(nonce, aad, plaintext, out.data(), tag);
    ASSERT_EQ(toHex(out), toHex(expected)) << size;
    ASSERT_EQ(toHex(tag), toHex(expectedTag)) << size;
  }
}

TEST(LeaGcm, PiecesOfAnySizesGiveTheSameAsOneShot) {
  std::mt19937 random(3);
  LeaGcm gcm(randomInput(random, 32));
  for (int round = 0; round < 200; ++round) {
    const auto nonce = take<GcmNonce>(randomInput(random, 12));
    const Bytes aad = randomInput(random, random() % 40);
    const Bytes plaintext = randomInput(random, random() % 5000);
    Bytes expected(plaintext.size());
    GcmTag expectedTag;
    gcm.seal(nonce, aad, plaintext, expected.data(), expectedTag);

    Bytes out = plaintext;
    gcm.beginSeal(nonce, aad);
    for (size_t done = 0; done < out.size();) {
      const size_t part = std::min<size_t>(random() % 300, out.size() - done);
      gcm.updateSeal(ByteView(out).subspan(done, part), out.data() + done);
      done += part;
    }
    ASSERT_EQ(gcm.finishSeal(), expectedTag);
    ASSERT_EQ(out, expected);
  }
}

TEST(LeaGcm, ReleasesNothingWhereAnyBitWasAltered) {
  std::mt19937 random(4);
  LeaGcm gcm(randomInput(random, 32));
  const auto nonce = take<GcmNonce>(randomInput(random, 12));
  const Bytes aad = randomInput(random, 9);
  const Bytes plaintext = randomInput(random, 333);
  Bytes sealed(plaintext.size());
  GcmTag tag;
  gcm.seal(nonce, aad, plaintext, sealed.data(), tag);
  const Bytes zeros(sealed.size());
  const auto expectRefused = [&](const GcmNonce& n, const Bytes& a, const Bytes& s,
                                 const GcmTag& t) {
    Bytes out(s.size(), 0xaa);
    EXPECT_FALSE(gcm.open(n, a, s, t, out.data()));
    EXPECT_EQ(out, Bytes(s.size()));
  };
  for (size_t i = 0; i < sealed.size(); ++i) {
    Bytes altered = sealed;
    altered[i] ^= static_cast<uint8_t>(1U << random() % 8);
    expectRefused(nonce, aad, altered, tag);
  }
  for (size_t bit = 0; bit < 128; ++bit) {
    GcmTag altered = tag;
    altered[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
    expectRefused(nonce, aad, sealed, altered);
  }
  for (size_t i = 0; i < aad.size(); ++i) {
    Bytes altered = aad;
    altered[i] ^= 1;
    expectRefused(nonce, altered, sealed, tag);
  }
  for (size_t i = 0; i < nonce.size(); ++i) {
    GcmNonce altered = nonce;
    altered[i] ^= 1;
    expectRefused(altered, aad, sealed, tag);
  }
  expectRefused(nonce, aad, Bytes(sealed.begin(), sealed.end() - 1), tag);
  EXPECT_TRUE(gcm.open(nonce, aad, sealed, tag, sealed.data()));
}

TEST(LeaGcm, AnEmptyMessageHasATagOfItsOwn) {
  LeaGcm gcm(Bytes(32));
  GcmTag tag, other;
  gcm.seal({}, {}, {}, nullptr, tag);
  gcm.seal({}, asBytes("a"), {}, nullptr, other);
  EXPECT_NE(tag, other);
  EXPECT_TRUE(gcm.open({}, {}, {}, tag, nullptr));
  EXPECT_FALSE(gcm.open({}, {}, {}, other, nullptr));
}

TEST(LeaGcm, RefusesMoreThanOneNonceMayCover) {
  LeaGcm gcm(Bytes(32));
  uint8_t byte = 0;
  GcmTag tag;
  const auto codeOf = [](const auto& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.code();
    }
    return std::string("nothing thrown");
  };
  // The length alone is looked at: nothing may be read or written before the check.
  const ByteView tooMuch(&byte, kGcmMaxBytes + 1);
  EXPECT_EQ(codeOf([&] { gcm.seal({}, {}, tooMuch, &byte, tag); }), "ERR_LIMIT");
  gcm.beginSeal({}, {});
  gcm.updateSeal({&byte, 1}, &byte);
  EXPECT_EQ(codeOf([&] { gcm.updateSeal({&byte, kGcmMaxBytes}, &byte); }), "ERR_LIMIT");
}

TEST(LeaGcm, StreamsOnlyBetweenBeginAndFinish) {
  LeaGcm gcm(Bytes(32));
  uint8_t byte = 0;
  EXPECT_THROW(gcm.updateSeal({&byte, 1}, &byte), Error);
  EXPECT_THROW(gcm.finishSeal(), Error);
  gcm.beginSeal({}, {});
  gcm.finishSeal();
  EXPECT_THROW(gcm.updateSeal({&byte, 1}, &byte), Error);
}

TEST(SelfTest, PassesOnThisMachine) {
  EXPECT_NO_THROW(requireSelfTest());
}

}  // namespace
}  // namespace flux::crypto
