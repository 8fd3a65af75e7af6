#include "engine/timeline.h"

#include <gtest/gtest.h>

namespace flux {
namespace {

AccessUnit unitAt(int64_t index, double arrivalMs, double clockStepMs = 0) {
  AccessUnit unit;
  unit.mediaTime = 90000 + index * 3600;
  unit.arrivalMicros = static_cast<int64_t>(arrivalMs * 1000);
  unit.arrivalWallMs = 1769421600000 + static_cast<int64_t>(arrivalMs + clockStepMs);
  return unit;
}

TEST(Timeline, PlacesFramesByMediaTimeNotByTheirJitter) {
  Timeline timeline;
  timeline.start(unitAt(0, 0));
  for (int64_t i = 1; i < 250; ++i) {
    const double jitter = i % 7 == 0 ? 35 : 0;
    const AccessUnit unit = unitAt(i, static_cast<double>(i) * 40 + jitter);
    ASSERT_EQ(timeline.advance(unit), Timeline::Verdict::kContinues);
    EXPECT_NEAR(timeline.wallMs(unit), 1769421600000.0 + static_cast<double>(i) * 40, 1.0);
  }
}

TEST(Timeline, FollowsADriftingCameraByAtMost500Ppm) {
  Timeline timeline;
  timeline.start(unitAt(0, 0));
  double previous = 1769421600000.0;
  double arrival = 0;
  for (int64_t i = 1; i < 25 * 600; ++i) {
    arrival = static_cast<double>(i) * 40 * (1 + 200e-6);  // the camera's clock is slow by 200 ppm
    const AccessUnit unit = unitAt(i, arrival);
    ASSERT_EQ(timeline.advance(unit), Timeline::Verdict::kContinues);
    const double wall = timeline.wallMs(unit);
    EXPECT_NEAR(wall - previous, 40, 40 * 501e-6);
    previous = wall;
  }
  EXPECT_NEAR(previous - 1769421600000.0, arrival, 10) << "after ten minutes the drift is absorbed";
}

TEST(Timeline, TakesALateBurstAfterAStallAsTheSameRun) {
  Timeline timeline;
  timeline.start(unitAt(0, 0));
  for (int64_t i = 1; i < 100; ++i) {
    EXPECT_EQ(timeline.advance(unitAt(i, 8000)), Timeline::Verdict::kContinues) << i;
  }
}

TEST(Timeline, CallsAJumpOfTheCamerasClockADiscontinuity) {
  Timeline timeline;
  timeline.start(unitAt(0, 0));
  EXPECT_EQ(timeline.advance(unitAt(1, 40)), Timeline::Verdict::kContinues);
  EXPECT_EQ(timeline.advance(unitAt(1000, 80)), Timeline::Verdict::kDiscontinuity);
  EXPECT_EQ(timeline.advance(unitAt(-2000, 80)), Timeline::Verdict::kDiscontinuity);
}

TEST(Timeline, CallsAStepOfTheSystemClockADiscontinuity) {
  Timeline timeline;
  timeline.start(unitAt(0, 0));
  EXPECT_EQ(timeline.advance(unitAt(1, 40)), Timeline::Verdict::kContinues);
  EXPECT_EQ(timeline.advance(unitAt(2, 80, 1500)), Timeline::Verdict::kDiscontinuity);
  EXPECT_EQ(timeline.advance(unitAt(2, 80, -1500)), Timeline::Verdict::kDiscontinuity);
}

}  // namespace
}  // namespace flux
