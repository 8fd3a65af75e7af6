// Whole JPEG images out of RFC 2435 payloads.
#include "rtsp/mjpeg_depacketizer.h"

#include "depacketizer_fixture.h"

namespace flux::rtsp {
namespace {

constexpr const char* kMedia = "m=video 0 RTP/AVP 26\n";

struct Piece {
  uint32_t offset = 0;
  uint8_t type = 1;
  uint8_t q = 50;
  uint8_t width = 8;  ///< in blocks of 8 pixels
  uint8_t height = 6;
  uint16_t restartInterval = 0;
  Bytes tables = {};  ///< with their header
  Bytes scan = {1, 2, 3, 4};
};

Bytes payload(const Piece& piece) {
  ByteWriter out;
  out.u32(piece.offset).u8(piece.type).u8(piece.q).u8(piece.width).u8(piece.height);
  if (piece.type >= 64) out.u16(piece.restartInterval).u16(0xFFFF);
  out.bytes(piece.tables).bytes(piece.scan);
  return out.take();
}

Bytes tables(const Bytes& values, uint8_t precision = 0) {
  ByteWriter out;
  out.u8(0).u8(precision).u16(static_cast<uint16_t>(values.size())).bytes(values);
  return out.take();
}

/// The marker segments before the scan: each marker's low byte and its content.
std::vector<std::pair<uint8_t, Bytes>> segments(const Bytes& image) {
  std::vector<std::pair<uint8_t, Bytes>> out;
  ByteReader reader(image);
  EXPECT_EQ(reader.u16(), 0xFFD8);
  while (out.empty() || out.back().first != 0xDA) {
    EXPECT_EQ(reader.u8(), 0xFF);
    const uint8_t marker = reader.u8();
    const ByteView content = reader.bytes(reader.u16() - 2U);
    out.emplace_back(marker, Bytes(content.begin(), content.end()));
  }
  const ByteView scan = reader.bytes(reader.remaining());
  out.emplace_back(0, Bytes(scan.begin(), scan.end()));
  return out;
}

std::vector<Bytes> contents(const Bytes& image, uint8_t marker) {
  std::vector<Bytes> out;
  for (const auto& [found, content] : segments(image)) {
    if (found == marker) out.push_back(content);
  }
  return out;
}

class MjpegDepacketizerTest : public test::DepacketizerTest {
 protected:
  MjpegDepacketizerTest() { start(test::trackOf(kMedia)); }
};

TEST_F(MjpegDepacketizerTest, RebuildsTheVeryImagesThatAnEncoderMade) {
  pushRecording("mjpeg-420.rtp");
  ASSERT_EQ(units.size(), 3U);
  // GStreamer's encoder writes the same headers, so that not one byte differs.
  EXPECT_EQ(units[0]->data, test::readData("mjpeg-420-first.jpg"));
  EXPECT_EQ(units[0]->parameters->codec, Codec::kMjpeg);
  EXPECT_EQ(units[0]->parameters->width, 96);
  EXPECT_EQ(units[0]->parameters->height, 64);
  EXPECT_EQ(units[2]->parameters, units[0]->parameters);
  EXPECT_EQ(units[1]->mediaTime - units[0]->mediaTime, 9000);
  EXPECT_TRUE(units[1]->keyFrame);
  EXPECT_EQ(counters().dropped + counters().malformed, 0U);
}

TEST_F(MjpegDepacketizerTest, BuildsHeadersForBothSamplings) {
  push(payload({.type = 0}), 0);
  push(payload({.type = 1}), 3600);
  ASSERT_EQ(units.size(), 2U);
  const Bytes frame422 = contents(units[0]->data, 0xC0).at(0);
  const Bytes frame420 = contents(units[1]->data, 0xC0).at(0);
  EXPECT_EQ(toHex(frame422),
            "0800300040030121000211010311"
            "01");
  EXPECT_EQ(toHex(frame420),
            "0800300040030122000211010311"
            "01");
  EXPECT_EQ(contents(units[0]->data, 0xC4).size(), 4U);
  EXPECT_EQ(contents(units[0]->data, 0), (std::vector<Bytes>{{1, 2, 3, 4, 0xFF, 0xD9}}));
}

TEST_F(MjpegDepacketizerTest, ComputesTheTablesOfQ) {
  push(payload({.q = 50}), 0);
  push(payload({.q = 127}), 1);
  ASSERT_EQ(units.size(), 2U);
  const auto typical = contents(units[0]->data, 0xDB);
  ASSERT_EQ(typical.size(), 2U);
  EXPECT_EQ(toHex(typical[0]).substr(0, 18), "00100b0c0e0c0a100e");
  EXPECT_EQ(toHex(typical[1]).substr(0, 18), "011112121815182f1a");
  // Above 99 nothing is finer than 99.
  EXPECT_EQ(toHex(contents(units[1]->data, 0xDB)[0]).substr(0, 10), "0001010101");
}

TEST_F(MjpegDepacketizerTest, KeepsTablesThatCameInBandForEachQ) {
  push(payload({.q = 130, .tables = tables(Bytes(128, 7))}), 0);
  push(payload({.q = 131, .tables = tables(Bytes(128, 9))}), 1);
  push(payload({.q = 130, .tables = tables({})}), 2);
  push(payload({.q = 140, .tables = tables({})}), 3);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(contents(units[2]->data, 0xDB), contents(units[0]->data, 0xDB));
  EXPECT_NE(contents(units[1]->data, 0xDB), contents(units[0]->data, 0xDB));
  EXPECT_EQ(counters().dropped, 1U) << "Q 140 never had tables";
}

TEST_F(MjpegDepacketizerTest, TablesOfQ255AreForOneImageOnly) {
  push(payload({.q = 255, .tables = tables(Bytes(128, 7))}), 0);
  push(payload({.q = 255, .tables = tables({})}), 1);
  EXPECT_EQ(units.size(), 1U);
  EXPECT_EQ(counters().malformed, 1U);
}

TEST_F(MjpegDepacketizerTest, TakesTablesOfSixteenBitsAsTheExtendedProcess) {
  push(payload({.q = 200, .tables = tables(Bytes(256, 1), 3)}), 0);
  push(payload({.q = 200, .tables = tables(Bytes(192, 1), 1)}), 1);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(contents(units[0]->data, 0xC1).size(), 1U);
  EXPECT_EQ(contents(units[0]->data, 0xDB)[1][0], 0x11);
  EXPECT_EQ(contents(units[1]->data, 0xDB)[0].size(), 129U);
  EXPECT_EQ(contents(units[1]->data, 0xDB)[1].size(), 65U);
}

TEST_F(MjpegDepacketizerTest, UsesOneTableForAllWhereOnlyOneIsSent) {
  push(payload({.q = 255, .tables = tables(Bytes(64, 5))}), 0);
  ASSERT_EQ(units.size(), 1U);
  const auto sent = contents(units[0]->data, 0xDB);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(Bytes(sent[0].begin() + 1, sent[0].end()), Bytes(sent[1].begin() + 1, sent[1].end()));
}

TEST_F(MjpegDepacketizerTest, RefusesTablesThatAreCutShort) {
  push(payload({.q = 255, .tables = tables(Bytes(63, 5)), .scan = {}}), 0);
  Bytes cut = tables(Bytes(128, 5));
  cut.resize(100);
  push(payload({.q = 255, .tables = cut, .scan = {}}), 1);
  push(payload({.q = 255, .tables = {0, 0}, .scan = {}}), 2);
  EXPECT_TRUE(units.empty());
  EXPECT_EQ(counters().malformed, 3U);
}

TEST_F(MjpegDepacketizerTest, WritesTheRestartInterval) {
  push(payload({.type = 65, .restartInterval = 44}), 0);
  push(payload({.type = 1}), 1);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(contents(units[0]->data, 0xDD), (std::vector<Bytes>{{0, 44}}));
  EXPECT_EQ(contents(units[0]->data, 0xC0).at(0)[7], 0x22) << "type 65 is type 1 with restarts";
  EXPECT_TRUE(contents(units[1]->data, 0xDD).empty());
}

TEST_F(MjpegDepacketizerTest, PutsFragmentsTogetherByOffset) {
  push(payload({.type = 64, .restartInterval = 4, .scan = {1, 2}}), 0, false);
  push(payload({.offset = 2, .type = 64, .restartInterval = 4, .scan = {3}}), 0, false);
  push(payload({.offset = 3, .type = 64, .restartInterval = 4, .scan = {4, 0xFF, 0xD9}}), 0);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(contents(units[0]->data, 0), (std::vector<Bytes>{{1, 2, 3, 4, 0xFF, 0xD9}}));
}

TEST_F(MjpegDepacketizerTest, DropsAnImageThatLostAPacket) {
  push(payload({.scan = {1, 2}}), 0, false);
  depacketizer->onLoss();
  push(payload({.offset = 4, .scan = {5}}), 0);
  push(payload({}), 3600);
  // The first packet of an image is lost, then the last.
  depacketizer->onLoss();
  push(payload({.offset = 4, .scan = {5}}), 7200);
  push(payload({.scan = {1, 2}}), 10800, false);
  depacketizer->onLoss();
  push(payload({}), 14400);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0]->mediaTime, 3600);
  EXPECT_EQ(units[1]->mediaTime, 14400);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(counters().dropped, 3U);
  EXPECT_EQ(counters().malformed, 0U);
}

