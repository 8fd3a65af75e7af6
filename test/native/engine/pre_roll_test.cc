#include "engine/pre_roll.h"

#include "recording_fixture.h"

namespace flux {
namespace {

TEST(PreRoll, HoldsAtLeastWhatWasAskedForAndBeginsWithAKeyFrame) {
  PreRoll roll(3000, 1U << 20);
  PictureSource source;
  AccessUnitPtr last;
  for (int i = 0; i < 260; ++i) {
    last = source.next();
    roll.push(last);
  }
  const auto units = roll.take();
  ASSERT_FALSE(units.empty());
  EXPECT_TRUE(units.front()->keyFrame);
  EXPECT_EQ(units.back(), last);
  const int64_t held = last->arrivalMicros - units.front()->arrivalMicros;
  EXPECT_GE(held, 3000000);
  EXPECT_LT(held, 4000000) << "one group of pictures more than needed, not two";
  EXPECT_EQ(roll.bytes(), 0U);
  EXPECT_EQ(roll.groupsTrimmed(), 0U);
}

TEST(PreRoll, KeepsNothingBeforeTheFirstKeyFrame) {
  PreRoll roll(3000, 1U << 20);
  PictureSource source;
  source.next();
  for (int i = 1; i < 25; ++i) roll.push(source.next());
  EXPECT_TRUE(roll.take().empty());
}

TEST(PreRoll, GivesUpTheOldestGroupWhereItsMemoryIsFullAndSaysSo) {
  PreRoll roll(60000, 25 * 2100 * 2);  // two groups of 25 frames
  PictureSource source;
  for (int i = 0; i < 125; ++i) {
    roll.push(source.next());
    ASSERT_LE(roll.bytes(), 25U * 2100 * 2);
  }
  EXPECT_GE(roll.groupsTrimmed(), 2U);
  const auto units = roll.take();
  ASSERT_FALSE(units.empty());
  EXPECT_TRUE(units.front()->keyFrame);
}

}  // namespace
}  // namespace flux
