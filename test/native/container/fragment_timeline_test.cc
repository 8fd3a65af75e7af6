#include "container/fragment_timeline.h"

#include <gtest/gtest.h>

#include <vector>

namespace flux {
namespace {

constexpr int64_t kFrame = 40000;
constexpr int64_t kHour = 3'600'000'000;

TEST(FragmentTimeline, BeginsAtZeroAndKeepsIntervals) {
  FragmentTimeline timeline(kFrame);
  for (int64_t i = 0; i < 50; ++i) {
    const auto times = timeline.next(777'000'000 + i * kFrame, i * kFrame);
    EXPECT_EQ(times.decode, i * kFrame);
    EXPECT_EQ(times.composition, 0);
    EXPECT_EQ(times.duration, kFrame);
  }
}

TEST(FragmentTimeline, APictureLastsAsLongAsTheOneBeforeIt) {
  FragmentTimeline timeline(kFrame);
  EXPECT_EQ(timeline.next(0, 0).duration, kFrame);
  EXPECT_EQ(timeline.next(100'000, 100'000).duration, 100'000);
  EXPECT_EQ(timeline.next(120'000, 120'000).duration, 20'000);
}

TEST(FragmentTimeline, PicturesOutOfOrderAreDecodedInOrderAndShownInTheirs) {
  FragmentTimeline timeline(kFrame);
  timeline.setDepth(2, kFrame);
  // I B B P as they come: each is shown at the moment that its number says.
  const std::vector<int64_t> shown = {0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11};
  std::vector<FragmentTimeline::Times> times;
  for (size_t i = 0; i < shown.size(); ++i) {
    times.push_back(timeline.next(500'000 + shown[i] * kFrame, static_cast<int64_t>(i) * kFrame));
  }
  for (size_t i = 0; i < times.size(); ++i) {
    EXPECT_EQ(times[i].decode, static_cast<int64_t>(i) * kFrame) << i;
    EXPECT_GE(times[i].composition, 0) << i;
    EXPECT_EQ(times[i].decode + times[i].composition, (shown[i] + 2) * kFrame) << i;
  }
}

TEST(FragmentTimeline, AnotherClockGoesOnWhereTheWallClockIs) {
  for (const int64_t jump : {int64_t{-900'000'000}, int64_t{900'000'000}}) {
    FragmentTimeline timeline(kFrame);
    for (int64_t i = 0; i < 10; ++i) timeline.next(i * kFrame, i * kFrame);
    const auto times = timeline.next(jump, 9 * kFrame + 3'000'000);
    EXPECT_EQ(times.decode, 9 * kFrame + 3'000'000);
    EXPECT_EQ(times.duration, kFrame) << "a gap is no picture's duration";
    EXPECT_EQ(timeline.next(jump + kFrame, 10 * kFrame + 3'000'000).decode,
              10 * kFrame + 3'000'000);
  }
}

TEST(FragmentTimeline, ASilenceOnTheSameClockIsKept) {
  FragmentTimeline timeline(kFrame);
  timeline.next(0, 0);
  EXPECT_EQ(timeline.next(kHour, kHour).decode, kHour);
}

TEST(FragmentTimeline, AStalledConnectionThatCatchesUpIsNoOtherClock) {
  FragmentTimeline timeline(kFrame);
  timeline.next(0, 0);
  EXPECT_EQ(timeline.next(kFrame, 20'000'000).decode, kFrame);
  EXPECT_EQ(timeline.next(2 * kFrame, 20'000'001).decode, 2 * kFrame);
}

TEST(FragmentTimeline, APauseThatIsToldStandsForTheWallClocks) {
  FragmentTimeline timeline(kFrame);
  timeline.next(0, 0);
  timeline.next(kFrame, kFrame);
  timeline.restart(0);
  EXPECT_EQ(timeline.next(kHour, kHour).decode, 2 * kFrame);
}

TEST(FragmentTimeline, BackwardsTheWayIsAsLong) {
  FragmentTimeline timeline(1'000'000);
  int64_t last = -2'000'000;
  for (int64_t i = 20; i > 0; --i) {
    const auto times = timeline.next(i * 2'000'000, i * 2'000'000);
    EXPECT_EQ(times.decode, last + 2'000'000);
    last = times.decode;
  }
}

TEST(FragmentTimeline, NeverFallsWhateverTheClocksSay) {
  FragmentTimeline timeline(0);
  timeline.setDepth(16, INT64_MAX);
  int64_t last = -1;
  const std::vector<int64_t> clocks = {INT64_MAX, INT64_MIN, 0, 0, -1, INT64_MAX, INT64_MAX,
                                       1,         kHour,     5, 5, 4,  INT64_MIN, INT64_MIN};
  for (const int64_t pts : clocks) {
    for (const int64_t arrival : clocks) {
      const auto times = timeline.next(pts, arrival);
      EXPECT_GT(times.decode, last);
      EXPECT_GE(times.duration, 1);
      EXPECT_LE(times.duration, FragmentTimeline::kMaxLeapMicros);
      last = times.decode;
    }
  }
  EXPECT_LE(last, static_cast<int64_t>(clocks.size() * clocks.size()) * 2 * kHour);
}

}  // namespace
}  // namespace flux
