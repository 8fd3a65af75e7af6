// Delays between attempts.
#include "rtsp/backoff.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace flux::rtsp {
namespace {

TEST(Backoff, DoublesToItsLimitWithin25PercentAndBeginsAnewAfterReset) {
  Backoff backoff(500, 3000);
  for (int round = 0; round < 2; ++round) {
    for (const int64_t nominal : std::vector<int64_t>{500, 1000, 2000, 3000, 3000}) {
      const int64_t delay = backoff.nextDelayMs();
      EXPECT_GE(delay, nominal * 3 / 4);
      EXPECT_LE(delay, nominal * 5 / 4);
    }
    backoff.reset();
  }
}

TEST(Backoff, SpreadsSessionsThatFailTogether) {
  std::set<int64_t> delays;
  for (int i = 0; i < 42; ++i) delays.insert(Backoff(10000, 30000).nextDelayMs());
  EXPECT_GT(delays.size(), 20U);
}

TEST(Backoff, NeverWaitsForNothingAndSurvivesLimitsTheWrongWayRound) {
  EXPECT_GE(Backoff(0, 0).nextDelayMs(), 1);
  EXPECT_GE(Backoff(-5, -9).nextDelayMs(), 1);
  EXPECT_GE(Backoff(1000, 10).nextDelayMs(), 750);
  Backoff many(1, 30000);
  for (int i = 0; i < 10000; ++i) EXPECT_LE(many.nextDelayMs(), 37500);
}

}  // namespace
}  // namespace flux::rtsp
