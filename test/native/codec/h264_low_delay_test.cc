// SPS rewritten so that decoders hold nothing back: only what they promise changes.
#include "codec/h264_low_delay.h"

#include <gtest/gtest.h>

#include "codec/h264_sps_layout.h"
#include "made_up_sps.h"
#include "samples.h"

namespace flux::h264 {
namespace {

using test::makeSps;
using test::Wish;

/// All that decoding needs is what it was, up to the VUI bit for bit; and the promise is there.
void expectPromise(const Bytes& before, const std::string& name = "") {
  const Bytes after = withoutReordering(before);
  SpsLayout oldLayout;
  SpsLayout newLayout;
  const auto old = parseSps(before, oldLayout);
  const auto now = parseSps(after, newLayout);
  ASSERT_TRUE(old && now) << name;
  EXPECT_TRUE(now->reorderDepthTold) << name;
  EXPECT_EQ(now->reorderDepth, 0) << name;
  EXPECT_EQ(now->maxBufferedFrames, std::max(1, old->maxRefFrames)) << name;
  EXPECT_TRUE(newLayout.hasVui && newLayout.whole) << name;
  EXPECT_EQ(now->width, old->width) << name;
  EXPECT_EQ(now->height, old->height) << name;
  EXPECT_EQ(now->profileIdc, old->profileIdc) << name;
  EXPECT_EQ(now->frameRate, old->frameRate) << name;
  EXPECT_EQ(before[0], after[0]) << name;
  const Bytes oldBits = nal::unescape(ByteView(before).subspan(1));
  const Bytes newBits = nal::unescape(ByteView(after).subspan(1));
  EXPECT_EQ(newLayout.vuiFlag, oldLayout.vuiFlag) << name;
  EXPECT_TRUE(sameBits(oldBits, newBits, oldLayout.vuiFlag)) << name;
  if (oldLayout.hasVui) {
    EXPECT_EQ(newLayout.restrictionFlag, oldLayout.restrictionFlag) << name;
    EXPECT_TRUE(sameBits(oldBits, newBits, oldLayout.restrictionFlag)) << name;
  }
  if (oldLayout.reordering) {
    EXPECT_EQ(newLayout.reordering, oldLayout.reordering) << name;
    EXPECT_TRUE(sameBits(oldBits, newBits, *oldLayout.reordering)) << name;
  }
  EXPECT_EQ(toHex(withoutReordering(after)), toHex(after)) << name;
}

TEST(WithoutReordering, KeepsAllElseOfWhatX264Wrote) {
  for (const test::Sample& sample : test::kSamples) expectPromise(fromHex(sample.sps), sample.name);
}

TEST(WithoutReordering, AddsAVuiWhereThereIsNone) {
  expectPromise(makeSps({}));
  expectPromise(makeSps({.profile = 100, .scalingLists = true}));
  expectPromise(makeSps({.profile = 66, .pocType = 2, .refFrames = 1}));
  expectPromise(makeSps({.pocType = 1, .refFrames = 0, .cropRight = 3}));
}

TEST(WithoutReordering, AddsThePromiseToAVuiWithoutIt) {
  expectPromise(makeSps({.reorderFrames = -2}));
  expectPromise(makeSps({.profile = 100, .reorderFrames = -2, .aspect = 12, .hrd = true}));
  expectPromise(makeSps({.level = 51, .refFrames = 16, .reorderFrames = -2}));
}

TEST(WithoutReordering, ReplacesAnotherPromise) {
  expectPromise(makeSps({.reorderFrames = 2}));
  expectPromise(makeSps({.refFrames = 1, .reorderFrames = 0, .hrd = true}));
}

TEST(WithoutReordering, EscapesWhatItWrites) {
  // A clock of one tick in 2^24 has runs of zeros behind which the fields move.
  const Wish wish{.reorderFrames = -2, .unitsInTick = 1, .timeScale = 1U << 24};
  expectPromise(makeSps(wish));
  const Bytes after = withoutReordering(makeSps(wish));
  EXPECT_TRUE(nal::splitAnnexB(after).empty());
  for (size_t i = 0; i + 2 < after.size(); ++i) {
    EXPECT_FALSE(after[i] == 0 && after[i + 1] == 0 && after[i + 2] < 3) << i;
  }
}

TEST(WithoutReordering, LeavesAnSpsThatSaysSoAlready) {
  const Bytes sps = makeSps({.refFrames = 4, .reorderFrames = 0});
  EXPECT_EQ(toHex(withoutReordering(sps)), toHex(sps));
}

TEST(WithoutReordering, LeavesWhatItCannotRead) {
  for (const test::Sample& sample : test::kSamples) {
    const Bytes whole = fromHex(sample.sps);
    for (size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const Bytes after = withoutReordering(cut);
      if (after == cut) continue;
      // Cut behind all that matters.
      expectPromise(cut, sample.name);
    }
  }
  const Bytes pps = fromHex("68ce0fc8");
  EXPECT_EQ(withoutReordering(pps), pps);
  EXPECT_TRUE(withoutReordering({}).empty());
  const Bytes damaged = makeSps({.reorderFrames = 17});
  EXPECT_EQ(withoutReordering(damaged), damaged);
}

}  // namespace
}  // namespace flux::h264
