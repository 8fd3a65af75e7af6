// The header's form: everything that is not exactly a version 1 or 2 header is refused by name.
#include "segment/format.h"

#include <gtest/gtest.h>

#include "segment_fixture.h"

namespace flux::segment {
namespace {

Header sample() {
  Header header;
  header.keyId = parseUuid("01234567-89ab-cdef-0123-456789abcdef");
  for (size_t i = 0; i < header.iv.size(); ++i) header.iv[i] = static_cast<uint8_t>(i + 1);
  header.salt.fill(0x5a);
  header.startMs = 1'769'414'400'123;
  header.sequence = 0x0102030405060708;
  header.stream = 1;
  header.cameraId = "gate \xea\xb0\x80";
  return header;
}

Bytes encode(const Header& header) {
  Bytes bytes = encodeHeaderPrefix(header);
  if (header.version == kVersion2) bytes.resize(bytes.size() + kCommitmentSize, 0xcc);
  return bytes;
}

/// Version 2 header bytes whose camera id field holds `id`, whatever it is.
Bytes withCameraId(const std::string& id) {
  Header header = sample();
  header.cameraId = id;
  return encode(header);
}

std::string parseCode(const Bytes& bytes) {
  return codeOf([&] { parseHeader(bytes); });
}

TEST(SegmentHeader, ReadsBackWhatVersion2Wrote) {
  const Header header = sample();
  Bytes bytes = encode(header);
  const size_t size = bytes.size();
  bytes.resize(size + 1000);  // ciphertext follows
  const Header parsed = parseHeader(bytes);
  EXPECT_EQ(parsed.version, 2);
  EXPECT_EQ(parsed.algorithm, 1);
  EXPECT_EQ(parsed.keyId, header.keyId);
  EXPECT_EQ(parsed.iv, header.iv);
  EXPECT_EQ(parsed.chunkLog2, 16);
  EXPECT_EQ(parsed.salt, header.salt);
  EXPECT_EQ(parsed.startMs, header.startMs);
  EXPECT_EQ(parsed.sequence, header.sequence);
  EXPECT_EQ(parsed.stream, 1);
  EXPECT_EQ(parsed.cameraId, header.cameraId);
  EXPECT_EQ(parsed.commitment[31], 0xcc);
  EXPECT_EQ(parsed.size, size);
}

TEST(SegmentHeader, ReadsTheSpecificationsVersion1) {
  Header header = sample();
  header.version = kVersion1;
  const Bytes bytes = encode(header);
  EXPECT_EQ(toHex(bytes), "46564d530001010123456789abcdef0123456789abcdef0102030405060708090a0b0c");
  const Header parsed = parseHeader(bytes);
  EXPECT_EQ(parsed.version, 1);
  EXPECT_EQ(parsed.keyId, header.keyId);
  EXPECT_EQ(parsed.iv, header.iv);
  EXPECT_EQ(parsed.size, 35U);
}

TEST(SegmentHeader, TellsWhatIsUnknownFromWhatIsBroken) {
  const Bytes good = encode(sample());
  const auto with = [&](size_t offset, uint8_t value) {
    Bytes bytes = good;
    bytes[offset] = value;
    return parseCode(bytes);
  };
  EXPECT_EQ(with(0, 'f'), "ERR_SEGMENT_MAGIC");
  EXPECT_EQ(with(5, 0), "ERR_SEGMENT_VERSION");
  EXPECT_EQ(with(5, 3), "ERR_SEGMENT_VERSION");
  EXPECT_EQ(with(4, 0xff), "ERR_SEGMENT_VERSION");
  EXPECT_EQ(with(6, 0), "ERR_SEGMENT_ALGORITHM");
  EXPECT_EQ(with(6, 2), "ERR_SEGMENT_ALGORITHM");
  EXPECT_EQ(with(6, 0x80), "ERR_SEGMENT_ALGORITHM");
  EXPECT_EQ(with(6, 0x82), "ERR_SEGMENT_ALGORITHM");
  EXPECT_EQ(with(36, static_cast<uint8_t>(good[36] + 1)), "ERR_SEGMENT_TRUNCATED");
  EXPECT_EQ(with(36, static_cast<uint8_t>(good[36] - 1)), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(with(36, 0), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(with(35, 0x10), "ERR_SEGMENT_HEADER");  // above 4096
  for (int bit = 0; bit < 8; ++bit) {
    EXPECT_EQ(with(37, static_cast<uint8_t>(1 << bit)), "ERR_SEGMENT_HEADER");
  }
  EXPECT_EQ(with(38, 11), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(with(38, 21), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(with(38, 12), "nothing thrown");
  EXPECT_EQ(with(38, 20), "nothing thrown");
  EXPECT_EQ(with(71, 0x80), "ERR_SEGMENT_HEADER");  // start time
  EXPECT_EQ(with(72, 0x80), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(with(89, 1), "ERR_SEGMENT_HEADER");  // camera id size
  EXPECT_EQ(with(90, 0), "ERR_SEGMENT_HEADER");
}

TEST(SegmentHeader, IsTruncatedWhereverItEndsEarly) {
  for (uint16_t version : {kVersion1, kVersion2}) {
    Header header = sample();
    header.version = version;
    const Bytes good = encode(header);
    for (size_t size = 0; size < good.size(); ++size) {
      EXPECT_EQ(parseCode(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))),
                "ERR_SEGMENT_TRUNCATED")
          << size;
    }
  }
}

TEST(SegmentHeader, SkipsAnExtensionThatFillsItsPlaceExactly) {
  Bytes bytes = encode(sample());
  const size_t extension = bytes.size() - kCommitmentSize;
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(extension), {0x7f, 0, 0});
  bytes[36] = static_cast<uint8_t>(bytes[36] + 3);
  EXPECT_EQ(parseCode(bytes), "ERR_SEGMENT_HEADER");  // its own size still says 0
  bytes[extension - 1] = 3;
  EXPECT_EQ(parseHeader(bytes).size, bytes.size());
  bytes[extension - 1] = 4;
  EXPECT_EQ(parseCode(bytes), "ERR_SEGMENT_HEADER");
  bytes[extension - 2] = 0xff;
  EXPECT_EQ(parseCode(bytes), "ERR_SEGMENT_HEADER");
}

/// A header whose extension holds these bytes.
Bytes withExtension(const Bytes& extension) {
  Bytes bytes = encode(sample());
  const size_t end = bytes.size() - kCommitmentSize;
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(end), extension.begin(),
               extension.end());
  bytes[end - 2] = static_cast<uint8_t>(extension.size() >> 8);
  bytes[end - 1] = static_cast<uint8_t>(extension.size());
  bytes[35] = static_cast<uint8_t>(bytes.size() >> 8);
  bytes[36] = static_cast<uint8_t>(bytes.size());
  return bytes;
}

Bytes coverEntry(uint32_t size) {
  ByteWriter out;
  out.u8(1).u16(36).u32(size).bytes(Bytes(32, 0xab));
  return out.take();
}

TEST(SegmentHeader, ReadsTheEntryOnThePictureAmongEntriesThatItDoesNotKnow) {
  ByteWriter entries;
  entries.u8(200).u16(5).bytes(Bytes(5)).bytes(coverEntry(1234)).u8(0).u16(0).u8(255).u16(0);
  const Header parsed = parseHeader(withExtension(entries.take()));
  EXPECT_EQ(parsed.cover.size, 1234U);
  EXPECT_EQ(parsed.cover.sha256[31], 0xab);
  EXPECT_EQ(parsed.bodyOffset(), 1234 + parsed.size);
  EXPECT_EQ(parseHeader(withExtension({})).cover.size, 0U);
}

TEST(SegmentHeader, WritesTheEntryThatItReads) {
  Header header = sample();
  header.cover.size = 65536;
  header.cover.sha256.fill(0x77);
  const Bytes bytes = encode(header);
  const Header parsed = parseHeader(bytes);
  EXPECT_EQ(parsed.size, bytes.size());
  EXPECT_EQ(parsed.cover.size, 65536U);
  EXPECT_EQ(parsed.cover.sha256, header.cover.sha256);
}

TEST(SegmentHeader, RefusesAnExtensionThatIsNotAListOfEntries) {
  Bytes twice = coverEntry(9);
  const Bytes once = twice;
  twice.insert(twice.end(), once.begin(), once.end());
  EXPECT_EQ(parseCode(withExtension(twice)), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(parseCode(withExtension({200, 0, 0, 200, 0, 0})), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(parseCode(withExtension({200})), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(parseCode(withExtension({200, 0})), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(parseCode(withExtension({200, 0, 1})), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(parseCode(withExtension({200, 0xff, 0xff, 1, 2})), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(parseCode(withExtension({1, 0, 0})), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(parseCode(withExtension(coverEntry(0))), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(parseCode(withExtension(coverEntry(65537))), "ERR_SEGMENT_HEADER");
  EXPECT_EQ(parseCode(withExtension(coverEntry(65536))), "nothing thrown");
}

TEST(SegmentHeader, TakesCameraIdsOfCleanUtf8Only) {
  for (const std::string id :
       {"a", "cam 1", "\xc3\xa9", "\xea\xb0\x80", "\xf0\x9f\x8e\xa5", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(parseCode(withCameraId(id)), "nothing thrown") << toHex(asBytes(id));
  }
  EXPECT_EQ(parseCode(withCameraId(std::string(255, 'x'))), "nothing thrown");
  const std::vector<std::string> refused = {"",
                                            std::string(256, 'x'),
                                            std::string(1, '\0'),
                                            "a\nb",
                                            "\x7f",
                                            "\xc2\x85",
                                            "\x80",
                                            "\xc3",
                                            "\xc0\xaf",
                                            "\xc1\xbf",
                                            "\xe0\x80\x80",
                                            "\xe0\x9f\xbf",
                                            "\xed\xa0\x80",
                                            "\xed\xbf\xbf",
                                            "\xf0\x80\x80\x80",
                                            "\xf0\x8f\xbf\xbf",
                                            "\xf4\x90\x80\x80",
                                            "\xf5\x80\x80\x80",
                                            "\xff",
                                            "\xea\xb0",
                                            "\xea\x28\x80",
                                            "a\xf0\x9f\x8e"};
  for (const std::string& id : refused) {
    EXPECT_EQ(parseCode(withCameraId(id)), "ERR_SEGMENT_HEADER") << toHex(asBytes(id));
  }
}

TEST(V1AssociatedData, CannotBeMadeOfAnotherCameraAndTime) {
  EXPECT_EQ(toHex(v1AssociatedData("cam1", 12)), "46564d5331000463616d31000000000000000c");
  EXPECT_NE(v1AssociatedData("cam1", 12), v1AssociatedData("cam11", 2));
  EXPECT_NE(v1AssociatedData("cam", 0x31), v1AssociatedData("cam1", 0));
}

TEST(Uuid, ReadsBackItsOwnText) {
  const std::string text = "00112233-4455-6677-8899-aabbccddeeff";
  EXPECT_EQ(formatUuid(parseUuid(text)), text);
  for (const char* wrong :
       {"", "00112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeef",
        "00112233-4455-6677-8899-aabbccddeeff0", "00112233-4455-6677-8899-AABBCCDDEEFF",
        "0011223-34455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeefg",
        "{0112233-4455-6677-8899-aabbccddeef}"}) {
    EXPECT_EQ(codeOf([&] { parseUuid(wrong); }), "ERR_INVALID_ARGUMENT") << wrong;
  }
}

}  // namespace
}  // namespace flux::segment
