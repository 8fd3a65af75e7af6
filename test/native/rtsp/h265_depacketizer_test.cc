// Access units out of the payloads of RFC 7798, with everything that goes wrong on the way.
#include "rtsp/h265_depacketizer.h"

#include <gtest/gtest.h>

#include "codec/h265.h"
#include "h265_packets.h"
#include "h26x_fixture.h"

namespace flux::rtsp {
namespace {

using test::ap265;
using test::fu265;
using test::idr265;
using test::nalsIn;
using test::segment265;
using test::trail265;

class H265DepacketizerTest : public test::NalDepacketizerTest<H265Depacketizer> {
 protected:
  explicit H265DepacketizerTest(size_t maxUnitBytes = 1U << 20)
      : NalDepacketizerTest(maxUnitBytes) {
    begin(test::kVps265, test::kSps265, test::kPps265);
  }

  void begin(const Bytes& vps, const Bytes& sps, const Bytes& pps,
             const std::string& parameters = "") {
    Track track;
    track.codec = Codec::kH265;
    track.vps = vps;
    track.sps = sps;
    track.pps = pps;
    track.parameters = parameters;
    depacketizer.begin(track);
  }
  void beginWithOrderNumbers() {
    begin(test::kVps265, test::kSps265, test::kPps265, "profile-id=1;sprop-max-don-diff=2");
  }
  void pushSets(const Bytes& vps, const Bytes& sps, const Bytes& pps, uint32_t timestamp) {
    push(ap265({vps, sps, pps}), timestamp);
    push(idr265(), timestamp, true);
  }
};

TEST_F(H265DepacketizerTest, DeliversASingleNalUnitAtTheMarker) {
  push(idr265(), 3600, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsIn(*units[0]), (Nals{idr265()}));
  EXPECT_TRUE(units[0]->keyFrame);
  EXPECT_EQ(units[0]->mediaTime, 3600);
  EXPECT_EQ(units[0]->parameters->codec, Codec::kH265);
  EXPECT_EQ(units[0]->parameters->width, 640);
  EXPECT_EQ(units[0]->parameters->codecString, "hvc1.1.6.L63.90");
}

TEST_F(H265DepacketizerTest, IsMadeForTheCodec) {
  const auto made = makeDepacketizer(Codec::kH265, {1024, nullptr, [](const AccessUnitPtr&) {}});
  EXPECT_NE(dynamic_cast<H265Depacketizer*>(made.get()), nullptr);
}

TEST_F(H265DepacketizerTest, KeepsEveryNalUnitOfAPictureInOrderAndUntouched) {
  const Nals nals = {test::kDelimiter265, test::kVps265,       test::kSps265,
                     test::kPps265,       test::kPrefixSei265, idr265(3000),
                     idr265(2000, false), test::kSuffixSei265, test::kEndOfSequence265};
  push(ap265({nals[0], nals[1], nals[2], nals[3], nals[4]}), 0);
  push(fu265(nals[5], 3), 0, false);
  push(fu265(nals[6], 2), 0, false);
  push(ap265({nals[7], nals[8]}), 0, true);
  push(trail265(), 3600, false);
  push(test::kEndOfSequence265, 3600, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(nalsIn(*units[0]), nals);
  EXPECT_TRUE(units[0]->keyFrame);
  EXPECT_EQ(nalsIn(*units[1]), (Nals{trail265(), test::kEndOfSequence265}));
  EXPECT_EQ(allHits(), 0U);
  EXPECT_EQ(counters().malformed, 0U);
}

TEST_F(H265DepacketizerTest, PutsFragmentsTogetherHoweverManyThereAre) {
  const Bytes nal = trail265(5000);
  for (const size_t count : {2, 3, 17, 4998}) {
    push(fu265(nal, count), static_cast<uint32_t>(count), true);
    EXPECT_EQ(nalsIn(*units.back()), (Nals{nal})) << count;
  }
  EXPECT_EQ(units.size(), 4U);
  EXPECT_EQ(allHits(), 0U);
}

TEST_F(H265DepacketizerTest, StartsDecodingAtEveryRandomAccessPicture) {
  uint32_t timestamp = 0;
  for (uint8_t type = 0; type <= 21; ++type) {
    if (type > 9 && type < 16) continue;  // reserved
    push(segment265(type, 30), timestamp += 3600, true);
    ASSERT_FALSE(units.empty());
    EXPECT_EQ(units.back()->keyFrame, type >= 16) << int{type};
    EXPECT_EQ(nalsIn(*units.back()), (Nals{segment265(type, 30)}));
  }
  EXPECT_EQ(units.size(), 16U);
}

TEST_F(H265DepacketizerTest, TakesTrailingPicturesOfTypeZeroForPicturesAndNotForStartCodes) {
  // TRAIL_N of the Intel N100's encoder: its header is 00 01 (Retina 0.4.14).
  const Bytes nal = fromHex("0001e1d2c3b4a5968778");
  push(nal, 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsIn(*units[0]), (Nals{nal}));
  EXPECT_EQ(allHits(), 0U);
}

TEST_F(H265DepacketizerTest, DeliversAtATimestampChangeOrDelimiterWhereTheMarkerIsMissing) {
  push(idr265(), 0);
  push(trail265(), 3600);
  ASSERT_EQ(units.size(), 1U);
  push(test::kDelimiter265, 3600);
  ASSERT_EQ(units.size(), 2U);
  push(trail265(), 3600, true);
  EXPECT_EQ(nalsIn(*units[2]), (Nals{test::kDelimiter265, trail265()}));
}

TEST_F(H265DepacketizerTest, DropsAnAccessUnitWhoseFragmentWasLost) {
  push(idr265(), 0, true);
  const Nals parts = fu265(trail265(3000), 3);
  push(parts[0], 3600);
  depacketizer.onLoss();
  push(parts[2], 3600, true);
  push(trail265(), 7200, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[1]->mediaTime, 7200);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(counters().dropped, 1U);
  EXPECT_EQ(counters().malformed, 0U);
}

TEST_F(H265DepacketizerTest, DropsAnAccessUnitWhoseFirstSegmentWasLost) {
  push(idr265(), 0, true);
  depacketizer.onLoss();
  push(trail265(20, false), 3600, true);
  EXPECT_EQ(units.size(), 1U);
  EXPECT_EQ(counters().dropped, 1U);
}

TEST_F(H265DepacketizerTest, WaitsForAllThreeParameterSets) {
  begin({}, {}, {});
  push(idr265(), 0, true);
  push(ap265({test::kSps265, test::kPps265}), 3600);
  push(idr265(), 3600, true);
  EXPECT_TRUE(units.empty());
  push(test::kVps265, 7200);
  push(idr265(), 7200, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->parameters->vps, test::kVps265);
  EXPECT_EQ(counters().dropped, 2U);
}

TEST_F(H265DepacketizerTest, PassesOnOtherLayersWithoutTakingThemForPictures) {
  Bytes enhancement = trail265(50);
  enhancement[1] = 0x09;  // nuh_layer_id 1
  push(idr265(), 0);
  push(enhancement, 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsIn(*units[0]), (Nals{idr265(), enhancement}));
}

TEST_F(H265DepacketizerTest, LooksThroughPaciPackets) {
  const auto paci = [](const Bytes& payload, size_t extension) {
    const auto type = static_cast<uint8_t>(payload[0] >> 1 & 0x3F);
    Bytes out = {50 << 1, payload[1], static_cast<uint8_t>(type << 1 | extension >> 4),
                 static_cast<uint8_t>((extension & 0x0F) << 4)};
    out.insert(out.end(), extension, 0xEE);
    out.insert(out.end(), payload.begin() + 2, payload.end());
    return out;
  };
  push(paci(ap265({test::kVps265, test::kSps265, test::kPps265}), 0), 0);
  for (const Bytes& part : fu265(idr265(3000), 3)) push(paci(part, 3), 0);
  push(paci(idr265(50, false), 20), 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsIn(*units[0]),
            (Nals{test::kVps265, test::kSps265, test::kPps265, idr265(3000), idr265(50, false)}));
  EXPECT_EQ(counters().malformed, 0U);
}

TEST_F(H265DepacketizerTest, CountsPayloadsItCannotReadAndDropsTheirUnit) {
  const Nals bad = {
      {0x02},                                      // half a header
      {0x60, 0x01},                                // AP without units
      {0x60, 0x01, 0x00},                          // AP without a size
      {0x60, 0x01, 0x00, 0x05, 0x02, 0x01, 0xAF},  // longer than the payload
      {0x60, 0x01, 0x00, 0x01, 0x02},              // half a header in an AP
      {0x60, 0x01, 0x00, 0x03, 0x62, 0x01, 0x80},  // a fragment in an AP
      {0x62, 0x01},                                // FU without header
      {0x62, 0x01, 0x80 | 48, 0x01},               // a fragment of an aggregate
      {0x64, 0x01, 0x02},                          // PACI cut in its header
      {0x64, 0x01, 0x03, 0xF0, 0x11, 0x11},        // PACI without its extension
      {0x64, 0x01, 50 << 1, 0x00, 0x11},           // PACI in PACI
      {0x66, 0x01, 0x00},                          // reserved
      {0x7E, 0x01, 0x00},                          // unspecified
  };
  push(idr265(), 0, true);
  for (size_t i = 0; i < bad.size(); ++i) {
    const auto timestamp = static_cast<uint32_t>(1000 + i);
    push(bad[i], timestamp);
    EXPECT_EQ(counters().malformed, i + 1) << toHex(bad[i]);
    push(trail265(), timestamp, true);
    EXPECT_EQ(counters().dropped, i + 1) << toHex(bad[i]);
  }
  EXPECT_EQ(units.size(), 1U);
  push(trail265(), 5000, true);
  EXPECT_EQ(units.size(), 2U);
}

// Decoding order numbers.

TEST_F(H265DepacketizerTest, ReadsDecodingOrderNumbersWhereSdpAnnouncesThem) {
  beginWithOrderNumbers();
  // AP: DONL 5; then DOND 0 and 0, so 6 and 7.
  Bytes aggregate = {0x60, 0x01, 0x00, 0x05};
  const Nals sets = {test::kVps265, test::kSps265, test::kPps265};
  for (size_t i = 0; i < sets.size(); ++i) {
    if (i > 0) aggregate.push_back(0);
    aggregate.push_back(0);
    aggregate.push_back(static_cast<uint8_t>(sets[i].size()));
    aggregate.insert(aggregate.end(), sets[i].begin(), sets[i].end());
  }
  push(aggregate, 0);
  Nals parts = fu265(idr265(300), 3);
  parts[0].insert(parts[0].begin() + 3, {0x00, 0x08});
  push(parts, 0, true);
  Bytes single = trail265();
  single.insert(single.begin() + 2, {0x00, 0x09});
  push(single, 3600, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(nalsIn(*units[0]), (Nals{test::kVps265, test::kSps265, test::kPps265, idr265(300)}));
  EXPECT_EQ(nalsIn(*units[1]), (Nals{trail265()}));
  EXPECT_EQ(counters().malformed, 0U);
}

TEST_F(H265DepacketizerTest, DropsPicturesThatComeOutOfDecodingOrder) {
  beginWithOrderNumbers();
  const auto numbered = [](const Bytes& nal, uint16_t number) {
    Bytes out = nal;
    out.insert(out.begin() + 2, {static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)});
    return out;
  };
  push(numbered(idr265(), 0xFFFF), 0, true);
  push(numbered(trail265(), 1), 3600, true);
  push(numbered(trail265(), 0), 7200, true);
  push(numbered(trail265(), 2), 14400, true);
  EXPECT_EQ(counters().malformed, 1U);
  EXPECT_EQ(counters().dropped, 1U);
  EXPECT_EQ(units.back()->mediaTime, 14400);
}

// Oddities.

TEST_F(H265DepacketizerTest, WaitsForASliceWhereTheMarkerOrTimestampIsOnParameterSets) {
  push(test::kVps265, 0, true);
  push(test::kSps265, 0, true);
  push(test::kPps265, 0, true);
  push(test::kPrefixSei265, 10, true);
  push(idr265(), 20, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(nalsIn(*units[0]).size(), 5U);
  EXPECT_EQ(units[0]->mediaTime, 20);
  EXPECT_EQ(hits(Quirk::kMarkerOnParameterSet), 4U);
  EXPECT_EQ(hits(Quirk::kTimestampInUnit), 2U);
}

TEST_F(H265DepacketizerTest, SplitsAnnexBInsideAPayload) {
  const Nals nals = {test::kVps265, test::kSps265, test::kPps265, idr265()};
  const Bytes payload = joinedByStartCodes(nals);
  push(payload, 0, true);
  push(behindStartCode(payload), 3600, true);
  push(fu265(payload, 3), 7200, true);
  ASSERT_EQ(units.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(nalsIn(*units[i]), nals) << i;
    EXPECT_TRUE(units[i]->keyFrame);
  }
  EXPECT_EQ(hits(Quirk::kAnnexBInPayload), 3U);
}

TEST_F(H265DepacketizerTest, DropsAPictureWhoseSliceIsNothingButZerosBeforeAStartCode) {
  // Slices are searched for start codes from the first one on that came elsewhere.
  push(joinedByStartCodes({test::kVps265, test::kSps265, test::kPps265, idr265()}), 0, true);
  push(Bytes{0x02, 0, 0, 0, 1, 0x02}, 3600, true);  // TRAIL_R by its first byte
  push(idr265(), 7200, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[1]->mediaTime, 7200);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(counters().malformed, 1U);
  EXPECT_EQ(counters().dropped, 1U);
}

TEST_F(H265DepacketizerTest, TakesParameterSetsOfSdpWithStartCodesAroundThem) {
  Bytes behind = test::kSps265;
  behind.insert(behind.end(), {0, 0, 0, 1});
  begin(behindStartCode(test::kVps265), behind, behindStartCode(test::kPps265));
  push(idr265(), 0, true);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0]->parameters->vps, test::kVps265);
  EXPECT_EQ(units[0]->parameters->sps, test::kSps265);
  EXPECT_EQ(units[0]->parameters->pps, test::kPps265);
}

TEST_F(H265DepacketizerTest, TakesOddFragments) {
  push(fu265(idr265(), 1), 0, true);  // start and end in one
  Nals parts = fu265(idr265(100), 3);
  parts[1][2] = 1;  // of another type
  const Bytes empty = {parts[0][0], parts[0][1], 19};
  push(parts[0], 3600);
  push(empty, 3600);
  push(parts[1], 3600);
  push(parts[2], 3600, true);
  parts = fu265(idr265(100), 2);
  parts[1][2] = 19;  // without end
  push(parts, 7200, true);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(nalsIn(*units[0]), (Nals{idr265()}));
  EXPECT_EQ(nalsIn(*units[1]), (Nals{idr265(100)}));
  EXPECT_EQ(nalsIn(*units[2]), (Nals{idr265(100)}));
  EXPECT_EQ(hits(Quirk::kFragmentMalformed), 4U);
  EXPECT_EQ(counters().malformed, 1U);
}

TEST_F(H265DepacketizerTest, CountsReorderedPicturesOncePerParameters) {
  push(idr265(), 0, true);
  push(trail265(), 10800, true);
  for (uint32_t i = 0; i < 4; ++i) push(trail265(), (3 - i % 2) * 3600, true);
  ASSERT_EQ(units.size(), 6U);
  EXPECT_EQ(units[0]->parameters->reorderDepth, 2);
  EXPECT_EQ(hits(Quirk::kReorderedPictures), 1U);
}

TEST_F(H265DepacketizerTest, CountsAChangeOfParametersAndKeepsThemWhereNothingMatters) {
  pushSets(test::kVps265, test::kSps265, test::kPps265, 0);
  EXPECT_EQ(allHits(), 0U);
  pushSets(test::kVps265, test::kColourfulSps265, test::kPps265, 3600);
  EXPECT_EQ(hits(Quirk::kParametersRepeated), 1U);
  pushSets(test::kOtherVps265, test::kColourfulSps265, test::kPps265, 7200);
  EXPECT_EQ(hits(Quirk::kParametersRepeated), 2U);
  EXPECT_EQ(hits(Quirk::kParametersChanged), 0U);
  pushSets(test::kOtherVps265, test::kOtherSps265, test::kPps265, 10800);
  EXPECT_EQ(hits(Quirk::kParametersChanged), 1U);
  ASSERT_EQ(units.size(), 4U);
  EXPECT_EQ(units[1]->parameters, units[0]->parameters);
  EXPECT_EQ(units[2]->parameters, units[0]->parameters);
  EXPECT_EQ(units[3]->parameters->width, 1920);
}

TEST_F(H265DepacketizerTest, KeepsPicturesWholeWhoseEverySegmentHasTheMarker) {
  for (uint32_t picture = 0; picture < 4; ++picture) {
    for (uint32_t i = 0; i < 3; ++i) push(idr265(40 + i, i == 0), picture * 3600, true);
  }
  ASSERT_EQ(units.size(), 4U);  // the first slice, its rest, and two of three pictures
  EXPECT_EQ(nalsIn(*units[2]), (Nals{idr265(40), idr265(41, false), idr265(42, false)}));
  EXPECT_TRUE(units[2]->keyFrame);
  EXPECT_FALSE(units[1]->keyFrame);
  EXPECT_EQ(hits(Quirk::kMarkerOnEverySlice), 8U);
}

class SmallH265DepacketizerTest : public H265DepacketizerTest {
 protected:
  SmallH265DepacketizerTest() : H265DepacketizerTest(1000) {}
};

TEST_F(SmallH265DepacketizerTest, DropsAUnitOverTheLimitAndRecovers) {
  push(idr265(500), 0, true);
  push(fu265(trail265(2000), 5), 3600, true);
  push(trail265(900), 7200, true);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_TRUE(units[1]->discontinuity);
  EXPECT_EQ(counters().dropped, 1U);
}

}  // namespace
}  // namespace flux::rtsp
