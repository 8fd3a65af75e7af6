// LEA against the standard's block vectors, KISA's known answers, and itself.
#include "crypto/lea.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "known_answers.h"

namespace flux::crypto {
namespace {

std::string encrypt(const std::string& key, const std::string& plaintext) {
  Bytes block = fromHex(plaintext);
  Lea(fromHex(key)).encryptBlock(block.data(), block.data());
  return toHex(block);
}

Bytes randomInput(std::mt19937& random, size_t size) {
  Bytes out(size);
  for (uint8_t& byte : out) byte = static_cast<uint8_t>(random());
  return out;
}

/// Counter mode as SP 800-38A writes it down, one block at a time.
Bytes ctrBlockByBlock(const Lea& lea, const Bytes& in, Bytes counter) {
  Bytes out(in.size());
  for (size_t i = 0; i < in.size(); i += 16) {
    uint8_t stream[16];
    lea.encryptBlock(counter.data(), stream);
    for (size_t j = 0; j < 16; ++j) out[i + j] = in[i + j] ^ stream[j];
    for (size_t j = 16; j-- > 12;) {
      if (++counter[j] != 0) break;
    }
  }
  return out;
}

TEST(Lea, GivesTheStandardsCiphertextForEveryKeySize) {
  EXPECT_EQ(encrypt("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "101112131415161718191a1b1c1d1e1f"),
            "9fc84e3528c6c6185532c7a704648bfd");
  EXPECT_EQ(encrypt("0f1e2d3c4b5a69788796a5b4c3d2e1f0f0e1d2c3b4a59687",
                    "202122232425262728292a2b2c2d2e2f"),
            "6fb95e325aad1b878cdcf5357674c6f2");
  EXPECT_EQ(encrypt("0f1e2d3c4b5a69788796a5b4c3d2e1f0f0e1d2c3b4a5968778695a4b3c2d1e0f",
                    "303132333435363738393a3b3c3d3e3f"),
            "d651aff647b189c13a8900ca27f9e197");
}

TEST(Lea, EncryptsAndDecryptsEveryKisaEcbAnswer) {
  const auto answers = kisaAnswers("ECB");
  ASSERT_EQ(answers.size(), 30U);
  for (const KnownAnswer& answer : answers) {
    const Lea lea(answer.key);
    for (size_t i = 0; i < answer.plaintext.size(); i += 16) {
      uint8_t out[16];
      lea.encryptBlock(&answer.plaintext[i], out);
      EXPECT_EQ(std::memcmp(out, &answer.ciphertext[i], 16), 0) << answer.algorithm;
      lea.decryptBlock(out, out);
      EXPECT_EQ(std::memcmp(out, &answer.plaintext[i], 16), 0) << answer.algorithm;
    }
  }
}

/// Counter mode, on every level that this machine has.
class LeaCtr : public testing::TestWithParam<CpuLevel> {};
INSTANTIATE_TEST_SUITE_P(EveryLevel, LeaCtr, testing::ValuesIn(availableCpuLevels()),
                         [](const auto& test) { return std::string(name(test.param)); });

TEST_P(LeaCtr, CountsThroughEveryKisaAnswer) {
  const auto answers = kisaAnswers("CTR");
  ASSERT_EQ(answers.size(), 30U);
  for (const KnownAnswer& answer : answers) {
    Bytes out(answer.plaintext.size());
    Lea(answer.key, GetParam())
        .ctr32(answer.plaintext.data(), out.data(), out.size() / 16, answer.iv.data());
    EXPECT_EQ(toHex(out), toHex(answer.ciphertext)) << answer.algorithm;
  }
}

TEST_P(LeaCtr, ManyBlocksAtOnceEqualBlockByBlock) {
  std::mt19937 random(1);
  for (const size_t keySize : {16U, 24U, 32U}) {
    const Lea lea(randomInput(random, keySize), GetParam());
    for (size_t blocks = 0; blocks <= 200; ++blocks) {
      const Bytes counter = randomInput(random, 16);
      // One byte before the data, so that neither side is aligned.
      const Bytes in = randomInput(random, blocks * 16 + 1);
      Bytes out(in.size());
      lea.ctr32(in.data() + 1, out.data() + 1, blocks, counter.data());
      const Bytes expected = ctrBlockByBlock(lea, Bytes(in.begin() + 1, in.end()), counter);
      EXPECT_EQ(toHex(ByteView(out).subspan(1)), toHex(expected)) << blocks << " blocks";
      Bytes inPlace = in;
      lea.ctr32(inPlace.data() + 1, inPlace.data() + 1, blocks, counter.data());
      EXPECT_EQ(toHex(ByteView(inPlace).subspan(1)), toHex(expected)) << blocks << " in place";
    }
  }
}

TEST_P(LeaCtr, OnlyTheLastWordOfTheCounterWraps) {
  const Lea lea(fromHex("0f1e2d3c4b5a69788796a5b4c3d2e1f0f0e1d2c3b4a5968778695a4b3c2d1e0f"),
                GetParam());
  const Bytes zeros(16 * 20);
  Bytes out(zeros.size());
  const Bytes counter = fromHex("000102030405060708090a0bfffffffb");
  lea.ctr32(zeros.data(), out.data(), 20, counter.data());
  EXPECT_EQ(out, ctrBlockByBlock(lea, zeros, counter));
  // Block 5 has the counter 0, and the nonce before it is untouched.
  Bytes wrapped = fromHex("000102030405060708090a0b00000000");
  lea.encryptBlock(wrapped.data(), wrapped.data());
  EXPECT_EQ(toHex(ByteView(out).subspan(5 * 16, 16)), toHex(wrapped));
  EXPECT_EQ(toHex(counter), "000102030405060708090a0bfffffffb");
}

TEST_P(LeaCtr, TheCounterMayWrapAtAnyBlockOfAStep) {
  std::mt19937 random(5);
  const Lea lea(randomInput(random, 32), GetParam());
  const Bytes zeros(16 * 130);
  for (uint8_t before = 0; before <= 130; ++before) {
    Bytes counter = randomInput(random, 16);
    std::fill(counter.begin() + 12, counter.end(), uint8_t{0xff});
    counter[15] = static_cast<uint8_t>(counter[15] - before);
    Bytes out(zeros.size());
    lea.ctr32(zeros.data(), out.data(), 130, counter.data());
    ASSERT_EQ(out, ctrBlockByBlock(lea, zeros, counter)) << int{before} << " blocks before";
  }
}

TEST(Lea, RefusesKeysOfOtherSizes) {
  for (const size_t size : {0U, 15U, 17U, 31U, 33U, 64U}) {
    try {
      const Lea lea{Bytes(size)};
      FAIL() << size << " bytes were taken as a key";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "ERR_INVALID_ARGUMENT");
    }
  }
}

}  // namespace
}  // namespace flux::crypto
