// The arithmetic of waiting.
#include "rtsp/backoff.h"

#include <algorithm>

namespace flux::rtsp {

int64_t Backoff::nextDelayMs() {
  const int64_t shortest = std::max<int64_t>(minMs_, 1);
  const int64_t longest = std::max(maxMs_, shortest);
  int64_t delay = shortest;
  for (int i = 0; i < failures_ && delay < longest; ++i) delay *= 2;
  ++failures_;
  std::uniform_real_distribution<double> spread(0.75, 1.25);
  const double jittered = static_cast<double>(std::min(delay, longest)) * spread(random_);
  return std::max<int64_t>(static_cast<int64_t>(jittered), 1);
}

}  // namespace flux::rtsp
