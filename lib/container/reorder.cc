#include "container/reorder.h"

#include <algorithm>

namespace flux {
namespace {

constexpr int kMaxReorderDepth = 16;  // H.264 Annex A: max_dec_frame_buffering

}  // namespace

DecodingClock::DecodingClock(int reorderDepth)
    : depth_(static_cast<size_t>(std::clamp(reorderDepth, 0, kMaxReorderDepth))) {
  window_.reserve(depth_ + 2);
}

void DecodingClock::start(const std::vector<int64_t>& firstPts, int64_t frameMicros) {
  if (firstPts.empty()) return;
  std::vector<int64_t> sorted = firstPts;
  std::sort(sorted.begin(), sorted.end());
  int64_t interval = INT64_MAX;
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i] > sorted[i - 1]) interval = std::min(interval, sorted[i] - sorted[i - 1]);
  }
  if (interval != INT64_MAX) frameMicros = interval;
  // Pictures that would have been shown before the first one.
  for (size_t i = depth_; i > 0; --i) {
    window_.push_back(sorted.front() - static_cast<int64_t>(i) * frameMicros);
  }
}

int64_t DecodingClock::next(int64_t ptsMicros) {
  window_.insert(std::upper_bound(window_.begin(), window_.end(), ptsMicros), ptsMicros);
  last_ = std::max(last_, window_.front());
  window_.erase(window_.begin());
  return last_;
}

}  // namespace flux
