#include "base/bytes.h"

#include <gtest/gtest.h>

namespace flux {
namespace {

TEST(ByteReader, ReadsBigEndianFieldsInOrder) {
  const Bytes data = fromHex("0102030405060708090a0b0c0d0e0f");
  ByteReader reader(data);
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u32(), 0x04050607U);
  EXPECT_EQ(reader.u64(), 0x08090a0b0c0d0e0fULL);
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteReader, NamesTheOffsetWhereTheBufferEndsTooEarly) {
  const Bytes data = fromHex("010203");
  ByteReader reader(data);
  reader.u16();
  try {
    reader.u32();
    FAIL() << "read past the end";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_TRUNCATED");
    EXPECT_NE(std::string(error.what()).find("offset 2"), std::string::npos);
  }
  EXPECT_EQ(reader.u8(), 3) << "a failed read must not move the position";
}

TEST(ByteReader, RefusesALengthThatWouldOverflow) {
  const Bytes data(8);
  ByteReader reader(data);
  reader.u8();
  EXPECT_THROW(reader.bytes(SIZE_MAX), Error);
}

TEST(ByteWriter, WritesWhatByteReaderReads) {
  ByteWriter writer;
  writer.u8(1).u16(2).u32(3).u64(4).bytes(asBytes("five"));
  ByteReader reader(writer.view());
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 2);
  EXPECT_EQ(reader.u32(), 3U);
  EXPECT_EQ(reader.u64(), 4U);
  EXPECT_EQ(asText(reader.bytes(4)), "five");
}

TEST(Hex, RoundTripsAndRefusesOtherText) {
  EXPECT_EQ(toHex(fromHex("00ff7Fa0")), "00ff7fa0");
  EXPECT_THROW(fromHex("abc"), Error);
  EXPECT_THROW(fromHex("zz"), Error);
}

TEST(Base64, FollowsTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(toBase64(asBytes(plain)), encoded);
    Bytes decoded;
    EXPECT_TRUE(fromBase64(encoded, decoded));
    EXPECT_EQ(asText(decoded), plain);
  }
}

TEST(Base64, RefusesLettersOutsideItsAlphabet) {
  Bytes decoded;
  EXPECT_FALSE(fromBase64("Zm9v!", decoded));
  EXPECT_FALSE(fromBase64("Z", decoded));
}

}  // namespace
}  // namespace flux
