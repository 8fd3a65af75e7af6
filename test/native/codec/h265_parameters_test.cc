// hvcC records, codec strings, VPS and PPS.
#include <gtest/gtest.h>

#include "codec/bit_writer.h"
#include "codec/h265.h"
#include "h265_samples.h"

namespace flux::h265 {
namespace {

using test::H265Sample;

Bytes h265Nal(BitWriter& bits, uint8_t type) {
  Bytes out = bits.nal(1);  // nuh_layer_id 0, nuh_temporal_id_plus1 1
  out.insert(out.begin(), static_cast<uint8_t>(type << 1));
  return out;
}

CodecParametersPtr make(const H265Sample& sample) {
  return makeParameters(fromHex(sample.vps), fromHex(sample.sps), fromHex(sample.pps));
}

class KnownH265Parameters : public testing::TestWithParam<H265Sample> {};

TEST_P(KnownH265Parameters, SurviveTheirHvcCRecord) {
  const H265Sample& sample = GetParam();
  const auto made = make(sample);
  ASSERT_TRUE(made) << sample.name;
  EXPECT_EQ(made->codec, Codec::kH265);
  EXPECT_EQ(made->codecString, sample.codecString);
  EXPECT_EQ(made->width, sample.width);
  EXPECT_EQ(made->height, sample.height);
  EXPECT_EQ(made->profileIdc, sample.profile);
  EXPECT_EQ(made->levelIdc, sample.level);
  EXPECT_EQ(made->reorderDepth, sample.reorderDepth);
  EXPECT_DOUBLE_EQ(made->frameRate, sample.frameRate);
  const auto back = parametersFromHvcC(made->decoderConfiguration);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->vps, fromHex(sample.vps));
  EXPECT_EQ(back->sps, fromHex(sample.sps));
  EXPECT_EQ(back->pps, fromHex(sample.pps));
  EXPECT_EQ(back->decoderConfiguration, made->decoderConfiguration);
  EXPECT_EQ(back->codecString, made->codecString);
}

TEST_P(KnownH265Parameters, MakeTheRecordThatFfmpegMakesButForCompleteness) {
  const H265Sample& sample = GetParam();
  const auto array = [](int type, const std::string& set) {
    ByteWriter out;
    // ffmpeg says of an 'hvc1' track that no set comes in band; of a camera we cannot.
    out.u8(static_cast<uint8_t>(type)).u16(1).u16(static_cast<uint16_t>(set.size() / 2));
    return toHex(out.view()) + set;
  };
  EXPECT_EQ(
      toHex(make(sample)->decoderConfiguration),
      sample.recordHead + array(32, sample.vps) + array(33, sample.sps) + array(34, sample.pps));
}

TEST_P(KnownH265Parameters, HvcCIsRefusedHoweverItIsCut) {
  const Bytes record = make(GetParam())->decoderConfiguration;
  for (size_t size = 0; size < record.size(); ++size) {
    const Bytes cut(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(parametersFromHvcC(cut)) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(X265, KnownH265Parameters, testing::ValuesIn(test::kH265Samples));

TEST(HvcC, KeepsAllItsArraysAndGetsFourByteLengths) {
  const auto made = make(test::kH265Samples[0]);
  Bytes record = made->decoderConfiguration;
  record[21] = static_cast<uint8_t>((record[21] & ~3) | 1);  // two-byte lengths
  record[22] = 4;
  const Bytes sei = fromHex(
      "a70001"
      "0003"
      "4e0180");
  record.insert(record.end(), sei.begin(), sei.end());
  const auto parameters = parametersFromHvcC(record);
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->sps, made->sps);
  Bytes expected = record;
  expected[21] |= 3;
  EXPECT_EQ(parameters->decoderConfiguration, expected);
}

TEST(HvcC, IsRefusedOfAnotherVersionOrWithoutASet) {
  const Bytes record = make(test::kH265Samples[0])->decoderConfiguration;
  Bytes other = record;
  other[0] = 2;
  EXPECT_FALSE(parametersFromHvcC(other));
  other = record;
  other[22] = 2;  // the PPS array is not counted
  EXPECT_FALSE(parametersFromHvcC(other));
}

TEST(H265CodecString, NamesProfileSpaceTierAndConstraints) {
  Bytes sps = fromHex(test::kH265Samples[0].sps);
  // Profile space 2, high tier, profile 1; the bytes of sub-layers and compatibility stay.
  sps[3] = 0x80 | 0x20 | 1;
  const auto made =
      makeParameters(fromHex(test::kH265Samples[0].vps), sps, fromHex(test::kH265Samples[0].pps));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->codecString, "hvc1.B1.6.H63.90");
}

TEST(H265Parameters, LeaveOutZerosBehindAParameterSet) {
  const H265Sample& sample = test::kH265Samples[0];
  const std::string zeros = "000000";
  const auto made = makeParameters(fromHex(sample.vps + zeros), fromHex(sample.sps + zeros),
                                   fromHex(sample.pps + zeros));
  ASSERT_TRUE(made);
  EXPECT_EQ(toHex(made->vps), sample.vps);
  EXPECT_EQ(toHex(made->sps), sample.sps);
  EXPECT_EQ(toHex(made->pps), sample.pps);
}

TEST(H265Parameters, NeedAllThreeSets) {
  const Bytes vps = fromHex(test::kH265Samples[0].vps);
  const Bytes sps = fromHex(test::kH265Samples[0].sps);
  const Bytes pps = fromHex(test::kH265Samples[0].pps);
  EXPECT_TRUE(makeParameters(vps, sps, pps));
  EXPECT_FALSE(makeParameters({}, sps, pps));
  EXPECT_FALSE(makeParameters(vps, {}, pps));
  EXPECT_FALSE(makeParameters(vps, sps, {}));
  EXPECT_FALSE(makeParameters(sps, vps, pps));
  EXPECT_FALSE(makeParameters(ByteView(vps).first(2), sps, pps));
  EXPECT_FALSE(makeParameters(vps, ByteView(sps).first(16), pps));
  EXPECT_FALSE(makeParameters(vps, sps, ByteView(pps).first(3)));
}

/// A VPS with two sub-layers and, where `timeScale` is none, no timing.
Bytes makeVps(uint32_t timeScale) {
  BitWriter out;
  out.bits(0, 4).bits(3, 2).bits(0, 6).bits(1, 3).flag(true).bits(0xFFFF, 16);
  out.bits(1, 8).bits(0x60000000, 32).bits(0, 48).bits(93, 8);
  out.flag(true).flag(true).bits(0, 14).bits(0, 44).bits(0, 44).bits(90, 8);
  out.flag(false).ue(3).ue(1).ue(0);
  out.bits(0, 6).ue(2).flag(true).flag(true);
  out.flag(timeScale != 0);
  if (timeScale != 0) out.bits(1001, 32).bits(timeScale, 32).flag(false).ue(0);
  out.flag(false);
  return h265Nal(out, kNalVps);
}

TEST(Vps, TellsTheFrameRateWhereTheSpsDoesNot) {
  const auto vps = parseVps(makeVps(24000));
  ASSERT_TRUE(vps);
  EXPECT_EQ(vps->subLayers, 2);
  EXPECT_DOUBLE_EQ(vps->frameRate, 24000.0 / 1001);
  EXPECT_EQ(parseVps(makeVps(0))->frameRate, 0);
  const H265Sample& silent = test::kH265Samples[4];
  ASSERT_EQ(silent.frameRate, 0);
  const auto made = makeParameters(makeVps(24000), fromHex(silent.sps), fromHex(silent.pps));
  EXPECT_DOUBLE_EQ(made->frameRate, 24000.0 / 1001);
}

TEST(Vps, IsRefusedHoweverItIsCutBeforeItsTiming) {
  const Bytes whole = makeVps(24000);
  for (size_t size = 0; size < 30; ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(parseVps(cut)) << size;
  }
}

struct PpsWish {
  uint64_t id = 0;
  uint64_t spsId = 0;
  bool tiles = false;
  bool wavefronts = false;
  bool scalingLists = false;
};

Bytes makePps(const PpsWish& wish) {
  BitWriter out;
  out.ue(wish.id).ue(wish.spsId).flag(false).flag(true).bits(2, 3).flag(false).flag(true);
  out.ue(0).ue(0).se(-3).flag(false).flag(false).flag(true).ue(1).se(1).se(-1);
  out.bits(0, 4).flag(wish.tiles).flag(wish.wavefronts);
  if (wish.tiles) out.ue(1).ue(0).flag(true).flag(true);
  out.flag(true).flag(false).flag(wish.scalingLists);
  if (wish.scalingLists) {
    for (int i = 0; i < 20; ++i) out.flag(false).ue(0);
  }
  out.flag(false).ue(0).flag(false).flag(false);
  return h265Nal(out, kNalPps);
}

TEST(H265Pps, TellsHowSlicesMayBeDecodedBesideEachOther) {
  const auto pps = parsePps(makePps({.id = 63, .spsId = 15, .tiles = true, .wavefronts = true}));
  ASSERT_TRUE(pps);
  EXPECT_EQ(pps->id, 63);
  EXPECT_EQ(pps->spsId, 15);
  EXPECT_TRUE(pps->tiles);
  EXPECT_TRUE(pps->entropyCodingSync);
  EXPECT_TRUE(parsePps(fromHex(test::kH265Samples[4].pps))->entropyCodingSync);
}

TEST(H265Pps, IsTakenWithScalingListsOfItsOwn) {
  const Bytes pps = makePps({.scalingLists = true});
  ASSERT_TRUE(parsePps(pps));
  const H265Sample& sample = test::kH265Samples[0];
  const auto made = makeParameters(fromHex(sample.vps), fromHex(sample.sps), pps);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->pps, pps);
  // Retina's parse_pps (src/codec/h265/nal.rs).
  EXPECT_TRUE(parsePps(fromHex("4401c0f2c68d03b340")));
}

TEST(H265Pps, IsRefusedWithNumbersThatCannotBe) {
  EXPECT_FALSE(parsePps(makePps({.id = 64})));
  EXPECT_FALSE(parsePps(makePps({.spsId = 16})));
  EXPECT_FALSE(parsePps(fromHex("4401")));
  EXPECT_FALSE(parsePps(fromHex("4209c172b46240")));
}

TEST(H265StartsPicture, IsTrueForTheFirstSliceSegmentOfTheBaseLayerOnly) {
  EXPECT_TRUE(startsPicture(Bytes{0x26, 0x01, 0xAF}));   // IDR_W_RADL
  EXPECT_TRUE(startsPicture(Bytes{0x00, 0x01, 0x80}));   // TRAIL_N, type 0
  EXPECT_TRUE(startsPicture(Bytes{0x02, 0x01, 0xD0}));   // TRAIL_R
  EXPECT_FALSE(startsPicture(Bytes{0x02, 0x01, 0x50}));  // another segment
  EXPECT_FALSE(startsPicture(Bytes{0x02, 0x09, 0xD0}));  // nuh_layer_id 1
  EXPECT_FALSE(startsPicture(Bytes{0x42, 0x01, 0x80}));  // SPS
  EXPECT_FALSE(startsPicture(Bytes{0x2C, 0x01, 0x80}));  // reserved, type 22
  EXPECT_FALSE(startsPicture(Bytes{0x26, 0x01}));
  EXPECT_FALSE(startsPicture({}));
}

}  // namespace
}  // namespace flux::h265
