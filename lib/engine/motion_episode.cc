#include "engine/motion_episode.h"

#include <algorithm>
#include <utility>

namespace flux {

void MotionEpisode::see(const std::vector<video::MotionRegion>& regions, int64_t atMs,
                        std::vector<MotionEvent>& out) {
  pass(atMs, out);
  if (regions.empty()) return;
  if (moving_ && atMs - fromMs_ >= options_.maxEventMs) end(out);
  const bool begins = !std::exchange(moving_, true);
  if (begins) {
    fromMs_ = toMs_ = atMs;
    score_ = 0;
    box_ = regions.front().box;
    zones_ = 0;
  }
  // A wall clock that was set back makes no event end before it began.
  toMs_ = std::max(toMs_, atMs);
  bool news = begins;
  for (const video::MotionRegion& region : regions) {
    score_ = std::max(score_, region.score);
    box_ = unite(box_, region.box);
    news = news || (region.zones & ~zones_) != 0;
    zones_ |= region.zones;
  }
  if (!news && atMs - toldMs_ < options_.updateEveryMs && atMs >= toldMs_) return;
  toldMs_ = atMs;
  tell(begins ? MotionPhase::kStart : MotionPhase::kUpdate, regions, out);
}

void MotionEpisode::pass(int64_t nowMs, std::vector<MotionEvent>& out) {
  if (moving_ && nowMs - toMs_ > options_.stopAfterMs) end(out);
}

void MotionEpisode::end(std::vector<MotionEvent>& out) {
  if (std::exchange(moving_, false)) tell(MotionPhase::kEnd, {}, out);
}

void MotionEpisode::tell(MotionPhase phase, std::vector<video::MotionRegion> regions,
                         std::vector<MotionEvent>& out) const {
  out.push_back({phase, fromMs_, toMs_, score_, box_, zones_, std::move(regions)});
}

}  // namespace flux
