// AAC access units out of RFC 3640 and RFC 6416 payloads.
#include "rtsp/aac_depacketizer.h"

#include "depacketizer_fixture.h"

namespace flux::rtsp {
namespace {

std::string generic(const std::string& parameters, const std::string& rate = "16000/1") {
  return "m=audio 0 RTP/AVP 97\na=rtpmap:97 MPEG4-GENERIC/" + rate + "\na=fmtp:97 streamtype=5;" +
         parameters + "\n";
}
const std::string kHbr = generic(
    "profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408");

/// AAC-hbr: the sizes in headers of 16 bits, then the bytes.
Bytes hbr(const std::vector<size_t>& sizes, const Bytes& bytes) {
  ByteWriter out;
  out.u16(static_cast<uint16_t>(sizes.size() * 16));
  for (const size_t size : sizes) out.u16(static_cast<uint16_t>(size << 3));
  return out.bytes(bytes).take();
}

class AacDepacketizerTest : public test::DepacketizerTest {};

TEST_F(AacDepacketizerTest, DeliversOneUnitOfOnePacket) {
  start(test::trackOf(kHbr));
  push(hbr({3}, {1, 2, 3}), 5000);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->data, (Bytes{1, 2, 3}));
  EXPECT_EQ(units[0]->mediaTime, 5000);
  EXPECT_EQ(units[0]->duration, 1024);
  EXPECT_EQ(units[0]->clockRate, 16000U);
  EXPECT_EQ(toHex(units[0]->parameters->decoderConfiguration), "1408");
  EXPECT_TRUE(units[0]->keyFrame);
}

TEST_F(AacDepacketizerTest, SpreadsSeveralUnitsOfAPacketOverTheirTime) {
  start(test::trackOf(kHbr));
  push(hbr({1, 2, 3}, {1, 2, 2, 3, 3, 3}), 0);
  EXPECT_EQ(data(), (std::vector<Bytes>{{1}, {2, 2}, {3, 3, 3}}));
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[1]->mediaTime, 1024);
  EXPECT_EQ(units[2]->mediaTime, 2048);
}

TEST_F(AacDepacketizerTest, CountsFramesOf960SamplesAndClocksOfSbr) {
  // GASpecificConfig with frameLengthFlag.
  start(test::trackOf(generic("mode=AAC-hbr;config=140C")));
  push(hbr({1, 1}, {1, 2}), 0);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[1]->mediaTime, 960);
  EXPECT_EQ(units[0]->duration, 960);
  // SBR over a core of 24 kHz, with a clock of 48 kHz.
  units.clear();
  start(test::trackOf(generic("mode=AAC-hbr;config=2B118800", "48000/2")));
  push(hbr({1, 1}, {1, 2}), 0);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[1]->mediaTime, 2048);
  EXPECT_EQ(units[0]->parameters->sampleRate, 48000);
}

TEST_F(AacDepacketizerTest, PutsTheFragmentsOfAnEncoderTogether) {
  start(test::trackOf(generic("mode=AAC-hbr;config=1190", "48000/2")));
  pushRecording("aac-fragments.rtp");
  EXPECT_EQ(data(), test::readParts("aac-fragments.units"));
  EXPECT_EQ(counters().dropped + counters().malformed, 0U);
}

TEST_F(AacDepacketizerTest, DropsAUnitOfWhichAFragmentIsLost) {
  start(test::trackOf(kHbr));
  push(hbr({6}, {1, 2}), 0, false);
  depacketizer->onLoss();
  push(hbr({6}, {5, 6}), 0, true);
  push(hbr({2}, {7, 7}), 1024);
  // The marker's packet is lost.
  push(hbr({6}, {1, 2}), 2048, false);
  depacketizer->onLoss();
  push(hbr({2}, {8, 8}), 3072);
  // Nobody counted a loss, but the timestamp moves on.
  push(hbr({6}, {1, 2}), 4096, false);
  push(hbr({2}, {9, 9}), 5120);
  EXPECT_EQ(data(), (std::vector<Bytes>{{7, 7}, {8, 8}, {9, 9}}));
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_TRUE(units[2]->discontinuity);
  EXPECT_EQ(counters().dropped, 4U);
}

TEST_F(AacDepacketizerTest, RefusesFragmentsThatDisagree) {
  start(test::trackOf(kHbr));
  push(hbr({6}, {1, 2}), 0, false);
  push(hbr({7}, {1, 2}), 0, false);
  push(hbr({6}, {1, 2, 3, 4, 5}), 1, false);
  push(hbr({6}, {1, 2, 3, 4, 5}), 1, true);
  EXPECT_TRUE(units.empty());
  EXPECT_EQ(counters().malformed, 2U);
}

