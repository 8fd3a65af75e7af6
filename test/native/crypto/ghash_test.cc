// GHASH of every level that has one of its own, against SP 800-38D written down bit by bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>

#include "base/bytes.h"
#include "crypto/lea_kernel.h"

namespace flux::crypto {
namespace {

using Block = std::array<uint8_t, 16>;

/// SP 800-38D §6.3: x * y, the first bit being the coefficient of x^0.
Block multiplySlowly(const Block& x, Block y) {
  Block product{};
  for (size_t bit = 0; bit < 128; ++bit) {
    if (x[bit / 8] >> (7 - bit % 8) & 1) {
      for (size_t i = 0; i < 16; ++i) product[i] ^= y[i];
    }
    const bool carry = y[15] & 1;
    for (size_t i = 15; i > 0; --i) y[i] = static_cast<uint8_t>(y[i] >> 1 | y[i - 1] << 7);
    y[0] = static_cast<uint8_t>(y[0] >> 1);
    if (carry) y[0] ^= 0xe1;
  }
  return product;
}

Block hashSlowly(const Block& h, Block state, ByteView data) {
  for (size_t i = 0; i < data.size(); i += 16) {
    for (size_t j = 0; j < 16; ++j) state[j] ^= data[i + j];
    state = multiplySlowly(state, h);
  }
  return state;
}

Bytes randomInput(std::mt19937& random, size_t size) {
  Bytes out(size);
  for (uint8_t& byte : out) byte = static_cast<uint8_t>(random());
  return out;
}

Block randomBlock(std::mt19937& random) {
  Block block;
  for (uint8_t& byte : block) byte = static_cast<uint8_t>(random());
  return block;
}

std::vector<CpuLevel> levelsWithAKernel() {
  std::vector<CpuLevel> levels;
  for (const CpuLevel level : availableCpuLevels()) {
    if (leaKernel(level) != nullptr) levels.push_back(level);
  }
  return levels;
}

class Ghash : public testing::TestWithParam<CpuLevel> {
 protected:
  const LeaKernel& kernel_ = *leaKernel(GetParam());
  std::unique_ptr<GhashKey> key_ = std::make_unique<GhashKey>();
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Ghash);
INSTANTIATE_TEST_SUITE_P(EveryLevel, Ghash, testing::ValuesIn(levelsWithAKernel()),
                         [](const auto& test) { return std::string(name(test.param)); });

TEST_P(Ghash, GivesTheGcmSpecificationsAnswer) {
  // McGrew and Viega, test case 2: the hash key, one block of ciphertext and the lengths.
  const Bytes h = fromHex("66e94bd4ef8a2c3b884cfa59ca342b2e");
  const Bytes data = fromHex("0388dace60b6a392f328c2b971b2fe7800000000000000000000000000000080");
  Block state{};
  kernel_.startHash(*key_, h.data());
  kernel_.hash(*key_, state.data(), data.data(), 2);
  EXPECT_EQ(toHex(state), "f38cbb1ad69223dcc3457ae5b6b0f885");
}

TEST_P(Ghash, EqualsTheDefinitionForEveryNumberOfBlocks) {
  std::mt19937 random(11);
  for (size_t blocks = 0; blocks <= 140; ++blocks) {
    const Block h = randomBlock(random), start = randomBlock(random);
    // One byte before the data, so that it is not aligned.
    const Bytes data = randomInput(random, blocks * 16 + 1);
    Block state = start;
    kernel_.startHash(*key_, h.data());
    kernel_.hash(*key_, state.data(), data.data() + 1, blocks);
    ASSERT_EQ(state, hashSlowly(h, start, ByteView(data).subspan(1))) << blocks << " blocks";
  }
}

TEST_P(Ghash, ComputesMorePowersAsMessagesGrow) {
  std::mt19937 random(12);
  const Block h = randomBlock(random);
  kernel_.startHash(*key_, h.data());
  Block state{}, expected{};
  for (const size_t blocks : {1U, 2U, 5U, 3U, 17U, 4U, 63U, 64U, 200U, 1U}) {
    const Bytes data = randomInput(random, blocks * 16);
    kernel_.hash(*key_, state.data(), data.data(), blocks);
    expected = hashSlowly(h, expected, data);
    ASSERT_EQ(state, expected) << blocks << " blocks";
  }
}

TEST_P(Ghash, ReducesRightWhereEveryBitIsSetOrOneAlone) {
  Block ones;
  ones.fill(0xff);
  std::vector<Block> extremes = {ones, Block{}};
  for (const size_t bit : {0U, 1U, 6U, 7U, 63U, 64U, 120U, 121U, 126U, 127U}) {
    Block block{};
    block[bit / 8] = static_cast<uint8_t>(0x80 >> bit % 8);
    extremes.push_back(block);
  }
  for (const Block& h : extremes) {
    for (const Block& text : extremes) {
      Bytes data;
      for (int i = 0; i < 70; ++i) data.insert(data.end(), text.begin(), text.end());
      Block state = ones;
      kernel_.startHash(*key_, h.data());
      kernel_.hash(*key_, state.data(), data.data(), 70);
      ASSERT_EQ(state, hashSlowly(h, ones, data)) << toHex(h) << " and " << toHex(text);
    }
  }
}

}  // namespace
}  // namespace flux::crypto
