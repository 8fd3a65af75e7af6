// Known parameter sets, and made-up ones at every limit.
#include <gtest/gtest.h>

#include "codec/h264.h"
#include "samples.h"
#include "sps_fixture.h"

namespace flux::h264 {
namespace {

using test::BitWriter;

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

/// What a made-up SPS says; the rest is as in a plain progressive 4:2:0 stream.
struct Wish {
  int profile = 77;
  int constraints = 0;
  int level = 31;
  uint32_t pocType = 0;
  uint32_t refFrames = 4;
  uint64_t widthMbs = 80;
  uint64_t heightMbs = 45;
  bool scalingLists = false;
  uint64_t cropRight = 0;
  /// -1: no VUI at all; -2: a VUI without bitstream restriction.
  int reorderFrames = -1;
  uint32_t unitsInTick = 1;
  uint32_t timeScale = 50;
  uint32_t aspect = 1;  ///< to one
};

Bytes makeSps(const Wish& wish) {
  BitWriter out;
  out.bits(static_cast<uint64_t>(wish.profile), 8).bits(static_cast<uint64_t>(wish.constraints), 8);
  out.bits(static_cast<uint64_t>(wish.level), 8).ue(0);
  if (wish.profile == 100) {
    out.ue(1).ue(0).ue(0).flag(false).flag(wish.scalingLists);
    if (wish.scalingLists) {
      for (int list = 0; list < 8; ++list) {
        out.flag(list != 3);
        if (list == 3) continue;
        const int size = list < 6 ? 16 : 64;
        // List 1 ends early by a delta that leads to zero; the others run through.
        for (int i = 0; i < size; ++i) {
          if (list == 1 && i == 2) {
            out.se(-10);
            break;
          }
          out.se(i < 2 ? 1 : 0);
        }
      }
    }
  }
  out.ue(0).ue(wish.pocType);
  if (wish.pocType == 0) out.ue(2);
  if (wish.pocType == 1) {
    out.flag(false).se(-3).se(2).ue(2).se(1).se(-1);
  }
  out.ue(wish.refFrames).flag(false).ue(wish.widthMbs - 1).ue(wish.heightMbs - 1);
  out.flag(true).flag(true);
  test::writeCropping(out, wish.cropRight);
  out.flag(wish.reorderFrames != -1);
  if (wish.reorderFrames != -1) {
    test::writeVuiStart(out, wish.aspect);
    out.flag(true).bits(wish.unitsInTick, 32).bits(wish.timeScale, 32).flag(true);
    out.flag(false).flag(false).flag(false);
    out.flag(wish.reorderFrames >= 0);
    if (wish.reorderFrames >= 0) {
      out.flag(true).ue(0).ue(0).ue(11).ue(11);
      out.ue(static_cast<uint64_t>(wish.reorderFrames)).ue(4);
    }
  }
  return out.nal(0x67);
}

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