TEST_F(MjpegDepacketizerTest, DropsPiecesThatDoNotFollowEachOther) {
  push(payload({.scan = {1, 2}}), 0, false);
  push(payload({.offset = 7, .scan = {5}}), 0);
  push(payload({.offset = 1}), 1);
  EXPECT_TRUE(units.empty());
  EXPECT_EQ(counters().dropped, 2U);
  EXPECT_EQ(counters().malformed, 2U);
}

TEST_F(MjpegDepacketizerTest, EndsWithoutMarkerOnlyAnImageThatEndsAsOne) {
  push(payload({.scan = {1, 2, 0xFF, 0xD9}}), 0, false);
  push(payload({.scan = {1, 2}}), 1, false);
  push(payload({}), 2);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0]->mediaTime, 0);
  EXPECT_EQ(units[1]->mediaTime, 2);
}

TEST_F(MjpegDepacketizerTest, MakesNewParametersWhereTheSizeChanges) {
  push(payload({}), 0);
  push(payload({}), 1);
  push(payload({.width = 16}), 2);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[1]->parameters, units[0]->parameters);
  EXPECT_NE(units[2]->parameters, units[0]->parameters);
  EXPECT_EQ(units[2]->parameters->width, 128);
}

TEST_F(MjpegDepacketizerTest, KeepsParametersOverConnections) {
  push(payload({}), 0);
  depacketizer->begin(test::trackOf(kMedia));
  push(payload({}), 9);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[1]->parameters, units[0]->parameters);
  EXPECT_TRUE(units[1]->discontinuity);
}

