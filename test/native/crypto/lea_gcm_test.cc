// LEA-GCM against KISA's known answers, an own slow GCM, and every kind of alteration.
#include "crypto/lea_gcm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "code_of.h"
#include "crypto/lea_self_test.h"
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

/// Everything below, on every level that this machine has.
class LeaGcmOn : public testing::TestWithParam<CpuLevel> {};
INSTANTIATE_TEST_SUITE_P(EveryLevel, LeaGcmOn, testing::ValuesIn(availableCpuLevels()),
                         [](const auto& test) { return std::string(name(test.param)); });

TEST_P(LeaGcmOn, SealsAndOpensEveryKisaAnswer) {
  const auto answers = kisaAnswers("GCM");
  ASSERT_EQ(answers.size(), 30U);
  for (const KnownAnswer& answer : answers) {
    LeaGcm gcm(answer.key, GetParam());
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

TEST_P(LeaGcmOn, AgreesWithASlowGcmOnLongMessages) {
  std::mt19937 random(2);
  for (size_t size = 0; size < 1500; size += 1 + random() % 61) {
    const Bytes key = randomInput(random, 32);
    const auto nonce = take<GcmNonce>(randomInput(random, 12));
    const Bytes aad = randomInput(random, random() % 70);
    const Bytes plaintext = randomInput(random, size);
    GcmTag expectedTag, tag;
    const Bytes expected = SlowGcm(key).seal(nonce, aad, plaintext, expectedTag);
    Bytes out(size);
    LeaGcm(key, GetParam()).seal(nonce, aad, plaintext, out.data(), tag);
    ASSERT_EQ(toHex(out), toHex(expected)) << size;
    ASSERT_EQ(toHex(tag), toHex(expectedTag)) << size;
  }
}

TEST_P(LeaGcmOn, PiecesOfAnySizesGiveTheSameAsOneShot) {
  std::mt19937 random(3);
  LeaGcm gcm(randomInput(random, 32), GetParam());
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

TEST_P(LeaGcmOn, ReleasesNothingWhereAnyBitWasAltered) {
  std::mt19937 random(4);
  LeaGcm gcm(randomInput(random, 32), GetParam());
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

TEST_P(LeaGcmOn, AnEmptyMessageHasATagOfItsOwn) {
  LeaGcm gcm(Bytes(32), GetParam());
  GcmTag tag, other;
  gcm.seal({}, {}, {}, nullptr, tag);
  gcm.seal({}, asBytes("a"), {}, nullptr, other);
  EXPECT_NE(tag, other);
  EXPECT_TRUE(gcm.open({}, {}, {}, tag, nullptr));
  EXPECT_FALSE(gcm.open({}, {}, {}, other, nullptr));
}

TEST_P(LeaGcmOn, RefusesMoreThanOneNonceMayCover) {
  LeaGcm gcm(Bytes(32), GetParam());
  uint8_t byte = 0;
  GcmTag tag;
  // The length alone is looked at: nothing may be read or written before the check.
  const ByteView tooMuch(&byte, kGcmMaxBytes + 1);
  EXPECT_EQ(codeOf([&] { gcm.seal({}, {}, tooMuch, &byte, tag); }), "ERR_LIMIT");
  gcm.beginSeal({}, {});
  gcm.updateSeal({&byte, 1}, &byte);
  EXPECT_EQ(codeOf([&] { gcm.updateSeal({&byte, kGcmMaxBytes}, &byte); }), "ERR_LIMIT");
}

TEST_P(LeaGcmOn, StreamsOnlyBetweenBeginAndFinish) {
  LeaGcm gcm(Bytes(32), GetParam());
  uint8_t byte = 0;
  EXPECT_THROW(gcm.updateSeal({&byte, 1}, &byte), Error);
  EXPECT_THROW(gcm.finishSeal(), Error);
  gcm.beginSeal({}, {});
  gcm.finishSeal();
  EXPECT_THROW(gcm.updateSeal({&byte, 1}, &byte), Error);
}

TEST_P(LeaGcmOn, EveryLengthUpTo4200EqualsTheScalarLevel) {
  std::mt19937 random(6);
  const Bytes plaintext = randomInput(random, 4201);
  const Bytes aad = randomInput(random, 80);
  const Bytes key = randomInput(random, 32);
  LeaGcm scalar(key, CpuLevel::kScalar), gcm(key, GetParam());
  // One byte before the text, so that no side is aligned.
  Bytes expected(4201), out(4201), opened(4201);
  for (size_t size = 0; size <= 4200; ++size) {
    GcmNonce nonce{};
    nonce[0] = static_cast<uint8_t>(size);
    nonce[11] = static_cast<uint8_t>(size >> 8);
    const ByteView text = ByteView(plaintext).subspan(1, size);
    const ByteView with = ByteView(aad).first(size % 81);
    GcmTag expectedTag, tag;
    scalar.seal(nonce, with, text, expected.data(), expectedTag);
    gcm.seal(nonce, with, text, out.data() + 1, tag);
    ASSERT_TRUE(std::equal(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(size),
                           out.begin() + 1))
        << size;
    ASSERT_EQ(tag, expectedTag) << size;
    ASSERT_TRUE(gcm.open(nonce, with, ByteView(out).subspan(1, size), tag, opened.data())) << size;
    ASSERT_TRUE(std::equal(text.begin(), text.end(), opened.begin())) << size;
  }
}

TEST_P(LeaGcmOn, LongMessagesEqualTheScalarLevelForEveryKeySize) {
  std::mt19937 random(7);
  for (int i = 0; i < 24; ++i) {
    const Bytes key = randomInput(random, i % 3 == 0 ? 32 : i % 3 == 1 ? 24 : 16);
    const Bytes plaintext = randomInput(random, i == 0 ? 1 << 20 : random() % 300000);
    const Bytes aad = randomInput(random, random() % 3000);
    const auto nonce = take<GcmNonce>(randomInput(random, 12));
    Bytes expected(plaintext.size()), text = plaintext;
    GcmTag expectedTag, tag;
    LeaGcm(key, CpuLevel::kScalar).seal(nonce, aad, plaintext, expected.data(), expectedTag);
    LeaGcm gcm(key, GetParam());
    gcm.seal(nonce, aad, text, text.data(), tag);
    ASSERT_TRUE(text == expected) << plaintext.size();
    ASSERT_EQ(tag, expectedTag) << plaintext.size();
    ASSERT_TRUE(gcm.open(nonce, aad, text, tag, text.data()));
    ASSERT_TRUE(text == plaintext) << plaintext.size();
  }
}

TEST_P(LeaGcmOn, RefusesBuffersThatOverlapInPartAndTouchesNothing) {
  LeaGcm gcm(Bytes(32), GetParam());
  Bytes buffer(600, 0x5a);
  const Bytes before = buffer;
  const ByteView text = ByteView(buffer).subspan(200, 200);
  GcmTag tag{};
  gcm.beginSeal({}, {});
  for (const size_t at : {1U, 184U, 199U, 201U, 216U, 399U}) {
    uint8_t* const out = buffer.data() + at;
    EXPECT_EQ(codeOf([&] { gcm.updateSeal(text, out); }), "ERR_INVALID_ARGUMENT") << at;
  }
  for (const size_t at : {1U, 184U, 199U, 201U, 216U, 399U}) {
    uint8_t* const out = buffer.data() + at;
    EXPECT_EQ(codeOf([&] { gcm.seal({}, {}, text, out, tag); }), "ERR_INVALID_ARGUMENT") << at;
    EXPECT_EQ(codeOf([&] { (void)gcm.open({}, {}, text, tag, out); }), "ERR_INVALID_ARGUMENT")
        << at;
  }
  EXPECT_EQ(buffer, before);
  for (const size_t at : {0U, 200U, 400U}) {
    EXPECT_EQ(codeOf([&] { gcm.seal({}, {}, text, buffer.data() + at, tag); }), "nothing thrown");
  }
}

TEST_P(LeaGcmOn, AnAlteredLongMessageLeavesNoPlaintextInPlace) {
  std::mt19937 random(8);
  LeaGcm gcm(randomInput(random, 32), GetParam());
  for (const size_t size : {5U, 16U, 1023U, 1024U, 5000U, 70001U}) {
    Bytes text = randomInput(random, size);
    GcmTag tag;
    gcm.seal({}, {}, text, text.data(), tag);
    text[random() % size] ^= 0x10;
    EXPECT_FALSE(gcm.open({}, {}, text, tag, text.data()));
    EXPECT_EQ(text, Bytes(size)) << size;
  }
}

TEST_P(LeaGcmOn, PassesTheSelfTest) {
  EXPECT_TRUE(leaIsRight(GetParam()));
}

TEST(SelfTest, PassesOnThisMachine) {
  EXPECT_NO_THROW(requireSelfTest());
}

}  // namespace
}  // namespace flux::crypto
