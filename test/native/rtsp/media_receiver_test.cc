// Counters and reports of one track.
#include "rtsp/media_receiver.h"

#include <gtest/gtest.h>

#include "h264_packets.h"
#include "rtsp/rtcp.h"

namespace flux::rtsp {
namespace {

using test::idr;
using test::inter;
using test::rtpBytes;
using RtcpVerdict = MediaReceiver::RtcpVerdict;

class MediaReceiverTest : public testing::Test {
 protected:
  MediaReceiverTest()
      : media(Codec::kH264, {1U << 20, 10}, stats,
              [this](AccessUnitPtr unit) { units.push_back(std::move(unit)); }) {
    begin();
  }
  void begin() { begin(MediaReceiver::Source()); }
  void begin(const MediaReceiver::Source& source) {
    Track track;
    track.sps = test::kSps;
    track.pps = test::kPps;
    media.begin(track, source);
  }
  bool rtp(const Bytes& packet, int64_t micros = 1000) { return media.onRtp(packet, micros, 2000); }
  [[nodiscard]] uint64_t quirks(Quirk quirk) const { return stats.quirks.count(quirk); }
  Bytes senderReport(uint32_t ssrc, uint32_t seconds, uint32_t rtpTime) {
    ByteWriter out;
    out.u8(0x80).u8(200).u16(6).u32(ssrc).u32(seconds).u32(0).u32(rtpTime).u32(1).u32(1);
    return out.take();
  }

  ClientStats stats;
  std::vector<AccessUnitPtr> units;
  MediaReceiver media;
};

TEST_F(MediaReceiverTest, CountsWhatComesAndWhatIsMissing) {
  EXPECT_TRUE(rtp(rtpBytes(idr(), 10, 0, true)));
  EXPECT_TRUE(rtp(rtpBytes(inter(), 13, 3600, true)));
  EXPECT_TRUE(rtp(rtpBytes(inter(), 13, 3600, true)));
  EXPECT_FALSE(rtp(Bytes{0x80, 0x60}));
  EXPECT_EQ(stats.packetsReceived, 3U);
  EXPECT_EQ(stats.packetsLost, 2U);
  EXPECT_EQ(stats.packetsDuplicated, 1U);
  EXPECT_EQ(stats.packetsMalformed, 1U);
  EXPECT_EQ(stats.accessUnits, 2U);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_TRUE(units[1]->discontinuity);
}

TEST_F(MediaReceiverTest, PassesOverOtherPayloadTypesWithSequenceNumbersOfTheirOwn) {
  rtp(rtpBytes(idr(), 10, 0, true));
  EXPECT_FALSE(rtp(rtpBytes(idr(), 10, 0, true, 50)));
  EXPECT_FALSE(rtp(rtpBytes(idr(), 40000, 0, true, 50)));
  rtp(rtpBytes(inter(), 11, 3600, true));
  EXPECT_EQ(stats.packetsLost, 0U);
  EXPECT_EQ(stats.packetsDuplicated, 0U);
  EXPECT_EQ(units.size(), 2U);
  EXPECT_EQ(quirks(Quirk::kUnknownPayloadType), 2U);
}

TEST_F(MediaReceiverTest, ReportsNothingBeforeThereIsASource) {
  EXPECT_TRUE(media.receiverReport(0).empty());
  rtp(rtpBytes(idr(), 10, 0, true));
  const auto summary = parseRtcp(media.receiverReport(0));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->receiverReports, 1U);
}

TEST_F(MediaReceiverTest, HearsAGoodbyeOfItsOwnSourceOnly) {
  const Bytes bye = fromHex("81cb000100001234");
  EXPECT_EQ(media.onRtcp(bye, 0), RtcpVerdict::kTaken);
  rtp(rtpBytes(idr(), 10, 0, true));
  EXPECT_EQ(media.onRtcp(fromHex("81cb000199999999"), 0), RtcpVerdict::kTaken);
  EXPECT_EQ(media.onRtcp(bye, 0), RtcpVerdict::kGoodbye);
  EXPECT_EQ(media.onRtcp(fromHex("81cb0009"), 0), RtcpVerdict::kTaken);
  EXPECT_EQ(stats.packetsMalformed, 1U);
}

TEST_F(MediaReceiverTest, BeginsANewTimelineWithAnotherSource) {
  rtp(rtpBytes(idr(), 10, 5000, true));
  rtp(rtpBytes(idr(), 900, 77, true, 96, 0x9999));
  ASSERT_EQ(units.size(), 2U);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(units[1]->mediaTime, 77);
  EXPECT_EQ(stats.packetsLost, 0U);
}

TEST_F(MediaReceiverTest, CountsLossAsOddWhereTheTransportLosesNothing) {
  rtp(rtpBytes(idr(), 10, 0, true));
  rtp(rtpBytes(inter(), 59, 3600, true));  // 48 missing, as one camera does on TCP
  EXPECT_EQ(stats.packetsLost, 48U);
  EXPECT_EQ(quirks(Quirk::kLossOnTcp), 1U);
  EXPECT_TRUE(units.back()->discontinuity);
  begin({.reliable = false, .ssrc = {}});
  rtp(rtpBytes(idr(), 10, 0, true));
  rtp(rtpBytes(inter(), 12, 3600, true));
  EXPECT_EQ(stats.packetsLost, 49U);
  EXPECT_EQ(quirks(Quirk::kLossOnTcp), 1U);
}

TEST_F(MediaReceiverTest, BeginsANewTimelineWhereRtpTimeLeapsAndKeepsTheSequence) {
  rtp(rtpBytes(idr(), 10, 9000, true));
  rtp(rtpBytes(idr(), 11, 9000 + 90000 * 11, true));
  ASSERT_EQ(units.size(), 2U);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(units[1]->mediaTime, 9000 + 90000 * 11);
  rtp(rtpBytes(idr(), 12, 500, true));  // and back
  EXPECT_TRUE(units[2]->discontinuity);
  EXPECT_EQ(units[2]->mediaTime, 500);
  rtp(rtpBytes(inter(), 13, 4100, true));
  EXPECT_FALSE(units[3]->discontinuity);
  EXPECT_EQ(quirks(Quirk::kTimestampJump), 2U);
  EXPECT_EQ(stats.packetsLost, 0U);
}

TEST_F(MediaReceiverTest, CarriesPicturesOverTheWrapOfSequenceAndTimestamp) {
  const uint32_t first = 0xFFFFFFFF - 3600;
  for (uint32_t i = 0; i < 4; ++i) {
    rtp(rtpBytes(i == 0 ? idr() : inter(), static_cast<uint16_t>(65534 + i), first + i * 3600,
                 true));
  }
  ASSERT_EQ(units.size(), 4U);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(units[i]->mediaTime, int64_t{first} + static_cast<int64_t>(i) * 3600);
    EXPECT_FALSE(units[i]->discontinuity);
  }
  EXPECT_EQ(stats.packetsLost, 0U);
  EXPECT_EQ(quirks(Quirk::kTimestampJump), 0U);
}

