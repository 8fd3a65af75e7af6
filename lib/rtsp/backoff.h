// How long a session waits before it tries again.
#pragma once

#include <cstdint>
#include <random>

namespace flux::rtsp {

/// Doubles from the shortest delay to the longest, each spread by 25 % to either side, so that many
/// cameras behind one switch do not come back in step.
class Backoff final {
 public:
  Backoff(int64_t minMs, int64_t maxMs) : minMs_(minMs), maxMs_(maxMs) {}

  int64_t nextDelayMs();
  /// The next delay is the shortest again.
  void reset() { failures_ = 0; }

 private:
  const int64_t minMs_;
  const int64_t maxMs_;
  int failures_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace flux::rtsp
