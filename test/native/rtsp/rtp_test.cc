// Packets, and what their order and times tell.
#include "rtsp/rtp.h"

#include <gtest/gtest.h>

#include <vector>

namespace flux::rtsp {
namespace {

using Verdict = RtpReceiver::Verdict;

TEST(RtpPacket, IsReadWithItsFixedHeader) {
  const Bytes packet = fromHex("80e0123400015f90deadbeef6588");
  const auto rtp = parseRtp(packet);
  ASSERT_TRUE(rtp);
  EXPECT_TRUE(rtp->marker);
  EXPECT_EQ(rtp->payloadType, 96);
  EXPECT_EQ(rtp->sequence, 0x1234);
  EXPECT_EQ(rtp->timestamp, 90000U);
  EXPECT_EQ(rtp->ssrc, 0xDEADBEEFU);
  EXPECT_EQ(toHex(rtp->payload), "6588");
}

TEST(RtpPacket, SkipsSourcesExtensionAndPadding) {
  const Bytes packet = fromHex("b2600001000000020000000311111111222222220bed00010000000065880003");
  const auto rtp = parseRtp(packet);
  ASSERT_TRUE(rtp);
  EXPECT_EQ(toHex(rtp->payload), "65");
}

TEST(RtpPacket, MayBeEmpty) {
  const auto rtp = parseRtp(fromHex("806000010000000200000003"));
  ASSERT_TRUE(rtp);
  EXPECT_TRUE(rtp->payload.empty());
}

TEST(RtpPacket, IsRefusedWhereALengthLeadsOutside) {
  for (const char* packet : {
           "",
           "80600001000000020000",                // shorter than the header
           "40600001000000020000000365",          // version 1
           "81600001000000020000000365",          // a CSRC that is not there
           "906000010000000200000003650bed",      // an extension header that is not there
           "9060000100000002000000030bed000100",  // an extension longer than the packet
           "a0600001000000020000000365"
           "03",  // more padding than payload
           "a0600001000000020000000365"
           "00",  // padding that counts not even itself
       }) {
    EXPECT_FALSE(parseRtp(fromHex(packet))) << packet;
  }
}

RtpPacket packet(uint16_t sequence, uint32_t timestamp = 0, uint32_t ssrc = 1) {
  RtpPacket out;
  out.sequence = sequence;
  out.timestamp = timestamp;
  out.ssrc = ssrc;
  return out;
}

TEST(RtpReceiver, FollowsSequenceNumbersAcrossTheirWrap) {
  RtpReceiver receiver;
  EXPECT_EQ(receiver.receive(packet(65534), 0).verdict, Verdict::kInOrder);
  EXPECT_EQ(receiver.receive(packet(65535), 0).verdict, Verdict::kInOrder);
  EXPECT_EQ(receiver.receive(packet(0), 0).verdict, Verdict::kInOrder);
  const auto gap = receiver.receive(packet(3), 0);
  EXPECT_EQ(gap.verdict, Verdict::kAfterGap);
  EXPECT_EQ(gap.lost, 2U);
  const auto report = receiver.report(0);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->highestSequence, 0x10003U);
  EXPECT_EQ(report->cumulativeLost, 2U);
}

TEST(RtpReceiver, DropsDuplicatesAndLatePackets) {
  RtpReceiver receiver;
  receiver.receive(packet(10), 0);
  receiver.receive(packet(12), 0);
  EXPECT_EQ(receiver.receive(packet(12), 0).verdict, Verdict::kDuplicate);
  EXPECT_EQ(receiver.receive(packet(11), 0).verdict, Verdict::kDuplicate);
  EXPECT_EQ(receiver.receive(packet(13), 0).verdict, Verdict::kInOrder);
}

TEST(RtpReceiver, BeginsAnewAfterAJumpThatNoLossExplains) {
  RtpReceiver receiver;
  receiver.receive(packet(10, 1000), 0);
  EXPECT_EQ(receiver.receive(packet(3010, 2000), 0).verdict, Verdict::kAfterGap);
  const auto jump = receiver.receive(packet(30000, 77), 0);
  EXPECT_EQ(jump.verdict, Verdict::kRestart);
  EXPECT_EQ(jump.mediaTime, 77);
  EXPECT_EQ(receiver.receive(packet(30001, 78), 0).verdict, Verdict::kInOrder);
  EXPECT_EQ(receiver.report(0)->cumulativeLost, 0U);
}

TEST(RtpReceiver, BeginsAnewWithAnotherSource) {
  RtpReceiver receiver;
  receiver.receive(packet(10, 1000, 1), 0);
  const auto other = receiver.receive(packet(11, 5000, 2), 0);
  EXPECT_EQ(other.verdict, Verdict::kRestart);
  EXPECT_EQ(other.mediaTime, 5000);
  EXPECT_EQ(receiver.source(), 2U);
}

TEST(RtpReceiver, ExtendsTimestampsAcrossTheirWrapInBothDirections) {
  RtpReceiver receiver;
  EXPECT_EQ(receiver.receive(packet(1, 0xFFFFFF00), 0).mediaTime, 0xFFFFFF00);
  EXPECT_EQ(receiver.receive(packet(2, 0x00000100), 0).mediaTime, 0x100000100);
  EXPECT_EQ(receiver.receive(packet(3, 0xFFFFFFF0), 0).mediaTime, 0xFFFFFFF0);  // a B-frame
}

TEST(RtpReceiver, ReportsTheFractionLostSinceThePreviousReport) {
  RtpReceiver receiver;
  EXPECT_FALSE(receiver.report(0));
  for (const uint16_t sequence : std::vector<uint16_t>{1, 2, 4})
    receiver.receive(packet(sequence), 0);
  EXPECT_EQ(receiver.report(0)->fractionLost, 64);  // one of four
  for (const uint16_t sequence : std::vector<uint16_t>{5, 6}) receiver.receive(packet(sequence), 0);
  const auto second = receiver.report(0);
  EXPECT_EQ(second->fractionLost, 0);
  EXPECT_EQ(second->cumulativeLost, 1U);
}

TEST(RtpReceiver, ComputesJitterAsInRfc3550) {
  RtpReceiver steady;
  RtpReceiver shaky;
  for (int i = 0; i < 200; ++i) {
    const auto sequence = static_cast<uint16_t>(i);
    const auto timestamp = static_cast<uint32_t>(i * 3600);
    steady.receive(packet(sequence, timestamp), i * 40000);
    // Every second packet is 10 ms late: each step differs by 900 ticks.
    shaky.receive(packet(sequence, timestamp), i * 40000 + (i % 2) * 10000);
  }
  EXPECT_EQ(steady.report(0)->jitter, 0U);
  EXPECT_NEAR(shaky.report(0)->jitter, 900, 2);
}

TEST(RtpReceiver, TellsTheDelaySinceTheSendersReport) {
  RtpReceiver receiver;
  receiver.receive(packet(1), 0);
  SenderReport report;
  report.ssrc = 1;
  report.ntpTime = 0x1122334455667788;
  receiver.onSenderReport(report, 1000000);
  const auto block = receiver.report(3500000);
  EXPECT_EQ(block->lastSenderReport, 0x33445566U);
  EXPECT_EQ(block->delaySinceLast, 65536U * 5 / 2);
  report.ssrc = 99;
  report.ntpTime = 0;
  receiver.onSenderReport(report, 4000000);
  EXPECT_EQ(receiver.report(4000000)->lastSenderReport, 0x33445566U);
}

TEST(RtpReceiver, KeepsTheSequenceWhereRtpTimeLeapsForward) {
  RtpReceiver receiver(90000, {10, 2});
  receiver.receive(packet(10, 1000), 0);
  EXPECT_EQ(receiver.receive(packet(11, 1000 + 10 * 90000), 0).verdict, Verdict::kInOrder);
  const auto leap = receiver.receive(packet(14, 1001 + 20 * 90000), 0);
  EXPECT_EQ(leap.verdict, Verdict::kTimeJump);
  EXPECT_EQ(leap.lost, 2U);
  EXPECT_EQ(leap.mediaTime, 1001 + 20 * 90000);
  EXPECT_EQ(receiver.receive(packet(15, 1002 + 20 * 90000), 0).verdict, Verdict::kInOrder);
  EXPECT_EQ(receiver.report(0)->cumulativeLost, 2U);
}

TEST(RtpReceiver, TakesALongSilenceForWhatItIs) {
  RtpReceiver receiver(90000, {10, 2});
  receiver.receive(packet(10, 1000), 0);
  const auto later = receiver.receive(packet(11, 1000 + 600 * 90000), 600 * int64_t{1000000});
  EXPECT_EQ(later.verdict, Verdict::kInOrder);
  EXPECT_EQ(later.mediaTime, 1000 + 600 * 90000);
}

TEST(RtpReceiver, BeginsANewTimelineWhereRtpTimeGoesBackFurtherThanBFramesDo) {
  RtpReceiver receiver(90000, {10, 2});
  receiver.receive(packet(10, 900000), 0);
  EXPECT_EQ(receiver.receive(packet(11, 900000 - 180000), 0).verdict, Verdict::kInOrder);
  const auto back = receiver.receive(packet(12, 900000 - 360001), 0);
  EXPECT_EQ(back.verdict, Verdict::kTimeJump);
  EXPECT_EQ(back.mediaTime, 900000 - 360001);
  // Half of the 32 bits and more is back, not forward.
  EXPECT_EQ(receiver.receive(packet(13, 900000 - 360001 + 0x80000000U), 0).verdict,
            Verdict::kTimeJump);
}

TEST(RtpReceiver, LimitsNothingWhereTheLimitIsNone) {
  RtpReceiver receiver(90000, {0, 2});
  receiver.receive(packet(10, 0), 0);
  EXPECT_EQ(receiver.receive(packet(11, 0x70000000), 0).verdict, Verdict::kInOrder);
}

}  // namespace
}  // namespace flux::rtsp