TEST_F(MediaReceiverTest, DropsPacketsOfTheFormerSessionBesideThoseOfThisOne) {
  rtp(rtpBytes(idr(), 10, 0, true, 96, 0xAAAA));
  begin({.reliable = true, .ssrc = 0xBBBB});
  EXPECT_FALSE(rtp(rtpBytes(inter(), 11, 3600, true, 96, 0xAAAA)));
  EXPECT_TRUE(rtp(rtpBytes(idr(), 700, 50, true, 96, 0xBBBB)));
  EXPECT_FALSE(rtp(rtpBytes(inter(), 12, 7200, true, 96, 0xAAAA)));
  EXPECT_TRUE(rtp(rtpBytes(inter(), 701, 3650, true, 96, 0xBBBB)));
  EXPECT_EQ(quirks(Quirk::kStaleSessionData), 2U);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_FALSE(units[2]->discontinuity);
  EXPECT_EQ(stats.packetsLost, 0U);
}

TEST_F(MediaReceiverTest, TakesTheFormerSourceWhereACameraKeepsItForEver) {
  rtp(rtpBytes(idr(), 10, 0, true, 96, 0xAAAA));
  begin({.reliable = true, .ssrc = 0xAAAA});
  EXPECT_TRUE(rtp(rtpBytes(idr(), 11, 0, true, 96, 0xAAAA)));
  begin();
  EXPECT_TRUE(rtp(rtpBytes(idr(), 12, 0, true, 96, 0xAAAA)));
  // One that announces another and never uses it is believed for two seconds.
  begin({.reliable = true, .ssrc = 0xCCCC});
  EXPECT_FALSE(rtp(rtpBytes(idr(), 13, 0, true, 96, 0xAAAA), 1000000));
  EXPECT_FALSE(rtp(rtpBytes(idr(), 14, 0, true, 96, 0xAAAA), 2999999));
  EXPECT_TRUE(rtp(rtpBytes(idr(), 15, 0, true, 96, 0xAAAA), 3000000));
  EXPECT_TRUE(rtp(rtpBytes(inter(), 16, 3600, true, 96, 0xAAAA), 3000001));
  EXPECT_EQ(quirks(Quirk::kStaleSessionData), 2U);
}

TEST_F(MediaReceiverTest, CountsReportsOfSourcesThatSendNothing) {
  EXPECT_EQ(media.onRtcp(senderReport(0x9999, 1, 1), 0), RtcpVerdict::kTaken);  // may become ours
  rtp(rtpBytes(idr(), 10, 0, true));
  EXPECT_EQ(media.onRtcp(senderReport(0x9999, 2, 2), 0), RtcpVerdict::kUnknownSource);
  EXPECT_EQ(media.onRtcp(senderReport(0x1234, 2, 2), 0), RtcpVerdict::kTaken);
  EXPECT_EQ(quirks(Quirk::kUnknownRtcpSsrc), 1U);
}

TEST_F(MediaReceiverTest, NoticesThatTheCamerasClockWasSteppedAndKeepsItsOwnTime) {
  rtp(rtpBytes(idr(), 10, 0, true));
  media.onRtcp(senderReport(0x1234, 1000, 0), 0);
  media.onRtcp(senderReport(0x1234, 1005, 5 * 90000), 0);
  EXPECT_EQ(quirks(Quirk::kSenderReportStep), 0U);
  media.onRtcp(senderReport(0x1234, 1013, 10 * 90000), 0);  // SNTP put it 3 s ahead
  EXPECT_EQ(quirks(Quirk::kSenderReportStep), 1U);
  media.onRtcp(senderReport(0x1234, 0, 15 * 90000), 0);  // no clock at all
  media.onRtcp(senderReport(0x1234, 2000, 20 * 90000), 0);
  EXPECT_EQ(quirks(Quirk::kSenderReportStep), 1U);
  rtp(rtpBytes(inter(), 11, 3600, true));
  EXPECT_EQ(units.back()->mediaTime, 3600);
  EXPECT_FALSE(units.back()->discontinuity);
}

}  // namespace
}  // namespace flux::rtsp