TEST_F(MjpegDepacketizerTest, TakesLargeSizesFromTheDescription) {
  push(payload({.width = 0, .height = 0}), 0);
  EXPECT_TRUE(units.empty());
  for (const char* line : {"a=x-dimensions:2592,1944\n", "a=framesize:26 2592-1944\n"}) {
    depacketizer->begin(test::trackOf(std::string(kMedia) + line));
    push(payload({.width = 0, .height = 0}), 1);
    ASSERT_FALSE(units.empty()) << line;
    EXPECT_EQ(units.back()->parameters->width, 2592);
    EXPECT_EQ(units.back()->parameters->height, 1944);
    EXPECT_EQ(toHex(contents(units.back()->data, 0xC0).at(0)).substr(0, 10), "0807980a20");
  }
}

TEST_F(MjpegDepacketizerTest, RefusesTypesAndQThatMeanNothing) {
  push(payload({.type = 2}), 0);
  push(payload({.type = 130}), 1);
  push(payload({.q = 0}), 2);
  push({1, 2, 3}, 3);
  push({0, 0, 0, 0, 64, 50, 8, 6, 0}, 4);
  EXPECT_TRUE(units.empty());
  EXPECT_EQ(counters().malformed, 5U);
  EXPECT_EQ(counters().dropped, 5U);
}

TEST_F(MjpegDepacketizerTest, DropsImagesAboveTheLimit) {
  start(test::trackOf(kMedia), 2000);
  push(payload({.scan = Bytes(1000, 1)}), 0, false);
  push(payload({.offset = 1000, .scan = Bytes(1000, 1)}), 0);
  push(payload({}), 1);
  EXPECT_EQ(units.size(), 1U);
  EXPECT_EQ(counters().dropped, 1U);
}

TEST_F(MjpegDepacketizerTest, DropsWhatAnotherTimelineCutsOff) {
  push(payload({.scan = {1, 2}}), 0, false);
  depacketizer->onRestart();
  push(payload({.offset = 2}), 0);
  push(payload({}), 50);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(counters().dropped, 2U);
}

}  // namespace
}  // namespace flux::rtsp
