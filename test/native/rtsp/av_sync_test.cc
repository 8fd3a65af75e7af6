// Which moment of the picture sound belongs to, by the RTP and RTCP of made-up cameras.
#include "rtsp/av_sync.h"

#include <gtest/gtest.h>

#include <cmath>

#include "codec/codec_parameters.h"
#include "h264_packets.h"
#include "rtsp/media_receiver.h"

namespace flux::rtsp {
namespace {

constexpr int64_t kSecond = 1000000;
/// 2026-01-26 10:00:00 UTC, since 1900.
constexpr int64_t kNtpSeconds = 3978410400;
constexpr uint8_t kPcmaType = 8;

/// What one encoder of the camera does.
struct Encoder {
  uint32_t ssrc;
  double clockRate;     ///< ticks per second of the camera's clock
  uint32_t firstTime;   ///< RTP time of moment 0
  int64_t delayMicros;  ///< from capture to arrival
  int64_t ntpSeconds = kNtpSeconds;
  int64_t ntpJitterMicros = 0;  ///< of every second report
  bool reports = true;
  uint16_t sequence = 0;
  uint64_t sent = 0;
  uint64_t reported = 0;
  uint32_t leap = 0;  ///< added to RTP time

  [[nodiscard]] uint32_t rtpTime(int64_t captured) const {
    const double ticks = static_cast<double>(captured) * clockRate / 1e6;
    return firstTime + leap + static_cast<uint32_t>(std::llround(ticks));
  }
};

class AvSyncTest : public testing::Test {
 protected:
  AvSyncTest() {
    video.setReportListener(
        [this](auto verdict) { sync().onReport(video.senderClock(), verdict); });
    audio.setReportListener(
        [this](auto verdict) { sync().onReport(audio.senderClock(), verdict); });
  }
  AvSync& sync() { return arrivalOnly ? arrival : rtcp; }

  void begin() {
    Track track;
    track.sps = test::kSps;
    track.pps = test::kPps;
    video.begin(track);
    auto parameters = std::make_shared<CodecParameters>();
    parameters->codec = Codec::kPcma;
    Track second;
    second.codec = Codec::kPcma;
    second.payloadType = kPcmaType;
    second.clockRate = 8000;
    second.known = parameters;
    audio.begin(second);
    sync().begin(video.senderClock(), audio.senderClock(), now);
  }

  void sendReport(MediaReceiver& to, Encoder& from) {
    const int64_t jitter = from.reported++ % 2 == 1 ? from.ntpJitterMicros : 0;
    const int64_t ntp = now + jitter;
    const auto fraction = static_cast<uint32_t>((ntp % kSecond << 32) / kSecond);
    ByteWriter out;
    out.u8(0x80).u8(200).u16(6).u32(from.ssrc);
    const bool none = from.ntpSeconds == 0;
    out.u32(none ? 0 : static_cast<uint32_t>(from.ntpSeconds + ntp / kSecond));
    out.u32(none ? 0 : fraction);
    out.u32(from.rtpTime(now)).u32(1).u32(1);
    to.onRtcp(out.take(), now);
  }

  /// Plays for `seconds`: sound every packetMicros, a picture half as often, reports every 5 s.
  void play(int64_t seconds) {
    for (const int64_t end = now + seconds * kSecond; now < end; now += packetMicros) {
      if (now % (2 * packetMicros) == 0) {
        const bool key = picture.sent++ == 0;
        video.onRtp(
            test::rtpBytes(key ? test::idr() : test::inter(), picture.sequence++,
                           picture.rtpTime(now - picture.delayMicros), true, 96, picture.ssrc),
            now, now / 1000);
      }
      audio.onRtp(
          test::rtpBytes(Bytes(160, 0xD5), sound.sequence++, sound.rtpTime(now - sound.delayMicros),
                         false, kPcmaType, sound.ssrc),
          now, now / 1000);
      if (now % (5 * kSecond) == kSecond && picture.reports) sendReport(video, picture);
      if (now % (5 * kSecond) == 3 * kSecond && sound.reports) sendReport(audio, sound);
    }
    sync().onTime(now);
  }

