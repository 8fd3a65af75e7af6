#include "container/fragment_timeline.h"

#include <algorithm>

namespace flux {
namespace {

/// Clocks are compared and subtracted: nothing overflows within this, some 36,000 years.
constexpr int64_t kMaxClock = int64_t{1} << 60;
/// A picture that belongs more than this in front of the latest, beyond what reordering explains,
/// has another clock.
constexpr int64_t kMaxBackMicros = 200'000;

int64_t within(int64_t clock) {
  return std::clamp(clock, -kMaxClock, kMaxClock);
}

int64_t checkedFrame(int64_t micros) {
  return std::clamp(micros, int64_t{1}, FragmentTimeline::kMaxLeapMicros);
}

}  // namespace

FragmentTimeline::FragmentTimeline(int64_t frameMicros) : frameMicros_(checkedFrame(frameMicros)) {}

void FragmentTimeline::setDepth(int depth, int64_t frameMicros) {
  if (!began_) frameMicros_ = checkedFrame(frameMicros);
  if (depth == depth_) return;
  depth_ = depth;
  running_ = false;
}

void FragmentTimeline::restart(int64_t pauseMicros) {
  running_ = false;
  pause_ = std::max(int64_t{0}, pauseMicros);
}

bool FragmentTimeline::leaps(int64_t pts, int64_t arrival) const {
  const int64_t step = pts - latestPts_;
  const int64_t back = kMaxBackMicros + (depth_ > 0 ? (depth_ + 1) * frameMicros_ : 0);
  const int64_t passed = std::clamp(arrival - lastArrival_, int64_t{0}, kMaxPauseMicros);
  return step < -back || step > kMaxLeapMicros + passed;
}

void FragmentTimeline::begin(int64_t pts, int64_t pause) {
  clock_ = DecodingClock(depth_);
  clock_.start({pts}, frameMicros_);
  const int64_t first = began_ ? lastDecode_ + std::max(pause, frameMicros_) : 0;
  offset_ = first + depth_ * frameMicros_ - pts;
  latestPts_ = pts;
  running_ = true;
  pause_ = -1;
}

FragmentTimeline::Times FragmentTimeline::next(int64_t pts, int64_t arrival) {
  pts = within(pts);
  arrival = within(arrival);
  const bool another = !running_ || leaps(pts, arrival);
  if (another) {
    const int64_t passed = pause_ >= 0 ? pause_ : arrival - lastArrival_;
    // Backwards, as in reverse play, the way is as long.
    begin(pts, std::min(passed < 0 ? -passed : passed, kMaxPauseMicros));
  }
  Times times;
  times.decode = clock_.next(pts) + offset_;
  if (began_) times.decode = std::max(times.decode, lastDecode_ + 1);
  times.composition = depth_ == 0 ? 0 : pts + offset_ - times.decode;
  if (began_ && !another) frameMicros_ = checkedFrame(times.decode - lastDecode_);
  times.duration = frameMicros_;
  began_ = true;
  lastDecode_ = times.decode;
  lastArrival_ = arrival;
  latestPts_ = std::max(latestPts_, pts);
  return times;
}

}  // namespace flux
