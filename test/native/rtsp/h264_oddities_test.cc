// What cameras do to H.264 access units against RFC 6184, each with the bytes that show it.
#include <gtest/gtest.h>

#include "h264_packets.h"
#include "h26x_fixture.h"
#include "rtsp/h264_depacketizer.h"

namespace flux::rtsp {
namespace {

using test::fuA;
using test::idr;
using test::inter;
using test::nalsOf;
using test::stapA;

class H264OdditiesTest : public test::NalDepacketizerTest<H264Depacketizer> {
 protected:
  H264OdditiesTest() { begin(test::kSps, test::kPps); }

  void begin(const Bytes& sps, const Bytes& pps) {
    Track track;
    track.sps = sps;
    track.pps = pps;
    depacketizer.begin(track);
  }
  /// A whole picture that brings its parameter sets.
  void pushSets(const Bytes& sps, const Bytes& pps, uint32_t timestamp) {
    push(stapA({sps, pps}), timestamp);
    push(idr(), timestamp, true);
  }
};

TEST_F(H264OdditiesTest, CountsNothingOfAnOrdinaryStream) {
  for (uint32_t i = 0; i < 3; ++i) {
    push(stapA({test::kDelimiter, test::kSps, test::kPps, test::kSei}), i * 9000);
    push(fuA(idr(3000), 3), i * 9000, true);
    push(inter(20), i * 9000 + 3000, false);
    push(inter(20, false), i * 9000 + 3000, true);
  }
  EXPECT_EQ(units.size(), 6U);
  EXPECT_EQ(allHits(), 0U);
  EXPECT_EQ(counters().malformed, 0U);
}

// Parameter sets: only in band, in Annex B, with bytes behind them.

TEST_F(H264OdditiesTest, WaitsForParameterSetsInBandWhereSdpHasNone) {
  begin({}, {});
  push(inter(), 0, true);
  EXPECT_TRUE(units.empty());
  pushSets(test::kSps, test::kPps, 3600);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->parameters->width, 640);
}

TEST_F(H264OdditiesTest, TakesParameterSetsInBandWhereThoseOfSdpAreNone) {
  // VStarcam, as Retina's bad_format_specific_params has it (src/codec/h264.rs).
  begin(fromHex("e900f0044fcb0800001f48000754e02000000000"), fromHex("00000000"));
  push(fromHex("674d0028e900f0044fcb0800001f48000754e020"), 0);
  push(fromHex("68ea8f20"), 0);
  push(idr(), 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->parameters->codecString, "avc1.4D0028");
}

TEST_F(H264OdditiesTest, TakesParameterSetsOfSdpWithStartCodesAroundThem) {
  // GW Security, as Retina's gw_security_params has it: a start code behind each.
  begin(fromHex("674d001e95a82d0f69b80808081000000001"), fromHex("68ee3c8000000001"));
  push(idr(), 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->parameters->codecString, "avc1.4D001E");
  EXPECT_EQ(toHex(units[0]->parameters->sps), "674d001e95a82d0f69b808080810");
  EXPECT_EQ(toHex(units[0]->parameters->pps), "68ee3c80");
  begin(behindStartCode(test::kSps), behindStartCode(test::kPps));
  push(idr(), 0, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[1]->parameters->sps, test::kSps);
}

TEST_F(H264OdditiesTest, TakesAnSpsWithBytesBehindItsEnd) {
  begin({}, {});
  // Reolink, as Retina's sps_with_extra_trailing_bytes has it.
  pushSets(fromHex("67640033ac1514a0a03da1000004f6000063380404"), fromHex("68ee3cb0"), 0);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->parameters->width, 640);
  EXPECT_EQ(units[0]->parameters->height, 480);
}

// Timestamps and markers inside one access unit.

TEST_F(H264OdditiesTest, WaitsForASliceWhereTheMarkerIsOnParameterSets) {
  push(test::kSps, 0, true);
  push(test::kPps, 0, true);
  push(test::kSei, 0, true);
  EXPECT_TRUE(units.empty());
  push(idr(), 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsOf(*units[0]).size(), 4U);
  EXPECT_EQ(hits(Quirk::kMarkerOnParameterSet), 3U);
  EXPECT_EQ(allHits(), 3U);
}

TEST_F(H264OdditiesTest, JoinsParameterSetsThatHaveATimestampOfTheirOwn) {
  push(test::kSps, 100, true);
  push(test::kPps, 200, true);
  push(idr(), 300, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->mediaTime, 300);
  EXPECT_EQ(nalsOf(*units[0]), (Nals{test::kSps, test::kPps, idr()}));
  EXPECT_EQ(hits(Quirk::kTimestampInUnit), 2U);
}