  /// How far the newest sound is from its picture by what was told, in milliseconds; empty where
  /// nothing was told.
  std::optional<double> error() {
    const AccessUnitPtr unit = sounds.back();
    if (!unit->pictureTime) return std::nullopt;
    const uint32_t right = picture.rtpTime(unit->arrivalMicros - sound.delayMicros);
    return static_cast<int32_t>(static_cast<uint32_t>(*unit->pictureTime) - right) / 90.0;
  }
  [[nodiscard]] uint64_t hits(Quirk quirk) const { return stats.quirks.count(quirk); }
  void expectInStep() {
    ASSERT_TRUE(error());
    EXPECT_NEAR(*error(), 0, 5);
  }

  ClientStats stats;
  int64_t now = 100 * kSecond;
  int64_t packetMicros = 20000;
  Encoder picture{0x1234, 90000, 5000, 320000};
  Encoder sound{0x5678, 8000, 777000, 20000};
  bool arrivalOnly = false;
  AvSync rtcp{Policies::AvSync::kRtcp, stats.quirks};
  AvSync arrival{Policies::AvSync::kArrival, stats.quirks};
  std::vector<AccessUnitPtr> sounds;
  MediaReceiver video{Codec::kH264, {1U << 20, 10}, stats, [](const AccessUnitPtr&) {}};
  MediaReceiver audio{Codec::kPcma,
                      {1U << 20, 10},
                      stats,
                      [this](AccessUnitPtr unit) { sounds.push_back(std::move(unit)); },
                      [this](int64_t mediaTime) { return sync().pictureTime(mediaTime); }};
};

TEST_F(AvSyncTest, FindsThePictureThatComes300MsLaterByCommonNtpTime) {
  begin();
  play(20);
  expectInStep();
  EXPECT_EQ(hits(Quirk::kSenderReportMissing), 0U);
  EXPECT_EQ(hits(Quirk::kSenderClocksApart), 0U);
  EXPECT_EQ(hits(Quirk::kSenderClockUnsteady), 0U);
}

TEST_F(AvSyncTest, FindsThePictureThatCame300MsEarlier) {
  std::swap(picture.delayMicros, sound.delayMicros);
  begin();
  play(20);
  expectInStep();
}

TEST_F(AvSyncTest, SaysNothingBeforeTwoReportsOfEachTrackAgree) {
  begin();
  play(8);
  EXPECT_FALSE(error());
  for (const AccessUnitPtr& unit : sounds) EXPECT_FALSE(unit->pictureTime);
  play(2);
  expectInStep();
}

TEST_F(AvSyncTest, UsesAReportThatCameBeforeTheFirstPacket) {
  begin();
  now -= kSecond;
  sendReport(video, picture);
  sendReport(audio, sound);
  now += kSecond;
  play(4);
  expectInStep();
}

TEST_F(AvSyncTest, NeedsNoTrueTimeOnlyACommonOne) {
  for (const int64_t seconds : {int64_t{2208988800}, int64_t{1}, kNtpSeconds * 2}) {
    picture.ntpSeconds = sound.ntpSeconds = seconds;  // 1970, 1900, beyond the era's end
    begin();
    play(20);
    expectInStep();
  }
}

TEST_F(AvSyncTest, FollowsTimestampsThatWrapAround) {
  picture.firstTime = 0U - (100 + 6) * 90000;
  sound.firstTime = 0U - (100 + 12) * 8000;
  begin();
  play(20);
  expectInStep();
}

TEST_F(AvSyncTest, RefusesTracksWhoseClocksAreHoursApart) {
  for (const int64_t seconds : {3 * 3600, -9 * 3600, 3, -3}) {
    const uint64_t before = hits(Quirk::kSenderClocksApart);
    sound.ntpSeconds = kNtpSeconds + seconds;
    begin();
    play(20);
    EXPECT_FALSE(error()) << seconds;
    EXPECT_GT(hits(Quirk::kSenderClocksApart), before);
  }
  EXPECT_EQ(hits(Quirk::kSenderReportMissing), 0U);
}

TEST_F(AvSyncTest, RefusesReportsThatContradictEachOther) {
  picture.ntpJitterMicros = 400000;
  begin();
  play(60);
  for (const AccessUnitPtr& unit : sounds) EXPECT_FALSE(unit->pictureTime);
  EXPECT_GE(hits(Quirk::kSenderClockUnsteady), 5U);
  EXPECT_EQ(hits(Quirk::kSenderReportMissing), 1U);
}

TEST_F(AvSyncTest, EvensOutReportsThatAreLittleOff) {
  picture.ntpJitterMicros = 8000;
  begin();
  play(60);
  ASSERT_TRUE(error());
  EXPECT_NEAR(*error(), 0, 8);
}

TEST_F(AvSyncTest, TakesAStepOfTheCamerasClockForNoMoveOfItsSound) {
  for (const int64_t seconds : {3600, -7200}) {
    begin();
    play(20);
    expectInStep();
    picture.ntpSeconds += seconds;
    sound.ntpSeconds += seconds;
    const size_t before = sounds.size();
    const uint64_t steps = hits(Quirk::kSenderClockUnsteady);
    play(20);
    for (size_t i = before; i < sounds.size(); ++i) {
      if (!sounds[i]->pictureTime) continue;
      const uint32_t right = picture.rtpTime(sounds[i]->arrivalMicros - sound.delayMicros);
      const auto told = static_cast<uint32_t>(*sounds[i]->pictureTime);
      ASSERT_NEAR(static_cast<int32_t>(told - right) / 90.0, 0, 5) << i;
    }
    expectInStep();
    EXPECT_GT(hits(Quirk::kSenderClockUnsteady), steps);
  }
}

TEST_F(AvSyncTest, BeginsAnewAfterALeapOfRtpTime) {
  begin();
  play(20);
  expectInStep();
  picture.leap = 50 * 90000;
  play(1);
  EXPECT_FALSE(error()) << "the reports are of the former timeline";
  play(14);
  expectInStep();
  sound.leap = 0U - 7 * 8000;
  play(1);
  EXPECT_FALSE(error());
  play(14);
  expectInStep();
  EXPECT_EQ(hits(Quirk::kTimestampJump), 2U);
}

TEST_F(AvSyncTest, CountsOnceThatATrackHasNoReports) {
  sound.reports = false;
  begin();
  play(29);
  EXPECT_EQ(hits(Quirk::kSenderReportMissing), 0U);
  play(2);
  play(40);
  EXPECT_EQ(hits(Quirk::kSenderReportMissing), 1U);
  EXPECT_FALSE(error());
}

TEST_F(AvSyncTest, CountsReportsWithoutTimeAsMissing) {
  picture.ntpSeconds = 0;
  begin();
  play(40);
  EXPECT_FALSE(error());
  EXPECT_EQ(hits(Quirk::kSenderReportMissing), 1U);
}

TEST_F(AvSyncTest, SaysNothingWhereThePolicyIsArrival) {
  arrivalOnly = true;
  begin();
  play(40);
  EXPECT_FALSE(error());
  EXPECT_EQ(hits(Quirk::kSenderReportMissing), 0U);
}

TEST_F(AvSyncTest, StaysInStepThroughADayOfDriftingClocks) {
  picture.clockRate = 90000 * (1 - 100e-6);
  sound.clockRate = 8000 * (1 + 100e-6);  // 200 ppm: 17 s in a day
  packetMicros = kSecond;
  begin();
  play(60);
  for (int hour = 0; hour < 24; ++hour) {
    play(3600);
    expectInStep();
  }
  EXPECT_EQ(hits(Quirk::kSenderClockUnsteady), 0U);
  EXPECT_EQ(hits(Quirk::kSenderClocksApart), 0U);
}

}  // namespace
}  // namespace flux::rtsp
