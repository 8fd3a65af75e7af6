// What moves in single pictures, and what is told of it.
#include "engine/motion_episode.h"

#include <gtest/gtest.h>

#include <string>

namespace flux {
namespace {

constexpr MotionEpisodeOptions kEpisode{
    .stopAfterMs = 2000, .updateEveryMs = 1000, .maxEventMs = 10'000};

std::string storyOf(const std::vector<MotionEvent>& events) {
  std::string out;
  for (const MotionEvent& event : events) {
    const char* phases[] = {"start", "update", "end"};
    out += std::string(out.empty() ? "" : ", ") + phases[static_cast<int>(event.phase)] + " " +
           std::to_string(event.fromMs) + "-" + std::to_string(event.toMs);
  }
  return out;
}

std::vector<video::MotionRegion> motionAt(float x) {
  return {{.box = {.x = x, .y = 0, .width = 0.1F, .height = 0.1F}, .score = 0.5F + x}};
}

TEST(MotionEpisode, BeginsIsToldOfAndEnds) {
  MotionEpisode episode(kEpisode);
  std::vector<MotionEvent> events;
  episode.see(motionAt(0.1F), 1000, events);
  episode.see(motionAt(0.4F), 1500, events);
  episode.see(motionAt(0.2F), 2000, events);
  episode.see({}, 3000, events);
  episode.pass(4001, events);
  EXPECT_EQ(storyOf(events), "start 1000-1000, update 1000-2000, end 1000-2000");
  EXPECT_FLOAT_EQ(events.back().score, 0.9F);
  EXPECT_FLOAT_EQ(events.back().box.width, 0.4F);
  EXPECT_FALSE(episode.isMoving());
}

TEST(MotionEpisode, ThatGoesOnIsSeveralEventsOneBehindTheOther) {
  MotionEpisode episode(kEpisode);
  std::vector<MotionEvent> events;
  for (int64_t at = 0; at <= 12'000; at += 4000) {
    // Pictures come twice as often as motion would be over.
    episode.see(motionAt(0.1F), at, events);
    episode.see(motionAt(0.1F), at + 2000, events);
  }
  episode.end(events);
  EXPECT_EQ(storyOf(events),
            "start 0-0, update 0-2000, update 0-4000, update 0-6000, update 0-8000, end 0-8000, "
            "start 10000-10000, update 10000-12000, update 10000-14000, end 10000-14000");
}

TEST(MotionEpisode, EndsNotBeforeItBeganWhereTheClockIsSetBack) {
  MotionEpisode episode(kEpisode);
  std::vector<MotionEvent> events;
  episode.see(motionAt(0.1F), 5000, events);
  episode.see(motionAt(0.1F), 1000, events);
  episode.end(events);
  EXPECT_EQ(storyOf(events), "start 5000-5000, update 5000-5000, end 5000-5000");
}

}  // namespace
}  // namespace flux