TEST_F(H264OdditiesTest, SurvivesMarkerAndTimestampBehindParameterSetsAtTheStart) {
  // Reolink RLC-822A, as Retina's depacketize_reolink_bad_framing_at_start has it.
  const Bytes sps = fromHex("67640033ac1514a0a02ff950");
  const Bytes pps = fromHex("68ee3cb0");
  begin(sps, pps);
  push(sps, 0, true);
  push(pps, 0);
  push(idr(), 1, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsOf(*units[0]), (Nals{sps, pps, idr()}));
  EXPECT_EQ(units[0]->mediaTime, 1);
  EXPECT_EQ(hits(Quirk::kMarkerOnParameterSet), 1U);
  EXPECT_EQ(hits(Quirk::kTimestampInUnit), 1U);
}

TEST_F(H264OdditiesTest, SurvivesParameterSetsWithTheTimestampOfThePictureBefore) {
  // The same camera between two GOPs (Retina's depacketize_reolink_gop_boundary), with and without
  // the marker on the last picture of the first.
  for (const bool marker : {true, false}) {
    units.clear();
    push(inter(), 0, marker);
    push(test::kSps, 0);
    push(test::kPps, 0);
    push(idr(), 1, true);
    ASSERT_EQ(units.size(), 2U);
    EXPECT_EQ(nalsOf(*units[0]), (Nals{inter()}));
    EXPECT_EQ(units[0]->mediaTime, 0);
    EXPECT_EQ(nalsOf(*units[1]), (Nals{test::kSps, test::kPps, idr()}));
    EXPECT_EQ(units[1]->mediaTime, 1);
    EXPECT_TRUE(units[1]->keyFrame);
  }
  EXPECT_EQ(hits(Quirk::kTimestampInUnit), 2U);
  EXPECT_EQ(counters().dropped, 0U);
}

// Annex B in payloads.

TEST_F(H264OdditiesTest, SplitsAnnexBInsideAPayload) {
  const Bytes payload = joinedByStartCodes({test::kSps, test::kPps, idr()});
  push(payload, 0, true);
  push(behindStartCode(payload), 3600, true);
  push(fuA(payload, 3), 7200, true);
  ASSERT_EQ(units.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(nalsOf(*units[i]), (Nals{test::kSps, test::kPps, idr()})) << i;
    EXPECT_TRUE(units[i]->keyFrame);
  }
  EXPECT_EQ(hits(Quirk::kAnnexBInPayload), 3U);
}

