// Access units out of RTP payloads, with everything that goes wrong on the way.
#include "rtsp/h264_depacketizer.h"

#include <gtest/gtest.h>

#include "h264_packets.h"
#include "h26x_fixture.h"

namespace flux::rtsp {
namespace {

using test::fuA;
using test::idr;
using test::inter;
using test::nalsOf;
using test::stapA;

class H264DepacketizerTest : public test::NalDepacketizerTest<H264Depacketizer> {
 protected:
  explicit H264DepacketizerTest(size_t maxUnitBytes = 1U << 20)
      : NalDepacketizerTest(maxUnitBytes) {
    begin(test::kSps, test::kPps);
  }

  void begin(const Bytes& sps, const Bytes& pps) {
    Track track;
    track.sps = sps;
    track.pps = pps;
    depacketizer.begin(track);
  }
};

TEST_F(H264DepacketizerTest, DeliversASingleNalUnitAtTheMarker) {
  push(idr(), 3600, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsOf(*units[0]), (Nals{idr()}));
  EXPECT_TRUE(units[0]->keyFrame);
  EXPECT_FALSE(units[0]->discontinuity);
  EXPECT_EQ(units[0]->mediaTime, 3600);
  EXPECT_EQ(units[0]->arrivalMicros, 1000);
  EXPECT_EQ(units[0]->arrivalWallMs, 2);
  EXPECT_EQ(units[0]->parameters->width, 640);
}

TEST_F(H264DepacketizerTest, KeepsEveryNalUnitOfAPictureInOrderAndUntouched) {
  const Nals nals = {test::kDelimiter, test::kSps, test::kPps,
                     test::kSei,       idr(3000),  idr(2000, false)};
  push(stapA({nals[0], nals[1], nals[2], nals[3]}), 0);
  push(fuA(nals[4], 3), 0, false);
  push(fuA(nals[5], 2), 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsOf(*units[0]), nals);
  EXPECT_TRUE(units[0]->keyFrame);
}

TEST_F(H264DepacketizerTest, PutsFragmentsTogetherHoweverManyThereAre) {
  const Bytes nal = inter(5000);
  for (const size_t count : {2, 3, 17, 4999}) {
    push(fuA(nal, count), static_cast<uint32_t>(count), true);
    EXPECT_EQ(nalsOf(*units.back()), (Nals{nal})) << count;
  }
  EXPECT_EQ(units.size(), 4U);
  EXPECT_EQ(counters().malformed, 0U);
}

TEST_F(H264DepacketizerTest, DeliversAtATimestampChangeWhereTheMarkerIsMissing) {
  push(idr(), 0);
  push(inter(), 3600);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_TRUE(units[0]->keyFrame);
  push(inter(), 7200);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_FALSE(units[1]->keyFrame);
}

TEST_F(H264DepacketizerTest, DropsAnAccessUnitWhoseFragmentWasLost) {
  push(idr(), 0, true);
  const Nals parts = fuA(inter(3000), 3);
  push(parts[0], 3600);
  depacketizer.onLoss();
  push(parts[2], 3600, true);
  push(inter(20, true, 9), 7200, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[1]->mediaTime, 7200);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(counters().dropped, 1U);
  push(inter(), 10800, true);
  EXPECT_FALSE(units.back()->discontinuity);
}

TEST_F(H264DepacketizerTest, DropsAnAccessUnitWhoseBeginningWasLost) {
  push(idr(), 0, true);
  depacketizer.onLoss();
  const Nals parts = fuA(inter(3000), 3);
  push(parts[1], 3600);
  push(parts[2], 3600, true);
  EXPECT_EQ(units.size(), 1U);
  EXPECT_EQ(counters().dropped, 1U);
  EXPECT_EQ(counters().malformed, 0U);
}

TEST_F(H264DepacketizerTest, DropsAnAccessUnitWhoseFirstSliceWasLost) {
  push(idr(), 0, true);
  depacketizer.onLoss();
  push(inter(20, false), 3600, true);
  EXPECT_EQ(units.size(), 1U);
  EXPECT_EQ(counters().dropped, 1U);
}

TEST_F(H264DepacketizerTest, DropsAnAccessUnitWhoseEndWasLost) {
  push(idr(), 0, true);
  push(inter(), 3600);
  depacketizer.onLoss();
  push(inter(20, true, 5), 7200, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[1]->mediaTime, 7200);
  EXPECT_TRUE(units[1]->discontinuity);
}

TEST_F(H264DepacketizerTest, KeepsTheNextUnitWhereOnlyWholeUnitsWereLost) {
  push(idr(), 0, true);
  depacketizer.onLoss();
  push(inter(), 7200, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(counters().dropped, 0U);
}

TEST_F(H264DepacketizerTest, FlagsTheFirstUnitOfANewTimeline) {
  push(idr(), 0, true);
  push(fuA(inter(100), 2)[0], 3600);
  depacketizer.onRestart();
  push(idr(), 99, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(counters().dropped, 1U);
}

TEST_F(H264DepacketizerTest, FlagsTheFirstUnitAfterAReconnectButNotTheVeryFirst) {
  push(idr(), 0, true);
  EXPECT_FALSE(units[0]->discontinuity);
  begin(test::kSps, test::kPps);
  push(idr(), 0, true);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(units[0]->parameters, units[1]->parameters);
}

TEST_F(H264DepacketizerTest, ChangesParametersWithTheUnitThatBringsThem) {
  push(idr(), 0, true);
  push(stapA({test::kOtherSps, test::kOtherPps}), 3600);
  push(idr(), 3600, true);
  push(inter(), 7200, true);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[0]->parameters->width, 640);
  EXPECT_EQ(units[1]->parameters->width, 1920);
  EXPECT_EQ(units[1]->parameters, units[2]->parameters);
}

TEST_F(H264DepacketizerTest, KeepsTheParametersObjectWhileNothingChanges) {
  push(idr(), 0, true);
  push(stapA({test::kSps, test::kPps}), 3600);
  push(idr(), 3600, true);
  Bytes padded = test::kSps;
  padded.insert(padded.end(), 3, 0);  // some cameras send zeros behind it
  push(stapA({padded, test::kPps}), 7200);
  push(idr(), 7200, true);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[0]->parameters, units[1]->parameters);
  EXPECT_EQ(units[0]->parameters, units[2]->parameters);
}

TEST_F(H264DepacketizerTest, KeepsTheFirstOfSeveralPictureParameterSets) {
  Bytes second = test::kPps;
  second[1] = 0x5B;  // id 1
  for (uint32_t i = 0; i < 3; ++i) {
    push(stapA({test::kSps, test::kPps, second}), i * 3600);
    push(idr(), i * 3600, true);
  }
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[0]->parameters, units[2]->parameters);
  EXPECT_EQ(units[2]->parameters->pps, test::kPps);
}

TEST_F(H264DepacketizerTest, KeepsTheOldParametersWhereNewOnesAreBroken) {
  push(stapA({Bytes{0x67, 0x4D}, test::kPps}), 0);
  push(idr(), 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->parameters->width, 640);
  EXPECT_EQ(counters().malformed, 1U);
}

TEST_F(H264DepacketizerTest, DropsUnitsUntilParametersAreKnown) {
  begin({}, {});
  push(inter(), 0, true);
  push(inter(), 3600, true);
  EXPECT_TRUE(units.empty());
  EXPECT_EQ(counters().dropped, 2U);
  push(stapA({test::kSps, test::kPps}), 7200);
  push(idr(), 7200, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_FALSE(units[0]->discontinuity);  // there is no unit before it
}

TEST_F(H264DepacketizerTest, CountsPayloadsItCannotReadAndDropsTheirUnit) {
  const Nals bad = {
      {0x78, 0x00},                    // STAP-A without a size
      {0x78, 0x00, 0x05, 0x65, 0x88},  // longer than the payload
      {0x78, 0x00, 0x00},              // an empty NAL unit
      {0x7C},                          // FU-A without header
      {0x7C, 0x80 | 28, 0x01},         // a fragment of a fragment
      {0x1D, 0x00, 0x00},              // FU-B
      {0x19, 0x00, 0x00},              // STAP-B
      {0x1A, 0x00, 0x00, 0x00},        // MTAP16
      {0x1B, 0x00, 0x00, 0x00},        // MTAP24
      {0x78, 0x00, 0x02, 0x7C, 0x85},  // a fragment in an aggregate
      {0x00, 0x01},
  };
  push(idr(), 0, true);
  for (size_t i = 0; i < bad.size(); ++i) {
    const auto timestamp = static_cast<uint32_t>(1000 + i);
    push(bad[i], timestamp);
    EXPECT_EQ(counters().malformed, i + 1) << toHex(bad[i]);
    push(inter(), timestamp, true);
    EXPECT_EQ(counters().dropped, i + 1) << toHex(bad[i]);
  }
  EXPECT_EQ(units.size(), 1U);
  push(inter(), 5000, true);
  EXPECT_EQ(units.size(), 2U);
}

TEST_F(H264DepacketizerTest, PassesOverEmptyPayloads) {
  push(idr(), 0, true);
  push(Bytes{}, 50, true);
  push(inter(), 3600);
  push(Bytes{}, 3600, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[1]->mediaTime, 3600);
  EXPECT_EQ(counters().dropped, 0U);
}

class SmallH264DepacketizerTest : public H264DepacketizerTest {
 protected:
  SmallH264DepacketizerTest() : H264DepacketizerTest(1000) {}
};

TEST_F(SmallH264DepacketizerTest, DropsAUnitOverTheLimitAndRecovers) {
  push(idr(500), 0, true);
  push(fuA(inter(2000), 5), 3600, true);
  push(inter(900), 7200, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(counters().dropped, 1U);
  EXPECT_EQ(counters().malformed, 0U);
}

TEST_F(SmallH264DepacketizerTest, HoldsNoMoreThanTheLimitOfAUnitWithoutEnd) {
  for (int i = 0; i < 1000; ++i) push(test::kSei, static_cast<uint32_t>(i), true);
  push(idr(), 5000, true);
  push(idr(), 6000, true);
  EXPECT_FALSE(units.empty());
  for (const auto& unit : units) EXPECT_LE(unit->data.size(), 1100U);
}

}  // namespace
}  // namespace flux::rtsp
