// Reports read and written.
#include "rtsp/rtcp.h"

#include <gtest/gtest.h>

namespace flux::rtsp {
namespace {

TEST(Rtcp, ReadsASenderReportInACompoundPacket) {
  // SR with one report block, then SDES, as a camera sends them.
  const Bytes packet = fromHex(
      "81c8000c11223344e5a1b2c3800000000001e2400000006400002710"
      "aabbccdd0000000000000001000000000000000000000000"
      "81ca00031122334401026162"
      "00000000");
  const auto summary = parseRtcp(packet);
  ASSERT_TRUE(summary);
  ASSERT_TRUE(summary->senderReport);
  EXPECT_EQ(summary->senderReport->ssrc, 0x11223344U);
  EXPECT_EQ(summary->senderReport->ntpTime, 0xE5A1B2C380000000U);
  EXPECT_EQ(summary->senderReport->rtpTimestamp, 123456U);
  EXPECT_EQ(summary->senderReport->packetCount, 100U);
  EXPECT_EQ(summary->senderReport->octetCount, 10000U);
  EXPECT_FALSE(summary->bye);
}

TEST(Rtcp, ReadsGoodbyeAndPassesOverUnknownTypes) {
  const auto summary =
      parseRtcp(fromHex("80d2000100000000"
                        "81cb000155667788"));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->bye, 0x55667788U);
  EXPECT_FALSE(parseRtcp(fromHex("80cb0000"))->bye);
}

TEST(Rtcp, IsRefusedWhereALengthLeadsOutside) {
  for (const char* packet : {"", "80", "80c9", "80c90002aabbccdd", "81cb0000", "80c80001aabbccdd",
                             "40c90001aabbccdd", "80c90001aabbccdd80"}) {
    EXPECT_FALSE(parseRtcp(fromHex(packet))) << packet;
  }
}

TEST(ReceiverReport, IsLaidOutAsTheStandardSays) {
  ReportBlock block;
  block.ssrc = 0x11223344;
  block.fractionLost = 0x40;
  block.cumulativeLost = 0x010203;
  block.highestSequence = 0x00021234;
  block.jitter = 5;
  block.lastSenderReport = 0xB2C38000;
  block.delaySinceLast = 0x00010000;
  EXPECT_EQ(toHex(buildReceiverReport(0xCAFEBABE, block, "cam")),
            "81c90007cafebabe"
            "11223344400102030002123400000005b2c3800000010000"
            "81ca0003cafebabe0103"
            "63616d000000");
}

TEST(ReceiverReport, IsEmptyButValidWithoutASource) {
  const Bytes report = buildReceiverReport(1, std::nullopt, "");
  const auto summary = parseRtcp(report);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->receiverReports, 1U);
  EXPECT_EQ(toHex(report),
            "80c900010000000181ca0002000000010100"
            "0000");
}

TEST(ReceiverReport, IsWholeWordsForEveryNameLength) {
  for (size_t length = 0; length < 300; ++length) {
    const Bytes report = buildReceiverReport(1, ReportBlock{}, std::string(length, 'n'));
    EXPECT_EQ(report.size() % 4, 0U);
    EXPECT_TRUE(parseRtcp(report)) << length;
    EXPECT_EQ(report.back(), 0);
  }
}

}  // namespace
}  // namespace flux::rtsp