TEST_F(H264OdditiesTest, SplitsSlicesOnceACameraWasSeenToSendStartCodes) {
  push(joinedByStartCodes({test::kSps, test::kPps, idr()}), 0, true);
  push(joinedByStartCodes({inter(30), inter(40, false)}), 3600, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(nalsOf(*units[1]), (Nals{inter(30), inter(40, false)}));
}

// Fragments.

TEST_F(H264OdditiesTest, TakesAFragmentThatBeginsAndEndsInOnePacket) {
  push(fuA(idr(), 1), 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsOf(*units[0]), (Nals{idr()}));
  EXPECT_EQ(hits(Quirk::kFragmentMalformed), 1U);
}

TEST_F(H264OdditiesTest, TakesEmptyFragmentsReservedBitsAndChangingTypes) {
  std::vector<Bytes> parts = fuA(idr(100), 3);
  parts[1][1] = static_cast<uint8_t>(0x20 | 1);  // reserved bit, another type
  const Bytes empty = {parts[0][0], 0x05};
  push(parts[0], 0);
  push(empty, 0);
  push(parts[1], 0);
  push(empty, 0);
  push(parts[2], 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsOf(*units[0]), (Nals{idr(100)}));
  EXPECT_EQ(hits(Quirk::kFragmentMalformed), 3U);
  EXPECT_EQ(counters().malformed, 0U);
}

TEST_F(H264OdditiesTest, TakesAnEmptyFirstFragment) {
  std::vector<Bytes> parts = fuA(idr(100), 2);
  parts[0][1] &= 0x7F;
  parts.insert(parts.begin(), Bytes{parts[0][0], 0x85});
  push(parts, 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsOf(*units[0]), (Nals{idr(100)}));
  EXPECT_TRUE(units[0]->keyFrame);
  EXPECT_EQ(hits(Quirk::kFragmentMalformed), 1U);
}

TEST_F(H264OdditiesTest, ClosesAFragmentWithoutEndBitWhereNoPacketIsMissing) {
  std::vector<Bytes> parts = fuA(idr(100), 2);
  parts[1][1] = 0x05;
  push(parts, 0, true);
  push(parts, 3600, false);
  push(inter(), 7200, true);
  push(parts, 10800, false);
  push(inter(50, false), 10800, true);
  ASSERT_EQ(units.size(), 4U);
  EXPECT_EQ(nalsOf(*units[0]), (Nals{idr(100)}));
  EXPECT_EQ(nalsOf(*units[1]), (Nals{idr(100)}));
  EXPECT_EQ(nalsOf(*units[3]), (Nals{idr(100), inter(50, false)}));
  EXPECT_EQ(counters().malformed, 3U);
  EXPECT_EQ(hits(Quirk::kFragmentMalformed), 3U);
}

TEST_F(H264OdditiesTest, KeepsInStepPastThePayloadsOfTheInterleavedMode) {
  const std::vector<Bytes> interleaved = {
      fromHex("19000000026588"),              // STAP-B
      fromHex("1a0000000500000065880000"),    // MTAP16
      fromHex("1b000000060000000065880000"),  // MTAP24
      fromHex("7d85000088"),                  // FU-B
  };
  uint32_t timestamp = 0;
  for (const Bytes& payload : interleaved) {
    push(payload, timestamp, true);
    push(inter(), timestamp + 3600, true);
    timestamp += 7200;
  }
  EXPECT_EQ(units.size(), interleaved.size());
  EXPECT_EQ(counters().malformed, interleaved.size());
  for (const auto& unit : units) EXPECT_EQ(nalsOf(*unit), (Nals{inter()}));
}

// B-frames.

TEST_F(H264OdditiesTest, CountsReorderedPicturesOncePerParameters) {
  // High profile with two reordered pictures.
  const Bytes sps = fromHex("67640028acd940780227e5c044000003000400000300c83c60c658");
  const Bytes pps = fromHex("68ebe3cb22c0");
  begin(sps, pps);
  for (uint32_t gop = 0; gop < 2; ++gop) {
    const uint32_t at = gop * 36000;
    push(idr(), at, true);
    push(inter(), at + 10800, true);
    push(inter(), at + 3600, true);
    push(inter(), at + 7200, true);
  }
  ASSERT_EQ(units.size(), 8U);
  EXPECT_EQ(units[0]->parameters->reorderDepth, 2);
  EXPECT_EQ(units[2]->mediaTime, 3600);
  EXPECT_EQ(hits(Quirk::kReorderedPictures), 1U);
}

TEST_F(H264OdditiesTest, CountsNoReorderedPicturesWhereTimeGoesOnOrLeaps) {
  const Bytes sps = fromHex("67640028acd940780227e5c044000003000400000300c83c60c658");
  begin(sps, fromHex("68ebe3cb22c0"));
  push(idr(), 5000000, true);
  push(inter(), 5003600, true);
  push(inter(), 3600, true);
  depacketizer.onRestart();
  push(inter(), 100, true);
  EXPECT_EQ(units.size(), 4U);
  EXPECT_EQ(hits(Quirk::kReorderedPictures), 0U);
}

// Parameters that change.

TEST_F(H264OdditiesTest, CountsAChangeOfParametersInMidStream) {
  // The SPS of Retina's depacketize_parameter_change: 1920x1080, then 640x480 with the same PPS.
  const Bytes pps = fromHex("68ee3c80");
  begin(fromHex("674d002a9da81e0089f966e020202800000300080000030"
                "07c20"),
        pps);
  push(idr(), 0, true);
  pushSets(fromHex("674d401e9a640501eff350101014"
                   "00000fa000013880"
                   "10"),
           pps, 3600);
  push(inter(), 7200, true);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[0]->parameters->width, 1920);
  EXPECT_EQ(units[1]->parameters->width, 640);
  EXPECT_EQ(units[1]->parameters->height, 480);
  EXPECT_EQ(units[1]->parameters, units[2]->parameters);
  EXPECT_EQ(hits(Quirk::kParametersChanged), 1U);
  EXPECT_EQ(hits(Quirk::kParametersRepeated), 0U);
}

TEST_F(H264OdditiesTest, KeepsTheParametersWhereSetsDifferInNothingThatMatters) {
  pushSets(test::kSps, test::kPps, 0);
  EXPECT_EQ(allHits(), 0U);
  Bytes padded = test::kSps;
  padded.insert(padded.end(), 3, 0);
  pushSets(padded, test::kPps, 3600);
  EXPECT_EQ(hits(Quirk::kParametersRepeated), 1U);
  Bytes paddedPps = test::kPps;
  paddedPps.push_back(0);
  pushSets(padded, paddedPps, 7200);
  EXPECT_EQ(hits(Quirk::kParametersRepeated), 2U);
  pushSets(padded, paddedPps, 10800);
  EXPECT_EQ(hits(Quirk::kParametersRepeated), 2U);
  EXPECT_EQ(hits(Quirk::kParametersChanged), 0U);
  ASSERT_EQ(units.size(), 4U);
  for (const auto& unit : units) EXPECT_EQ(unit->parameters, units[0]->parameters);
}

