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

class MediaReceiverTest : public testing::Test {
 protected:
  MediaReceiverTest()
      : media(Codec::kH264, 1U << 20, stats,
              [this](AccessUnitPtr unit) { units.push_back(std::move(unit)); }) {
    Track track;
    track.sps = test::kSps;
    track.pps = test::kPps;
    media.begin(track);
  }
  bool rtp(const Bytes& packet) { return media.onRtp(packet, 1000, 2000); }

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
  EXPECT_FALSE(media.onRtcp(bye, 0));
  rtp(rtpBytes(idr(), 10, 0, true));
  EXPECT_FALSE(media.onRtcp(fromHex("81cb000199999999"), 0));
  EXPECT_TRUE(media.onRtcp(bye, 0));
  EXPECT_FALSE(media.onRtcp(fromHex("81cb0009"), 0));
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

}  // namespace
}  // namespace flux::rtsp
