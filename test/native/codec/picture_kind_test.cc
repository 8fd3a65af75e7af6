// B slices, and pictures that no other needs, by the heads of slices.
#include "codec/picture_kind.h"

#include <gtest/gtest.h>

#include "codec/bit_writer.h"
#include "codec/h264.h"
#include "codec/h265.h"
#include "codec/jpeg.h"
#include "h265_samples.h"
#include "samples.h"

namespace flux {
namespace {

AccessUnit unitOf(CodecParametersPtr parameters, const std::vector<Bytes>& nals) {
  AccessUnit unit;
  unit.parameters = std::move(parameters);
  for (const Bytes& nal : nals) nal::appendNal(unit.data, nal);
  return unit;
}

// H.264

CodecParametersPtr h264Parameters() {
  return h264::makeParameters(fromHex(test::kSamples[1].sps), fromHex(test::kSamples[1].pps));
}

/// A slice of a picture: `header` is nal_ref_idc and type.
Bytes h264Slice(uint8_t header, uint32_t type, uint32_t firstMacroblock = 0) {
  BitWriter out;
  out.ue(firstMacroblock).ue(type).ue(0).bits(0xABCD, 16);
  return out.nal(header);
}

AccessUnit h264Unit(const std::vector<Bytes>& nals) {
  return unitOf(h264Parameters(), nals);
}

TEST(H264BSlices, AreSeenAmongTheOthers) {
  const Bytes sei = {0x06, 5, 1, 0x80};
  for (const uint32_t type : {0U, 2U, 3U, 4U, 5U, 7U, 8U, 9U}) {
    EXPECT_FALSE(hasBidirectionalSlice(h264Unit({sei, h264Slice(0x41, type)}))) << type;
  }
  for (const uint32_t type : {1U, 6U}) {
    EXPECT_TRUE(hasBidirectionalSlice(h264Unit({sei, h264Slice(0x01, type)}))) << type;
    EXPECT_TRUE(
        hasBidirectionalSlice(h264Unit({h264Slice(0x01, 0), h264Slice(0x01, type, 65535)})));
  }
}

TEST(H264BSlices, AreReadThroughEmulationPrevention) {
  // first_mb_in_slice has so many zeros before it that the head is escaped.
  BitWriter out;
  out.ue((1U << 24) - 1).ue(1).ue(0);
  const Bytes slice = out.nal(uint8_t{0x01});
  ASSERT_EQ(toHex(slice).substr(0, 8), "01000003");
  EXPECT_TRUE(hasBidirectionalSlice(h264Unit({slice})));
}

TEST(H264BSlices, AreNotGuessedWhereTheHeadIsDamaged) {
  for (const Bytes& nal : {Bytes{0x41}, Bytes{0x41, 0}, Bytes{0x41, 0, 0, 3, 0, 0, 3, 0}}) {
    EXPECT_FALSE(hasBidirectionalSlice(h264Unit({nal})));
  }
  EXPECT_FALSE(hasBidirectionalSlice(h264Unit({})));
  EXPECT_FALSE(hasBidirectionalSlice(h264Unit({h264Slice(0x01, 11)})));
}

TEST(H264References, AreAllButPicturesWhoseSlicesSayOtherwise) {
  const Bytes sei = {0x06, 5, 1, 0x80};
  EXPECT_FALSE(isReference(h264Unit({sei, h264Slice(0x01, 1)})));
  EXPECT_FALSE(isReference(h264Unit({h264Slice(0x01, 0), h264Slice(0x01, 0, 40)})));
  EXPECT_TRUE(isReference(h264Unit({h264Slice(0x21, 0)})));
  EXPECT_TRUE(isReference(h264Unit({h264Slice(0x01, 0), h264Slice(0x61, 0, 40)})));
  EXPECT_TRUE(isReference(h264Unit({h264Slice(0x65, 7)})));
  EXPECT_TRUE(isReference(h264Unit({sei})));
  EXPECT_TRUE(isReference(h264Unit({})));
}

// H.265

constexpr uint32_t kB = 0;
constexpr uint32_t kP = 1;
constexpr uint32_t kI = 2;

/// Two flags of the PPS decide where slice_type stands.
Bytes h265Pps(bool dependentSlices, unsigned extraBits) {
  BitWriter out;
  out.ue(0).ue(0).flag(dependentSlices).flag(false).bits(extraBits, 3).bits(0, 2);
  out.ue(0).ue(0).se(0).bits(0, 2).flag(false).se(0).se(0).bits(0, 4).flag(false).flag(false);
  return out.nal(fromHex("4401"));
}

/// The samples' first SPS: 640x360 in blocks of 64, so that an address takes ceil(log2(60)) bits.
constexpr unsigned kAddressBits = 6;

CodecParametersPtr h265Parameters(bool dependentSlices = false, unsigned extraBits = 0) {
  const test::H265Sample& sample = test::kH265Samples.front();
  return h265::makeParameters(fromHex(sample.vps), fromHex(sample.sps),
                              h265Pps(dependentSlices, extraBits));
}

struct Segment {
  uint8_t type = h265::kNalTrailR;
  uint32_t slice = kP;
  unsigned address = 0;  ///< 0: the picture's first
  bool dependent = false;
  uint8_t temporalIdPlus1 = 1;
};

Bytes h265Segment(const Segment& wish, bool dependentSlices = false, unsigned extraBits = 0) {
  BitWriter out;
  out.flag(wish.address == 0);
  if (h265::isIrap(wish.type)) out.flag(false);
  out.ue(0);
  if (wish.address != 0) {
    if (dependentSlices) out.flag(wish.dependent);
    out.bits(wish.address, kAddressBits);
  }
  if (!wish.dependent) out.bits(0, extraBits).ue(wish.slice);
  out.bits(0xABCD, 16);
  return out.nal(Bytes{static_cast<uint8_t>(wish.type << 1), wish.temporalIdPlus1});
}

TEST(H265BSlices, AreSeenWhereverTheirTypeStands) {
  for (const bool dependent : {false, true}) {
    for (const unsigned extra : {0U, 3U}) {
      const auto parameters = h265Parameters(dependent, extra);
      ASSERT_NE(parameters, nullptr);
      const auto has = [&](const std::vector<Segment>& wishes) {
        std::vector<Bytes> nals;
        for (const Segment& wish : wishes) nals.push_back(h265Segment(wish, dependent, extra));
        return hasBidirectionalSlice(unitOf(parameters, nals));
      };
      EXPECT_TRUE(has({{.slice = kB}}));
      EXPECT_FALSE(has({{.slice = kP}}));
      EXPECT_FALSE(has({{.type = h265::kNalIdrWRadl, .slice = kI}}));
      EXPECT_FALSE(has({{.type = h265::kNalCra, .slice = kI}, {.slice = kP, .address = 59}}));
      EXPECT_TRUE(has({{.slice = kP}, {.slice = kB, .address = 31}}));
    }
  }
  const auto parameters = h265Parameters(true);
  EXPECT_FALSE(hasBidirectionalSlice(unitOf(
      parameters,
      {h265Segment({}, true), h265Segment({.slice = kB, .address = 5, .dependent = true}, true)})));
}

TEST(H265BSlices, AreNotGuessedWhereTheHeadIsDamaged) {
  EXPECT_FALSE(hasBidirectionalSlice(unitOf(h265Parameters(), {Bytes{0x02, 0x01}})));
  EXPECT_FALSE(hasBidirectionalSlice(unitOf(h265Parameters(), {Bytes{0x02, 0x01, 0x00}})));
  EXPECT_FALSE(hasBidirectionalSlice(unitOf(h265Parameters(), {Bytes{0x02}})));
}

TEST(H265References, AreAllButTheHighestSubLayersNonReferenceTypes) {
  const auto parameters = h265Parameters();
  const auto is = [&](const Segment& wish) {
    return isReference(unitOf(parameters, {h265Segment(wish)}));
  };
  using Types = std::initializer_list<uint8_t>;
  for (const uint8_t type : Types{1, 3, 5, 7, 9, 16, 18, 19, 20, 21})
    EXPECT_TRUE(is({.type = type}));
  for (const uint8_t type : Types{0, 2, 4, 6, 8}) EXPECT_FALSE(is({.type = type})) << int{type};
  EXPECT_TRUE(is({.type = 0, .temporalIdPlus1 = 0}));
  EXPECT_TRUE(isReference(unitOf(parameters, {h265Segment({.type = 0}), h265Segment({})})));
  EXPECT_TRUE(isReference(unitOf(parameters, {})));
}

TEST(H265References, IncludeWhatHigherSubLayersMayReferTo) {
  auto parameters = std::make_shared<CodecParameters>(*h265Parameters());
  constexpr uint8_t kThreeSubLayers = 2 << 1;
  parameters->sps[2] = static_cast<uint8_t>((parameters->sps[2] & ~0x0E) | kThreeSubLayers);
  const auto is = [&](uint8_t temporalIdPlus1) {
    return isReference(
        unitOf(parameters, {h265Segment({.type = 0, .temporalIdPlus1 = temporalIdPlus1})}));
  };
  EXPECT_TRUE(is(1));
  EXPECT_TRUE(is(2));
  EXPECT_FALSE(is(3));
}

// MJPEG

TEST(JpegPictures, NeedNoOtherAndAreNeededByNone) {
  const AccessUnit unit = unitOf(jpeg::makeParameters(320, 240), {Bytes(10, 0xFF)});
  EXPECT_FALSE(hasBidirectionalSlice(unit));
  EXPECT_FALSE(isReference(unit));
}

}  // namespace
}  // namespace flux
