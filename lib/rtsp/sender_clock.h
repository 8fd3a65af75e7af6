// When a track's camera says that it captured a frame: RTP time to the NTP time of its sender
// reports (RFC 3550 §6.4.1), and how long after that frames arrive.
#pragma once

#include <cstdint>
#include <optional>

namespace flux::rtsp {

/// Only the difference between two of them means anything: a camera's NTP time may be decades off.
class SenderClock final {
 public:
  /// Reports that contradict those before by more than this are of a clock that was set, or
  /// guesses.
  static constexpr int64_t kMaxDeviationMicros = 100000;

  enum class Verdict : uint8_t {
    kTaken,
    kNoTime,    ///< NTP time 0: the sender has no wall clock
    kUnsteady,  ///< contradicts what came before, which is forgotten
  };

  /// A connection begins, or RTP time begins anew: nothing is known.
  void begin(uint32_t clockRate);
  void restart() { begin(clockRate_); }
  /// What reports told is forgotten, what arrivals told is not.
  void forgetReports();

  /// A frame's packet arrived (monotonic). `mediaTime` is RTP time, extended to 64 bits.
  void onPacket(int64_t mediaTime, int64_t arrivalMicros);
  Verdict onReport(uint64_t ntpTime, int64_t mediaTime);

  /// True once two reports agree and a packet came.
  [[nodiscard]] bool isKnown() const noexcept { return reports_ >= 2 && leastDelay_.has_value(); }
  /// Changes whenever something is forgotten.
  [[nodiscard]] uint64_t generation() const noexcept { return generation_; }
  /// From a media time of zero to NTP time, in microseconds; where isKnown().
  [[nodiscard]] int64_t offsetMicros() const noexcept { return offsetMicros_; }
  /// From a frame's NTP time to the monotonic time of its arrival, by those that travelled
  /// fastest; where isKnown(). Its zero is meaningless, and the same for all tracks of one clock.
  [[nodiscard]] int64_t latencyMicros() const noexcept;

  [[nodiscard]] int64_t toMicros(int64_t mediaTime) const noexcept;
  [[nodiscard]] int64_t toMediaTime(int64_t micros) const noexcept;

 private:
  uint32_t clockRate_ = 90000;
  uint64_t generation_ = 0;
  uint32_t reports_ = 0;  ///< that agree with each other
  int64_t offsetMicros_ = 0;
  // Arrival minus media time: the least of the present window, and of the one before.
  std::optional<int64_t> leastDelay_;
  int64_t formerLeastDelay_ = 0;
  int64_t windowStartMicros_ = 0;
};

}  // namespace flux::rtsp
