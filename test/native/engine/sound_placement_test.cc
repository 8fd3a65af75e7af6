// Where sound is put, by arrivals alone and by the camera's reports; hours in a moment.
#include "engine/sound_placement.h"

#include <gtest/gtest.h>

#include <cmath>

namespace flux {
namespace {

constexpr double kStart = 1769421600000;
constexpr double kSegmentMs = 10000;
constexpr double kSoundMs = 20;
constexpr double kPictureMs = 40;

/// A camera with two clocks, and the recorder's two timelines.
struct SoundingCamera {
  double pictureRate = 90000;  ///< ticks per true second
  double soundRate = 8000;
  double pictureDelayMs = 20;  ///< from capture to arrival
  double soundDelayMs = 20;
  bool reports = false;

  static void arrive(AccessUnit& unit, double ms) {
    unit.arrivalMicros = static_cast<int64_t>(ms * 1000);
    unit.arrivalWallMs = std::llround(kStart + ms);
  }
  [[nodiscard]] AccessUnit pictureAt(double capturedMs) const {
    AccessUnit unit;
    unit.mediaTime = std::llround(capturedMs * pictureRate / 1000);
    arrive(unit, capturedMs + pictureDelayMs);
    return unit;
  }
  [[nodiscard]] AccessUnit soundAt(double capturedMs) const {
    AccessUnit unit;
    unit.clockRate = 8000;
    unit.duration = 160;
    unit.mediaTime = std::llround(capturedMs * soundRate / 1000);
    if (reports) unit.pictureTime = std::llround(capturedMs * pictureRate / 1000);
    arrive(unit, capturedMs + soundDelayMs);
    return unit;
  }
};

class SoundPlacementTest : public testing::Test {
 protected:
  /// Plays up to this moment; begins a segment every ten seconds.
  void playUntil(double endMs) {
    for (; now < endMs; now += kSoundMs) {
      if (std::fmod(now, kPictureMs) == 0) {
        const AccessUnit picture = camera.pictureAt(now);
        if (!pictures.isRunning()) pictures.start(picture);
        ASSERT_EQ(pictures.advance(picture), Timeline::Verdict::kContinues);
        if (std::fmod(now, kSegmentMs) == 0) {
          first = picture;
          startMs = std::llround(pictures.wallMs(picture));
          placement.beginSegment(picture, startMs);
          segments.emplace_back();
        }
      }
      const auto placed = placement.place(camera.soundAt(now));
      if (!placed) {
        ++skipped;
        continue;
      }
      segments.back().push_back(*placed);
      // In the segment pictures stand at their media time.
      const double ticks = static_cast<double>(camera.pictureAt(now).mediaTime - first.mediaTime);
      error = *placed - (static_cast<double>(startMs) + ticks / 90);
    }
  }
  void expectNeverBack() const {
    for (const auto& segment : segments) {
      for (size_t i = 1; i < segment.size(); ++i) ASSERT_GT(segment[i], segment[i - 1]);
    }
  }

  SoundingCamera camera;
  Timeline pictures;
  SoundPlacement placement;
  double now = 0;
  AccessUnit first;
  int64_t startMs = 0;
  double error = 0;  ///< of the newest sound against its picture, ms; above 0: late
  size_t skipped = 0;
  std::vector<std::vector<double>> segments;
};

TEST_F(SoundPlacementTest, ByArrivalStaysWithItsPictureThroughADayOfDriftingClocks) {
  camera.pictureRate = 90000 * (1 - 100e-6);
  camera.soundRate = 8000 * (1 + 100e-6);  // 200 ppm: 17 s in a day
  double worst = 0;
  for (int minute = 1; minute <= 24 * 60; ++minute) {
    playUntil(minute * 60000.0);
    worst = std::max(worst, std::abs(error));
  }
  EXPECT_LT(worst, 15) << "nothing accumulates";
  expectNeverBack();
}

TEST_F(SoundPlacementTest, ByReportsStaysWithItsPictureThroughADayOfDriftingClocks) {
  camera.pictureRate = 90000 * (1 - 100e-6);
  camera.soundRate = 8000 * (1 + 100e-6);
  camera.pictureDelayMs = 320;
  camera.reports = true;
  double worst = 0;
  for (int minute = 1; minute <= 24 * 60; ++minute) {
    playUntil(minute * 60000.0);
    worst = std::max(worst, std::abs(error));
  }
  EXPECT_LT(worst, 5);
  expectNeverBack();
}

TEST_F(SoundPlacementTest, ByArrivalIsWrongByTheDifferenceInDelay) {
  camera.pictureDelayMs = 320;
  playUntil(30000);
  EXPECT_NEAR(error, -300, 2);
}

TEST_F(SoundPlacementTest, TakesACorrectionOverWhereASegmentBegins) {
  camera.pictureDelayMs = 320;
  playUntil(5000);
  camera.reports = true;
  playUntil(10000);
  EXPECT_NEAR(error, -300 + 5, 2) << "glides by 1000 ppm inside the segment";
  playUntil(10020);
  EXPECT_NEAR(error, 0, 2);
  playUntil(30000);
  EXPECT_NEAR(error, 0, 2);
  EXPECT_EQ(skipped, 0U);
  expectNeverBack();
}

TEST_F(SoundPlacementTest, LeavesOutWhatTheCorrectionMovesOntoFormerSound) {
  camera.soundDelayMs = 320;
  playUntil(5000);
  camera.reports = true;
  playUntil(30000);
  EXPECT_NEAR(error, 0, 2);
  EXPECT_NEAR(static_cast<double>(skipped) * kSoundMs, 300, 40);
  expectNeverBack();
  EXPECT_GE(segments[1].front(), segments[0].back() + kSoundMs - 6);
}

TEST_F(SoundPlacementTest, IsCorrectFromItsFirstUnitWhereReportsWereThereBefore) {
  camera.pictureDelayMs = 320;
  camera.reports = true;
  playUntil(20);
  EXPECT_NEAR(error, 0, 2);
}

TEST_F(SoundPlacementTest, KeepsWhatItLearntWhileReportsAreNotBelieved) {
  camera.pictureDelayMs = 320;
  camera.reports = true;
  playUntil(12000);
  camera.reports = false;
  playUntil(60000);
  EXPECT_NEAR(error, 0, 2);
  placement.stop();
  EXPECT_EQ(placement.correctionMs(), 0);
}

TEST_F(SoundPlacementTest, BelievesNoCorrectionAboveTwoSeconds) {
  camera.pictureDelayMs = 2500;
  camera.reports = true;
  playUntil(30000);
  EXPECT_NEAR(error, -2480, 5);
  EXPECT_EQ(placement.correctionMs(), 0);
}

}  // namespace
}  // namespace flux
