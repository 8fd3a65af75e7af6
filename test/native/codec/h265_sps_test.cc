// Known SPS of H.265, and made-up ones at every limit.
#include <gtest/gtest.h>

#include "codec/h265.h"
#include "h265_samples.h"
#include "sps_fixture.h"

namespace flux::h265 {
namespace {

using test::H265Sample;

class KnownH265Sps : public testing::TestWithParam<H265Sample> {};

TEST_P(KnownH265Sps, IsReadInFull) {
  const H265Sample& sample = GetParam();
  const auto sps = parseSps(fromHex(sample.sps));
  ASSERT_TRUE(sps) << sample.name;
  EXPECT_EQ(sps->profile.idc, sample.profile);
  EXPECT_EQ(sps->profile.levelIdc, sample.level);
  test::expectPicture(*sps, sample);
}

TEST_P(KnownH265Sps, IsRefusedOrStillInBoundsHoweverItIsCut) {
  test::cutEverywhere(fromHex(GetParam().sps), 20, parseSps, [](const Sps& sps) {
    // Cut behind the picture's description: everything before it stands.
    EXPECT_EQ(sps.width, GetParam().width);
    EXPECT_EQ(sps.height, GetParam().height);
    EXPECT_EQ(sps.reorderDepth, GetParam().reorderDepth);
  });
}

INSTANTIATE_TEST_SUITE_P(X265, KnownH265Sps, testing::ValuesIn(test::kH265Samples));

TEST(CameraH265Sps, IsReadWithItsTiming) {
  const auto sps = parseSps(fromHex(test::kCameraSps));
  ASSERT_TRUE(sps);
  EXPECT_EQ(sps->width, 704);
  EXPECT_EQ(sps->height, 480);
  EXPECT_DOUBLE_EQ(sps->frameRate, 12);
}

TEST(CameraH265Sps, IsReadWithPredictedReferencePictureSets) {
  const auto sps = parseSps(fromHex(test::kPredictingCameraSps));
  ASSERT_TRUE(sps);
  EXPECT_EQ(sps->width, 2304);
  EXPECT_EQ(sps->height, 1296);
  EXPECT_EQ(sps->reorderDepth, 0);
}

enum class Sets { kNone, kPlain, kPredicted, kEndless };

/// What a made-up SPS says; the rest is as in a plain progressive 4:2:0 stream.
struct Wish {
  uint32_t subLayers = 1;
  bool subLayerProfiles = false;
  uint64_t chromaFormat = 1;
  uint64_t width = 1280;
  uint64_t height = 720;
  uint64_t cropRight = 0;
  uint64_t bitDepth = 0;  ///< minus 8
  bool orderingPerLayer = false;
  uint64_t reorder = 1;  ///< of the highest sub-layer
  bool scalingLists = false;
  bool pcm = false;
  Sets sets = Sets::kNone;
  bool longTerm = false;
  bool hrd = false;
  bool displayWindow = false;
  uint32_t unitsInTick = 1;
  uint32_t timeScale = 25;
  uint32_t aspect = 1;
  uint32_t layerId = 0;
  bool extension = false;
  uint64_t segmentation = 0;
};

void writeProfile(BitWriter& out, const Wish& wish) {
  out.bits(1, 8).bits(0x60000000, 32).bits(0x90, 8).bits(0, 40).bits(93, 8);
  if (wish.subLayers == 1) return;
  for (uint32_t i = 0; i + 1 < wish.subLayers; ++i) out.flag(wish.subLayerProfiles).flag(true);
  for (uint32_t i = wish.subLayers - 1; i < 8; ++i) out.bits(0, 2);
  for (uint32_t i = 0; i + 1 < wish.subLayers; ++i) {
    if (wish.subLayerProfiles) out.bits(0xFFFFFFFFFFF, 44).bits(0x55555555555, 44);
    out.bits(90, 8);
  }
}

void writeSets(BitWriter& out, Sets sets) {
  switch (sets) {
    case Sets::kNone:
      out.ue(0);
      return;
    case Sets::kPlain:
      out.ue(2);
      out.ue(2).ue(1).ue(0).flag(true).ue(1).flag(false).ue(3).flag(true);
      out.flag(false).ue(0).ue(0);
      return;
    case Sets::kPredicted:
      out.ue(4);
      out.ue(2).ue(1).ue(0).flag(true).ue(1).flag(false).ue(0).flag(true);  // -1, -3; 1
      // Shifted by -1, four flags: -2; the second unused and dropped; 0 drops out; the source: -1.
      out.flag(true).flag(true).ue(0).flag(true).flag(false).flag(false).flag(true).flag(true);
      // Two pictures before are left (-1, -2), so three flags; shifted by 2: 1, 0 and the
      // source, 2.
      out.flag(true).flag(false).ue(1).flag(true).flag(true).flag(true);
      // Two pictures after are left (1, 2): three flags again.
      out.flag(true).flag(true).ue(0).flag(true).flag(false).flag(true).flag(true);
      return;
    case Sets::kEndless:
      out.ue(1).ue(17).ue(0);
      return;
  }
}

void writeVui(BitWriter& out, const Wish& wish) {
  test::writeVuiStart(out, wish.aspect);
  out.bits(0, 3).flag(wish.displayWindow);
  if (wish.displayWindow) out.ue(1).ue(2).ue(3).ue(4);
  out.flag(true).bits(wish.unitsInTick, 32).bits(wish.timeScale, 32).flag(true).ue(0);
  out.flag(wish.hrd);
  if (wish.hrd) {
    out.flag(true).flag(true).flag(true).bits(0, 19).bits(0, 8).bits(0, 4).bits(0, 15);
    for (uint32_t i = 0; i < wish.subLayers; ++i) {
      out.flag(false).flag(false).flag(false).ue(1);  // not fixed, no low delay: two buffers
      for (int buffer = 0; buffer < 4; ++buffer) out.ue(9).ue(9).ue(9).ue(9).flag(false);
    }
  }
  out.flag(true).bits(0, 3).ue(wish.segmentation).ue(0).ue(0).ue(11).ue(11);
}

Bytes makeSps(const Wish& wish) {
  BitWriter out;
  out.bits(0, 4).bits(wish.subLayers - 1, 3).flag(true);
  writeProfile(out, wish);
  out.ue(0).ue(wish.chromaFormat);
  if (wish.chromaFormat == 3) out.flag(false);
  out.ue(wish.width).ue(wish.height);
  test::writeCropping(out, wish.cropRight);
  out.ue(wish.bitDepth).ue(wish.bitDepth).ue(4);
  out.flag(wish.orderingPerLayer);
  for (uint32_t i = wish.orderingPerLayer ? 0 : wish.subLayers - 1; i < wish.subLayers; ++i) {
    out.ue(4).ue(i + 1 == wish.subLayers ? wish.reorder : 0).ue(0);
  }
  for (int i = 0; i < 6; ++i) out.ue(1);
  out.flag(wish.scalingLists);
  if (wish.scalingLists) {
    out.flag(true);
    for (int size = 0; size < 4; ++size) {
      for (int matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1) {
        out.flag(matrix % 2 == 0);
        if (matrix % 2 != 0) {
          out.ue(1);
          continue;
        }
        if (size > 1) out.se(-7);
        for (int i = 0; i < (size == 0 ? 16 : 64); ++i) out.se(i % 3 - 1);
      }
    }
  }
  out.bits(0, 2).flag(wish.pcm);
  if (wish.pcm) out.bits(0x77, 8).ue(0).ue(1).flag(true);
  writeSets(out, wish.sets);
  out.flag(wish.longTerm);
  if (wish.longTerm) out.ue(2).bits(0x1FF, 9).bits(0x0F0, 9);
  out.bits(0, 2).flag(true);
  writeVui(out, wish);
  out.flag(wish.extension);
  if (wish.extension) out.bits(0x80, 8).bits(0x1FF, 9);
  Bytes nal = out.nal(static_cast<uint8_t>(wish.layerId << 3 | 1));
  nal.insert(nal.begin(), kNalSps << 1);
  return nal;
}

/// Everything up to the VUI was passed where its timing comes out.
void expectReadToTheEnd(const Wish& wish) {
  const auto sps = parseSps(makeSps(wish));
  ASSERT_TRUE(sps);
  EXPECT_EQ(sps->width, 1280);
  EXPECT_EQ(sps->reorderDepth, 1);
  EXPECT_DOUBLE_EQ(sps->frameRate, 25);
  EXPECT_EQ(sps->minSpatialSegmentation, static_cast<int>(wish.segmentation));
}

TEST(H265Sps, IsReadPastProfilesOfSubLayers) {
  for (uint32_t subLayers = 1; subLayers <= 7; ++subLayers) {
    expectReadToTheEnd({.subLayers = subLayers});
    expectReadToTheEnd({.subLayers = subLayers, .subLayerProfiles = true});
  }
}

TEST(H265Sps, TakesTheReorderingOfTheHighestSubLayer) {
  expectReadToTheEnd({.subLayers = 4, .orderingPerLayer = true});
  EXPECT_EQ(
      parseSps(makeSps({.subLayers = 3, .orderingPerLayer = true, .reorder = 3}))->reorderDepth, 3);
}

TEST(H265Sps, IsReadPastScalingLists) {
  expectReadToTheEnd({.scalingLists = true});
}

TEST(H265Sps, IsReadPastReferencePictureSets) {
  expectReadToTheEnd({.sets = Sets::kPlain});
  expectReadToTheEnd({.sets = Sets::kPredicted});
  expectReadToTheEnd({.pcm = true, .sets = Sets::kPredicted, .longTerm = true});
}

TEST(H265Sps, IsReadPastBufferingAndDisplayWindow) {
  expectReadToTheEnd({.subLayers = 3, .hrd = true, .displayWindow = true, .segmentation = 4095});
}

TEST(H265Sps, KeepsThePictureWhereReferencePictureSetsCannotBe) {
  const auto sps = parseSps(makeSps({.sets = Sets::kEndless}));
  ASSERT_TRUE(sps);
  EXPECT_EQ(sps->width, 1280);
  EXPECT_EQ(sps->frameRate, 0);
}

TEST(H265Sps, HasNoFrameRateWhereTheTimingIsNone) {
  const auto rate = [](uint32_t units, uint32_t scale) {
    return parseSps(makeSps({.unitsInTick = units, .timeScale = scale}))->frameRate;
  };
  test::expectNoRateWithoutTiming(rate, 25, 90000);
}

TEST(H265Sps, CropsInUnitsOfItsChromaFormat) {
  EXPECT_EQ(parseSps(makeSps({.cropRight = 3}))->width, 1274);
  EXPECT_EQ(parseSps(makeSps({.chromaFormat = 2, .cropRight = 3}))->width, 1274);
  EXPECT_EQ(parseSps(makeSps({.chromaFormat = 3, .cropRight = 3}))->width, 1277);
  EXPECT_EQ(parseSps(makeSps({.chromaFormat = 0, .cropRight = 3}))->width, 1277);
}

TEST(H265Sps, IsRefusedWhereThePictureIsLargerThan16384) {
  EXPECT_TRUE(parseSps(makeSps({.width = 16384, .height = 16384})));
  EXPECT_FALSE(parseSps(makeSps({.width = 16385})));
  EXPECT_FALSE(parseSps(makeSps({.height = 16392})));
  EXPECT_FALSE(parseSps(makeSps({.width = 0xFFFFFFFE})));
}

TEST(H265Sps, IsRefusedWithValuesThatCannotBe) {
  EXPECT_FALSE(parseSps(makeSps({.subLayers = 8})));
  EXPECT_FALSE(parseSps(makeSps({.chromaFormat = 4})));
  EXPECT_FALSE(parseSps(makeSps({.width = 0})));
  EXPECT_FALSE(parseSps(makeSps({.cropRight = 640})));
  EXPECT_FALSE(parseSps(makeSps({.cropRight = 0xFFFFFFFE})));
  EXPECT_FALSE(parseSps(makeSps({.bitDepth = 9})));
  EXPECT_FALSE(parseSps(makeSps({.reorder = 17})));
  EXPECT_FALSE(parseSps(makeSps({.layerId = 1})));
}

TEST(H265Sps, IsRefusedWhereItIsNone) {
  EXPECT_FALSE(parseSps({}));
  EXPECT_FALSE(parseSps(Bytes{0x42}));
  EXPECT_FALSE(parseSps(fromHex("4401c172b46240")));
  EXPECT_FALSE(parseSps(Bytes(200, 0)));
  // Retina's excessive_short_term_ref_pics, found by fuzzing (src/codec/h265/nal.rs).
  EXPECT_FALSE(
      parseSps(fromHex("421700dbdbdbdbdbffffffffffffdbdb1442dba2db00ffffffffffffffffffffffff"
                       "dbffffffffffffffffffffffdbdbd2ff")));
}

CodecParametersPtr parametersOf(const Wish& wish) {
  const H265Sample& sample = test::kH265Samples[0];
  return makeParameters(fromHex(sample.vps), makeSps(wish), fromHex(sample.pps));
}

TEST(H265DecodeAlike, IsTrueWhereOnlyTheVpsOrTheShownPictureDiffers) {
  const auto a = parametersOf({});
  EXPECT_TRUE(decodeAlike(*a, *parametersOf({.aspect = 2})));
  EXPECT_TRUE(decodeAlike(*a, *parametersOf({.hrd = true, .displayWindow = true})));
  const auto otherVps = makeParameters(fromHex(test::kH265Samples[1].vps), makeSps({}),
                                       fromHex(test::kH265Samples[0].pps));
  EXPECT_TRUE(decodeAlike(*a, *otherVps));
}

TEST(H265DecodeAlike, IsFalseWhereDecodingOrTimingDiffers) {
  const auto a = parametersOf({});
  for (const Wish& wish :
       {Wish{.width = 1288}, Wish{.reorder = 2}, Wish{.timeScale = 30}, Wish{.pcm = true},
        Wish{.extension = true}, Wish{.sets = Sets::kEndless}}) {
    EXPECT_FALSE(decodeAlike(*a, *parametersOf(wish)));
    EXPECT_FALSE(decodeAlike(*parametersOf(wish), *a));
  }
  const auto otherPps = makeParameters(fromHex(test::kH265Samples[0].vps), makeSps({}),
                                       fromHex(test::kH265Samples[1].pps));
  EXPECT_FALSE(decodeAlike(*a, *otherPps));
}

}  // namespace
}  // namespace flux::h265
