// Which key a segment gets, and which is asked for.
#include "engine/day_keys.h"

#include <gtest/gtest.h>

namespace flux {
namespace {

constexpr int64_t kDay = 20479;
constexpr int64_t kNoonMs = kDay * 86400000 + 43200000;

segment::KeyId idOf(uint8_t number) {
  segment::KeyId id{};
  id[0] = number;
  return id;
}

crypto::SecretKeyPtr anyKey() {
  static const crypto::SecretKeyPtr key = crypto::SecretKey::generate();
  return key;
}

TEST(DayKeys, AsksForTodaysKeyOnceAndHasNoneMeanwhile) {
  DayKeys keys;
  const DayKeys::Found first = keys.at(kNoonMs);
  EXPECT_FALSE(first.key);
  EXPECT_EQ(first.wanted, kDay);
  EXPECT_FALSE(keys.at(kNoonMs).wanted);
}

TEST(DayKeys, AsksForTomorrowsKeyAheadOfTime) {
  DayKeys keys;
  keys.set(kDay, idOf(1), anyKey());
  const DayKeys::Found found = keys.at(kNoonMs);
  ASSERT_TRUE(found.key);
  EXPECT_EQ(found.key->id, idOf(1));
  EXPECT_EQ(found.wanted, kDay + 1);
  keys.set(kDay + 1, idOf(2), anyKey());
  EXPECT_EQ(keys.at(kNoonMs + 86400000).key->id, idOf(2));
}

TEST(DayKeys, TakesTheNewestOfTheDaysBeforeWhereTodaysIsLate) {
  DayKeys keys;
  keys.set(kDay - 2, idOf(1), anyKey());
  keys.set(kDay - 1, idOf(2), anyKey());
  const DayKeys::Found found = keys.at(kNoonMs);
  EXPECT_EQ(found.key->id, idOf(2));
  EXPECT_EQ(found.wanted, kDay);
}

TEST(DayKeys, TakesTheOldestAfterAClockThatWentBack) {
  DayKeys keys;
  keys.set(kDay + 5, idOf(5), anyKey());
  keys.set(kDay + 6, idOf(6), anyKey());
  const DayKeys::Found found = keys.at(kNoonMs);
  EXPECT_EQ(found.key->id, idOf(5));
  EXPECT_EQ(found.wanted, kDay);
}

TEST(DayKeys, KeepsThreeDays) {
  DayKeys keys;
  for (int64_t day = 0; day < 5; ++day) {
    keys.set(kDay + day, idOf(static_cast<uint8_t>(day)), anyKey());
  }
  EXPECT_EQ(keys.at(kNoonMs).key->id, idOf(2));
}

}  // namespace
}  // namespace flux
