// Known parameter sets, and made-up ones at every limit.
#include <gtest/gtest.h>

#include "codec/h264.h"
#include "made_up_sps.h"
#include "samples.h"

namespace flux::h264 {
namespace {

using test::makeSps;
using test::Wish;

class KnownSps : public testing::TestWithParam<test::Sample> {};

TEST_P(KnownSps, IsReadInFull) {
  const test::Sample& sample = GetParam();
  const auto sps = parseSps(fromHex(sample.sps));
  ASSERT_TRUE(sps) << sample.name;
  EXPECT_EQ(sps->profileIdc, sample.profile);
  EXPECT_EQ(sps->levelIdc, sample.level);
  test::expectPicture(*sps, sample);
}

TEST_P(KnownSps, IsRefusedOrStillInBoundsHoweverItIsCut) {
  test::cutEverywhere(fromHex(GetParam().sps), 6, parseSps, [](const Sps& sps) {
    // Cut inside the VUI: everything before it stands.
    EXPECT_EQ(sps.width, GetParam().width);
    EXPECT_EQ(sps.height, GetParam().height);
  });
}

INSTANTIATE_TEST_SUITE_P(X264, KnownSps, testing::ValuesIn(test::kSamples));

int reorderDepth(const Wish& wish) {
  const auto sps = parseSps(makeSps(wish));
  return sps ? sps->reorderDepth : -1;
}

TEST(SpsReorderDepth, IsTheVuisWhereItSaysOne) {
  EXPECT_EQ(reorderDepth({.reorderFrames = 0}), 0);
  EXPECT_EQ(reorderDepth({.reorderFrames = 3}), 3);
}

TEST(SpsReorderDepth, IsZeroWhereTheProfileOrThePictureOrderCannotReorder) {
  EXPECT_EQ(reorderDepth({.profile = 66}), 0);
  EXPECT_EQ(reorderDepth({.pocType = 2}), 0);
  EXPECT_EQ(reorderDepth({.refFrames = 0}), 0);
  EXPECT_EQ(reorderDepth({.profile = 100, .constraints = 0x10}), 0);
}

TEST(SpsReorderDepth, IsElseWhatTheLevelsPictureBufferHolds) {
  // Level 3.1 holds 18000 macroblocks, five frames of 80 x 45 (table A-1).
  EXPECT_EQ(reorderDepth({}), 5);
  EXPECT_EQ(reorderDepth({.pocType = 1}), 5);
  EXPECT_EQ(reorderDepth({.reorderFrames = -2}), 5);
  EXPECT_EQ(reorderDepth({.level = 62}), 16);
}

TEST(SpsReorderDepth, IgnoresAVuiThatSaysMoreThanAnyBufferHolds) {
  EXPECT_EQ(reorderDepth({.reorderFrames = 17}), 5);
}

TEST(Sps, SkipsScalingListsToWhatFollows) {
  const auto sps = parseSps(makeSps({.profile = 100, .scalingLists = true, .reorderFrames = 1}));
  ASSERT_TRUE(sps);
  EXPECT_EQ(sps->width, 1280);
  EXPECT_EQ(sps->height, 720);
  EXPECT_EQ(sps->reorderDepth, 1);
  EXPECT_DOUBLE_EQ(sps->frameRate, 25);
}

TEST(Sps, HasNoFrameRateWhereTheTimingIsNone) {
  const auto rate = [](uint32_t units, uint32_t scale) {
    return parseSps(makeSps({.reorderFrames = 0, .unitsInTick = units, .timeScale = scale}))
        ->frameRate;
  };
  test::expectNoRateWithoutTiming(rate, 50, 180000);
}

TEST(Sps, IsRefusedWhereThePictureIsLargerThan16384) {
  EXPECT_TRUE(parseSps(makeSps({.widthMbs = 1024, .heightMbs = 1024})));
  EXPECT_FALSE(parseSps(makeSps({.widthMbs = 1025})));
  EXPECT_FALSE(parseSps(makeSps({.heightMbs = 1025})));
  EXPECT_FALSE(parseSps(makeSps({.widthMbs = 0xFFFFFFFF})));
}

TEST(Sps, IsRefusedWhereCroppingLeavesNothing) {
  EXPECT_EQ(parseSps(makeSps({.cropRight = 639}))->width, 2);
  EXPECT_FALSE(parseSps(makeSps({.cropRight = 640})));
  EXPECT_FALSE(parseSps(makeSps({.cropRight = 0xFFFFFFFE})));
}

TEST(Sps, IsRefusedWhereItIsNone) {
  EXPECT_FALSE(parseSps({}));
  EXPECT_FALSE(parseSps(Bytes{0x67}));
  EXPECT_FALSE(parseSps(fromHex("68ebe3cb22c0")));
  EXPECT_FALSE(parseSps(makeSps({.pocType = 3})));
  EXPECT_FALSE(parseSps(makeSps({.refFrames = 17})));
  EXPECT_FALSE(parseSps(Bytes(200, 0)));
}

TEST(StartsPicture, IsTrueForTheFirstMacroblockOfASliceOnly) {
  EXPECT_TRUE(startsPicture(Bytes{0x65, 0x88}));
  EXPECT_TRUE(startsPicture(Bytes{0x41, 0x9A}));
  EXPECT_FALSE(startsPicture(Bytes{0x41, 0x40}));  // first_mb_in_slice 1
  EXPECT_FALSE(startsPicture(Bytes{0x67, 0x88}));
  EXPECT_FALSE(startsPicture(Bytes{0x65}));
  EXPECT_FALSE(startsPicture({}));
}

CodecParametersPtr parametersOf(const Wish& wish) {
  return makeParameters(makeSps(wish), fromHex("68ebc3cb20"));
}

TEST(DecodeAlike, IsTrueWhereOnlyTheVuiDiffersInWhatIsShown) {
  const auto a = parametersOf({.refFrames = 1, .reorderFrames = 0});
  EXPECT_TRUE(decodeAlike(*a, *a));
  EXPECT_TRUE(decodeAlike(*a, *parametersOf({.refFrames = 1, .reorderFrames = 0, .aspect = 2})));
}

TEST(DecodeAlike, IsFalseWhereDecodingOrTimingDiffers) {
  const auto a = parametersOf({.reorderFrames = 0});
  EXPECT_FALSE(decodeAlike(*a, *parametersOf({.widthMbs = 81, .reorderFrames = 0})));
  EXPECT_FALSE(decodeAlike(*a, *parametersOf({.reorderFrames = 1})));
  EXPECT_FALSE(decodeAlike(*a, *parametersOf({.reorderFrames = 0, .timeScale = 60})));
  EXPECT_FALSE(decodeAlike(*a, *parametersOf({.level = 40, .reorderFrames = 0})));
  const auto otherPps = makeParameters(makeSps({.reorderFrames = 0}), fromHex("68ebc3cb2120"));
  ASSERT_TRUE(otherPps);
  EXPECT_FALSE(decodeAlike(*a, *otherPps));
}

}  // namespace
}  // namespace flux::h264
