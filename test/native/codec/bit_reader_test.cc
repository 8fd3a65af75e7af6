// Exp-Golomb codes and the end of the buffer.
#include "codec/bit_reader.h"

#include <gtest/gtest.h>

#include "codec/bit_writer.h"
#include "codec/h264.h"

namespace flux {
namespace {

TEST(BitReader, ReadsTheExpGolombCodesOfTheStandard) {
  // Table 9-2: 1, 010, 011, 00100, 00101 and then se(v) 1, 010, 011.
  BitWriter writer;
  writer.bits(0b1'010'011'00100'00101, 17).bits(0b1'010'011, 7);
  const Bytes nal = writer.nal(0);
  BitReader reader(ByteView(nal).subspan(1));
  for (const uint32_t expected : {0U, 1U, 2U, 3U, 4U}) EXPECT_EQ(reader.ue(), expected);
  for (const int32_t expected : {0, 1, -1}) EXPECT_EQ(reader.se(), expected);
  EXPECT_TRUE(reader.ok());
}

TEST(BitReader, ReadsCodesUpTo32Bits) {
  BitWriter writer;
  writer.ue(0xFFFFFFFE).bits(0xDEADBEEF, 32);
  const Bytes nal = h264::unescape(writer.nal(0));
  BitReader reader(ByteView(nal).subspan(1));
  EXPECT_EQ(reader.ue(), 0xFFFFFFFEU);
  EXPECT_EQ(reader.bits(32), 0xDEADBEEFU);
  EXPECT_TRUE(reader.ok());
}

TEST(BitReader, RemembersAReadPastTheEnd) {
  const Bytes data = {0xFF};
  BitReader reader(data);
  EXPECT_EQ(reader.bits(8), 0xFFU);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.bits(1), 0U);
  EXPECT_FALSE(reader.ok());
}

TEST(BitReader, RefusesACodeWithoutEnd) {
  const Bytes zeros(64, 0);
  BitReader reader(zeros);
  EXPECT_EQ(reader.ue(), 0U);
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace flux
