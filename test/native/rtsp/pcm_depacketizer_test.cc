// Audio of one unit a packet: G.711, linear PCM, G.726 and Opus.
#include "rtsp/pcm_depacketizer.h"

#include "depacketizer_fixture.h"

namespace flux::rtsp {
namespace {

class PcmDepacketizerTest : public test::DepacketizerTest {};
using G726DepacketizerTest = PcmDepacketizerTest;
using OpusDepacketizerTest = PcmDepacketizerTest;

TEST_F(PcmDepacketizerTest, PassesG711OnWithTheTimeOfItsSamples) {
  start(test::trackOf("m=audio 0 RTP/AVP 8\n"));
  push(Bytes(160, 0xD5), 0);
  push({}, 160);
  push(Bytes(320, 0xD5), 160, false);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0]->data, Bytes(160, 0xD5));
  EXPECT_EQ(units[0]->duration, 160);
  EXPECT_EQ(units[1]->duration, 320);
  EXPECT_EQ(units[1]->mediaTime, 160);
  EXPECT_EQ(units[0]->clockRate, 8000U);
  EXPECT_EQ(units[0]->parameters->codec, Codec::kPcma);
  EXPECT_TRUE(units[0]->keyFrame);
}

TEST_F(PcmDepacketizerTest, MarksWhereSamplesAreMissing) {
  start(test::trackOf("m=audio 0 RTP/AVP 0\n"));
  push(Bytes(160, 1), 0);
  depacketizer->onLoss();
  push(Bytes(160, 1), 320);
  push(Bytes(160, 1), 480);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_FALSE(units[0]->discontinuity);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_FALSE(units[2]->discontinuity);
}

TEST_F(PcmDepacketizerTest, KeepsTheSameParametersOverConnections) {
  const std::string media = "m=audio 0 RTP/AVP 0\n";
  start(test::trackOf(media));
  push({1}, 0);
  depacketizer->begin(test::trackOf(media));
  push({1}, 0);
  depacketizer->begin(test::trackOf("m=audio 0 RTP/AVP 97\na=rtpmap:97 PCMU/16000\n"));
  push({1}, 0);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[1]->parameters, units[0]->parameters);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(units[2]->parameters->sampleRate, 16000);
}

TEST_F(PcmDepacketizerTest, CutsLinearSamplesThatAreNotWhole) {
  start(test::trackOf("m=audio 0 RTP/AVP 10\n"));
  push({1, 2, 3, 4, 5, 6, 7}, 0);
  push({1, 2, 3}, 1);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->data, (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(units[0]->duration, 1);
  EXPECT_EQ(counters().malformed, 2U);
}

TEST_F(PcmDepacketizerTest, TurnsLittleEndianSamplesRound) {
  start(test::trackOf("m=audio 0 RTP/AVP 11\na=rtpmap:11 PCM/48000\n"));
  push({0x34, 0x12, 0x78, 0x56}, 0);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->data, (Bytes{0x12, 0x34, 0x56, 0x78}));
  EXPECT_EQ(units[0]->duration, 2);
  EXPECT_EQ(units[0]->parameters->codec, Codec::kL16);
  EXPECT_EQ(units[0]->parameters->sampleRate, 48000);
}

TEST_F(PcmDepacketizerTest, DropsUnitsAboveTheLimit) {
  start(test::trackOf("m=audio 0 RTP/AVP 0\n"), 100);
  push(Bytes(101, 1), 0);
  EXPECT_TRUE(units.empty());
  EXPECT_EQ(counters().dropped, 1U);
}

TEST_F(G726DepacketizerTest, BringsBothPackingsToOne) {
  struct Case {
    const char* rate;
    Bytes low;   ///< first code word in the low bits (RFC 3551 §4.5.4)
    Bytes high;  ///< the same words, first in the high bits
    int words;
  };
  // Words of 2 bits: 1 2 3 0; of 3: 1 to 7 and 0; of 4: 1 2; of 5: 1 2 4 8 16 31 3 7.
  const std::vector<Case> cases = {
      {"16", {0x39}, {0x6C}, 4},
      {"24", {0xD1, 0x58, 0x1F}, {0x29, 0xCB, 0xB8}, 8},
      {"32", {0x21}, {0x12}, 2},
      {"40", {0x41, 0x10, 0x04, 0xFF, 0x38}, {0x08, 0x88, 0x88, 0x7C, 0x67}, 8},
  };
  for (const Case& c : cases) {
    for (const bool aal2 : {false, true}) {
      units.clear();
      start(test::trackOf("m=audio 0 RTP/AVP 97\na=rtpmap:97 " +
                          std::string(aal2 ? "AAL2-G726-" : "G726-") + c.rate + "/8000\n"));
      push(aal2 ? c.high : c.low, 0);
      ASSERT_EQ(units.size(), 1U) << c.rate;
      EXPECT_EQ(toHex(units[0]->data), toHex(c.low)) << c.rate << " aal2 " << aal2;
      EXPECT_EQ(units[0]->duration, c.words);
      EXPECT_EQ(units[0]->parameters->bitsPerSample, std::stoi(c.rate) / 8);
    }
  }
}

TEST_F(G726DepacketizerTest, CutsCodeWordsThatAreNotWhole) {
  start(test::trackOf("m=audio 0 RTP/AVP 97\na=rtpmap:97 G726-40/8000\n"));
  push(Bytes(7, 1), 0);
  push(Bytes(4, 1), 8);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->data.size(), 5U);
  EXPECT_EQ(counters().malformed, 2U);
}

TEST_F(OpusDepacketizerTest, PassesOnThePacketsOfAnEncoder) {
  start(test::trackOf("m=audio 0 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n"));
  pushRecording("opus.rtp");
  EXPECT_EQ(data(), test::readParts("opus.units"));
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[0]->duration, 960);
  EXPECT_EQ(units[2]->mediaTime - units[1]->mediaTime, 960);
  EXPECT_EQ(units[0]->parameters->sampleRate, 48000);
}

TEST_F(OpusDepacketizerTest, RefusesPacketsThatPlayForNoTimeOrTooLong) {
  start(test::trackOf("m=audio 0 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n"));
  push({0x03}, 0);        // code 3 without a count
  push({0x03, 0x00}, 1);  // no frames
  push({0x1B, 0x03}, 2);  // three of 60 ms
  EXPECT_TRUE(units.empty());
  EXPECT_EQ(counters().malformed, 3U);
  push({0x1B, 0x02}, 3);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->duration, 5760);
}

}  // namespace
}  // namespace flux::rtsp