TEST_F(AacDepacketizerTest, ReadsTheHeadersOfAacLbr) {
  start(
      test::trackOf(generic("mode=AAC-lbr;sizelength=6;indexlength=2;indexdeltalength=2;"
                            "config=1408")));
  // Two headers of 8 bits: 1 and 2 bytes.
  push({0x00, 0x10, 0x04, 0x08, 9, 8, 8}, 0);
  EXPECT_EQ(data(), (std::vector<Bytes>{{9}, {8, 8}}));
}

TEST_F(AacDepacketizerTest, PassesOverFieldsThatItDoesNotNeed) {
  start(test::trackOf(generic(
      "mode=generic;sizelength=13;indexlength=3;indexdeltalength=3;config=1408;ctsdeltalength=4;"
      "dtsdeltalength=4;randomaccessindication=1;streamstateindication=2;"
      "auxiliarydatasizelength=8")));
  // size 2, index 0, no CTS, DTS with delta 5, random access, state 3: 26 bits. No auxiliary data.
  // 0000000000010 000 0 1 0101 1 11 -> 0000000000010000 01010111 1x
  push({0x00, 25, 0x00, 0x10, 0x57, 0x80, 0x00, 7, 7}, 0);
  EXPECT_EQ(data(), (std::vector<Bytes>{{7, 7}}));
  // The same with 12 bits of auxiliary data, rounded up to whole bytes.
  push({0x00, 25, 0x00, 0x10, 0x57, 0x80, 12, 0xAB, 0xC0, 7, 7}, 1024);
  EXPECT_EQ(units.size(), 2U);
  EXPECT_EQ(units.back()->data, (Bytes{7, 7}));
}

TEST_F(AacDepacketizerTest, CutsUnitsOfConstantSizeWithoutHeaders) {
  start(test::trackOf(generic("mode=generic;constantSize=2;config=1408")));
  push({1, 1, 2, 2, 3, 3}, 0);
  EXPECT_EQ(data(), (std::vector<Bytes>{{1, 1}, {2, 2}, {3, 3}}));
}

TEST_F(AacDepacketizerTest, RefusesHeadersThatLeadOutsideThePacket) {
  start(test::trackOf(kHbr));
  push({0x00}, 0);
  push({0x00, 0x10}, 1);
  push({0xFF, 0xFF, 0x00, 0x08, 1}, 2);
  push({0x00, 0x00, 1, 2}, 3);
  push(hbr({1, 200}, {1, 2}), 4);
  EXPECT_EQ(data(), (std::vector<Bytes>{{1}}));
  EXPECT_EQ(counters().malformed, 5U);
}

TEST_F(AacDepacketizerTest, TakesAdtsHeadersOff) {
  start(test::trackOf(kHbr));
  // A frame of 10 bytes: 7 of header.
  push(hbr({10}, {0xFF, 0xF1, 0x60, 0x40, 0x01, 0x5F, 0xFC, 1, 2, 3}), 0);
  EXPECT_EQ(data(), (std::vector<Bytes>{{1, 2, 3}}));
  EXPECT_EQ(quirks.count(Quirk::kAdtsInPayload), 1U);
}

TEST_F(AacDepacketizerTest, DropsUnitsAboveTheLimit) {
  start(test::trackOf(kHbr), 100);
  push(hbr({101}, Bytes(101, 1)), 0);
  push(hbr({150}, Bytes(75, 1)), 1, false);
  push(hbr({150}, Bytes(75, 1)), 1, true);
  EXPECT_TRUE(units.empty());
  EXPECT_GE(counters().dropped + counters().malformed, 2U);
}

const std::string kLatm =
    "m=audio 0 RTP/AVP 97\na=rtpmap:97 MP4A-LATM/16000/1\n"
    "a=fmtp:97 profile-level-id=40;cpresent=0;config=400028103fc0\n";

TEST_F(AacDepacketizerTest, ReadsTheLatmOfAnEncoder) {
  start(test::trackOf(kLatm));
  pushRecording("aac-latm.rtp");
  EXPECT_EQ(data(), test::readParts("aac-latm.units"));
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(toHex(units[0]->parameters->decoderConfiguration).substr(0, 4), "1408");
  EXPECT_EQ(units[0]->duration, 1024);
}

TEST_F(AacDepacketizerTest, PutsLatmFragmentsTogetherAndDropsWhatLostOne) {
  start(test::trackOf(kLatm));
  push({5, 1, 2}, 0, false);
  push({3, 4, 5}, 0);
  push({3, 1}, 1024, false);
  depacketizer->onLoss();
  push({9, 9, 9}, 1024);  // lengths that do not fill it: no element begins here
  push({2, 7, 7, 1, 8}, 2048);
  EXPECT_EQ(data(), (std::vector<Bytes>{{1, 2, 3, 4, 5}, {7, 7}, {8}}));
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(units[2]->mediaTime, 3072);
  push({0xFF}, 4096);
  EXPECT_EQ(counters().malformed, 1U);
}

}  // namespace
}  // namespace flux::rtsp