TEST_F(H264OdditiesTest, CountsNoChangeBetweenSdpAndTheFirstPicture) {
  pushSets(test::kOtherSps, test::kOtherPps, 0);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->parameters->width, 1920);
  EXPECT_EQ(allHits(), 0U);
}

// The marker on every slice.

class MarkedSlicesTest : public H264OdditiesTest {
 protected:
  /// A picture of three slices, each with the marker.
  void pushPicture(uint32_t timestamp, bool key = false) {
    push(key ? idr(40) : inter(40), timestamp, true);
    push(key ? idr(50, false) : inter(50, false), timestamp, true);
    push(fuA(key ? idr(60, false) : inter(60, false), 2), timestamp, true);
  }
};

TEST_F(MarkedSlicesTest, StayOnePictureOnceTheStreamWasSeenDoingIt) {
  pushPicture(0, true);
  // The first slice was out before the second could tell.
  ASSERT_EQ(units.size(), 1U);
  EXPECT_TRUE(units[0]->keyFrame);
  pushPicture(3600);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(nalsOf(*units[1]), (Nals{idr(50, false), idr(60, false)}));
  EXPECT_FALSE(units[1]->keyFrame);
  EXPECT_EQ(units[1]->mediaTime, 0);
  pushPicture(7200, true);
  pushPicture(10800);
  ASSERT_EQ(units.size(), 4U);
  EXPECT_EQ(nalsOf(*units[2]), (Nals{inter(40), inter(50, false), inter(60, false)}));
  EXPECT_EQ(nalsOf(*units[3]), (Nals{idr(40), idr(50, false), idr(60, false)}));
  EXPECT_TRUE(units[3]->keyFrame);
  EXPECT_EQ(units[3]->mediaTime, 7200);
  EXPECT_EQ(hits(Quirk::kMarkerOnEverySlice), 8U);
  EXPECT_EQ(counters().dropped, 0U);
}

TEST_F(MarkedSlicesTest, HaveTheArrivalOfTheirOwnLastPacket) {
  pushPicture(0, true);
  const int64_t before = arrival;
  pushPicture(3600);
  pushPicture(7200);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[2]->arrivalMicros, before + 3000);  // four packets, 1000 us apart
}

TEST_F(MarkedSlicesTest, AreDeliveredWhenTheNextPictureBeginsThoughTheTimestampStays) {
  pushPicture(0, true);
  pushPicture(0);
  pushPicture(0);
  push(stapA({test::kSps, test::kPps}), 0);
  ASSERT_EQ(units.size(), 4U);
  EXPECT_EQ(nalsOf(*units[2]).size(), 3U);
  EXPECT_EQ(nalsOf(*units[3]).size(), 3U);
}

TEST_F(MarkedSlicesTest, AreKnownOverReconnects) {
  pushPicture(0, true);
  begin(test::kSps, test::kPps);
  units.clear();
  pushPicture(0, true);
  pushPicture(3600);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsOf(*units[0]), (Nals{idr(40), idr(50, false), idr(60, false)}));
}

TEST_F(MarkedSlicesTest, AreDroppedTogetherWhereOneWasLost) {
  pushPicture(0, true);
  pushPicture(3600);
  units.clear();
  push(inter(40), 7200, true);
  depacketizer.onLoss();
  push(inter(60, false), 7200, true);
  pushPicture(10800);
  pushPicture(14400);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0]->mediaTime, 3600);
  EXPECT_EQ(units[1]->mediaTime, 10800);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(nalsOf(*units[1]).size(), 3U);
  EXPECT_EQ(counters().dropped, 1U);
}

TEST_F(MarkedSlicesTest, AreDeliveredBeforeAnotherTimelineBegins) {
  pushPicture(0, true);
  pushPicture(3600);
  depacketizer.onRestart();
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[2]->mediaTime, 3600);
  EXPECT_EQ(counters().dropped, 0U);
}

TEST_F(MarkedSlicesTest, AreNotSupposedOfPicturesThatShareATimestamp) {
  for (uint32_t i = 0; i < 4; ++i) {
    push(inter(40), 0);
    push(inter(50, false), 0, true);
  }
  EXPECT_EQ(units.size(), 4U);
  EXPECT_EQ(hits(Quirk::kMarkerOnEverySlice), 0U);
}

TEST_F(MarkedSlicesTest, AreNotSupposedWhereAPacketWasLost) {
  push(idr(), 0, true);
  depacketizer.onLoss();
  push(inter(40, false), 0, true);
  push(inter(), 3600, true);
  EXPECT_EQ(units.size(), 2U);
  EXPECT_EQ(hits(Quirk::kMarkerOnEverySlice), 0U);
}

}  // namespace
}  // namespace flux::rtsp
