// From decoded pictures to motion that begins and ends.
#include "engine/motion_watcher.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "grey_frames.h"

namespace flux {
namespace {

constexpr video::Size kSize{320, 180};
constexpr int64_t kWallMs = 1'000'000'000;  // of greyFrame()'s first

struct Watched {
  std::vector<MotionEvent> events;
  MotionWatcher watcher;
  int64_t nowMs = 0;

  explicit Watched(const MotionWatcherOptions& options = {})
      : watcher(options, [this](MotionEvent event) { events.push_back(std::move(event)); }) {}

  void show(int frames, int boxX = -1, int step = 0) {
    for (int i = 0; i < frames; ++i, nowMs += 200) {
      const PaintedBox box = boxX < 0 ? PaintedBox{} : PaintedBox{boxX + i * step, 60, 40, 40};
      watcher.onFrame(greyFrame(kSize, nowMs, box));
    }
  }
};

TEST(MotionWatcher, TellsWhenMotionBeginsGoesOnAndEnds) {
  Watched watched;
  watched.show(10);
  const int64_t begun = watched.nowMs;
  watched.show(15, 20, 16);  // three seconds
  const int64_t ended = watched.nowMs;
  watched.show(30);
  ASSERT_GE(watched.events.size(), 4U);
  const MotionEvent& start = watched.events.front();
  EXPECT_EQ(start.phase, MotionPhase::kStart);
  EXPECT_GE(start.fromMs, kWallMs + begun);
  EXPECT_LE(start.fromMs, kWallMs + begun + 800);
  EXPECT_GT(start.score, 0.5F);
  ASSERT_EQ(start.regions.size(), 1U);
  const size_t last = watched.events.size() - 1;
  for (size_t i = 1; i < last; ++i) {
    EXPECT_EQ(watched.events[i].phase, MotionPhase::kUpdate);
    EXPECT_EQ(watched.events[i].fromMs, start.fromMs);
  }
  const MotionEvent& end = watched.events[last];
  EXPECT_EQ(end.phase, MotionPhase::kEnd);
  EXPECT_EQ(end.fromMs, start.fromMs);
  EXPECT_GE(end.toMs, kWallMs + ended - 600);
  EXPECT_LE(end.toMs, kWallMs + ended + 2000);
  EXPECT_TRUE(end.regions.empty());
  // All that it passed over.
  EXPECT_GT(end.box.width, 0.5F);
  EXPECT_EQ(watched.watcher.stats().events, 1U);
}

TEST(MotionWatcher, EndsMotionOfACameraThatIsLostOrClosed) {
  Watched watched;
  watched.show(10);
  watched.show(5, 20, 16);
  ASSERT_TRUE(watched.watcher.stats().moving);
  watched.watcher.pass(kWallMs + watched.nowMs + 1000);
  EXPECT_TRUE(watched.watcher.stats().moving);
  watched.watcher.pass(kWallMs + watched.nowMs + 3000);
  EXPECT_FALSE(watched.watcher.stats().moving);
  EXPECT_EQ(watched.events.back().phase, MotionPhase::kEnd);

  Watched closed;
  closed.show(10);
  closed.show(5, 20, 16);
  closed.watcher.close();
  EXPECT_EQ(closed.events.back().phase, MotionPhase::kEnd);
  const size_t told = closed.events.size();
  closed.show(5, 20, 16);
  EXPECT_EQ(closed.events.size(), told);
}

TEST(MotionWatcher, LooksAtAsManyPicturesAsItShould) {
  Watched watched;
  for (int i = 0; i < 100; ++i) watched.watcher.onFrame(greyFrame(kSize, i * 40));
  const MotionWatcherStats stats = watched.watcher.stats();
  EXPECT_EQ(stats.frames, 20U);
  EXPECT_EQ(stats.framesPassed, 80U);
}

TEST(MotionWatcher, LeavesOutDamagedPicturesUntilAKeyFrame) {
  Watched watched;
  watched.show(10);
  for (int i = 0; i < 4; ++i, watched.nowMs += 200) {
    auto frame = greyFrame(kSize, watched.nowMs, {20 + 40 * i, 60, 80, 80});
    frame.concealed = i == 0;
    watched.watcher.onFrame(frame);
  }
  EXPECT_EQ(watched.watcher.stats().framesDamaged, 4U);
  EXPECT_TRUE(watched.events.empty());
  auto key = greyFrame(kSize, watched.nowMs);
  key.keyFrame = true;
  watched.watcher.onFrame(key);
  EXPECT_EQ(watched.watcher.stats().frames, 11U);
}

TEST(MotionWatcher, LearnsAnewWhenThePicturesSizeChanges) {
  Watched watched;
  watched.show(10);
  EXPECT_FALSE(watched.watcher.stats().learning);
  watched.watcher.onFrame(greyFrame({180, 320}, watched.nowMs));
  EXPECT_TRUE(watched.watcher.stats().learning);
}

TEST(MotionWatcher, TellsOfAZoneAsSoonAsItIsTouched) {
  MotionWatcherOptions options;
  options.motion.zones = {{"left", {{0, 0}, {0.45F, 0}, {0.45F, 1}, {0, 1}}},
                          {"right", {{0.55F, 0}, {1, 0}, {1, 1}, {0.55F, 1}}}};
  options.episode.updateEveryMs = 1'000'000;
  Watched watched(options);
  watched.show(10);
  watched.show(16, 10, 18);
  watched.show(20);
  ASSERT_EQ(watched.events.size(), 3U);
  EXPECT_EQ(watched.events[0].zones, 1U);
  EXPECT_EQ(watched.events[1].zones, 3U);
  EXPECT_EQ(watched.events[2].phase, MotionPhase::kEnd);
}

TEST(MotionWatcher, RefusesOptionsBeforeAPictureComes) {
  for (const int wrong : {0, 1, 2}) {
    MotionWatcherOptions options;
    if (wrong == 0) options.cells = 31;
    if (wrong == 1) options.framesPerSecond = 0;
    if (wrong == 2) options.motion.sensitivity = 200;
    EXPECT_THROW(MotionWatcher(options, {}), Error);
  }
}

}  // namespace
}  // namespace flux
