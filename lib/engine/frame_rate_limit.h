// Which pictures are shown where fewer are wanted than come.
#pragma once

#include <algorithm>
#include <cstdint>

namespace flux {

/// Lets pass at most so many pictures a second, by their media times, as evenly as these allow.
class FrameRateLimit final {
 public:
  /// 0: all pass.
  void set(double framesPerSecond) {
    interval_ = framesPerSecond > 0 ? static_cast<int64_t>(1e6 / framesPerSecond) : 0;
    due_ = kAnyTime;
  }
  /// Media times begin anew.
  void restart() { due_ = kAnyTime; }

  /// Would a picture of this time pass? Microseconds.
  [[nodiscard]] bool wouldPass(int64_t timestamp) const {
    // Cameras' clocks tremble: a little early is in time.
    const int64_t early = std::min(interval_ / 4, kTremble);
    return interval_ == 0 || due_ == kAnyTime || timestamp + early >= due_ ||
           timestamp < due_ - 2 * interval_;
  }
  bool pass(int64_t timestamp) {
    if (!wouldPass(timestamp)) return false;
    const bool inStep =
        due_ != kAnyTime && timestamp - due_ < interval_ && due_ - timestamp <= 2 * interval_;
    due_ = (inStep ? due_ : timestamp) + interval_;
    return true;
  }

 private:
  static constexpr int64_t kAnyTime = INT64_MIN;
  static constexpr int64_t kTremble = 10'000;
  int64_t interval_ = 0;
  int64_t due_ = kAnyTime;
};

}  // namespace flux
