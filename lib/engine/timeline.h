// Places a stream's media time on the wall clock (design: "Time").
#pragma once

#include <cstdint>

#include "codec/access_unit.h"

namespace flux {

/// Maps RTP time to UTC. Anchored on the arrival of a run's first frame; afterwards it follows the
/// least delayed arrivals by at most 500 ppm, so that drift between the two clocks is absorbed and
/// network jitter is not. It never jumps inside a run: what cannot be absorbed starts a new run.
class Timeline final {
 public:
  static constexpr double kMaxGlide = 500e-6;
  /// A frame that arrives this much before its time, or after it, tells of a jump of a clock.
  static constexpr int64_t kMaxEarlyMs = 2000;
  static constexpr int64_t kMaxLateMs = 30000;

  enum class Verdict : uint8_t { kContinues, kDiscontinuity };

  /// Begins a new run at `unit`.
  void start(const AccessUnit& unit);
  /// Takes the next frame into account. On kDiscontinuity the caller ends the run; nothing changed.
  Verdict advance(const AccessUnit& unit);
  [[nodiscard]] bool isRunning() const noexcept { return running_; }
  void stop() noexcept { running_ = false; }

  /// UTC milliseconds of a media time of the current run.
  [[nodiscard]] double wallMs(const AccessUnit& unit) const noexcept;

 private:
  [[nodiscard]] double mediaMs(const AccessUnit& unit) const noexcept;

  bool running_ = false;
  int64_t baseMedia_ = 0;
  double offsetMs_ = 0;     // wall time of media time zero
  double windowMinMs_ = 0;  // least offset seen in the current window, and in the one before
  double previousMinMs_ = 0;
  double windowStartMs_ = 0;
  double lastMediaMs_ = 0;
  int64_t clockSkewMs_ = 0;  // wall clock minus monotonic clock
};

}  // namespace flux
