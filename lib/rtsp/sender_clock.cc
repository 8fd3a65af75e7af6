// Reports smoothed into one offset, arrivals into the least delay.
#include "rtsp/sender_clock.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace flux::rtsp {
namespace {

constexpr int64_t kMicros = 1000000;
/// What is least of so long is network without queues; over more, clocks drift.
constexpr int64_t kWindowMicros = 10 * kMicros;

int64_t ntpMicros(uint64_t ntp) {
  const auto fraction = static_cast<int64_t>((ntp & 0xFFFFFFFF) * kMicros >> 32);
  return static_cast<int64_t>(ntp >> 32) * kMicros + fraction;
}

}  // namespace

void SenderClock::begin(uint32_t clockRate) {
  clockRate_ = std::max(clockRate, 1U);
  leastDelay_.reset();
  forgetReports();
}

void SenderClock::forgetReports() {
  reports_ = 0;
  ++generation_;
}

int64_t SenderClock::toMicros(int64_t mediaTime) const noexcept {
  const int64_t rate = clockRate_;
  // In parts, so that 64 bits hold it.
  return mediaTime / rate * kMicros + mediaTime % rate * kMicros / rate;
}

int64_t SenderClock::toMediaTime(int64_t micros) const noexcept {
  // A camera may name any clock rate.
  constexpr double kLimit = 1e18;
  const double ticks = static_cast<double>(micros) * clockRate_ / kMicros;
  return std::llround(std::clamp(ticks, -kLimit, kLimit));
}

void SenderClock::onPacket(int64_t mediaTime, int64_t arrivalMicros) {
  const int64_t delay = arrivalMicros - toMicros(mediaTime);
  if (!leastDelay_) {
    leastDelay_ = formerLeastDelay_ = delay;
    windowStartMicros_ = arrivalMicros;
  } else if (arrivalMicros - windowStartMicros_ > kWindowMicros) {
    formerLeastDelay_ = *leastDelay_;
    leastDelay_ = delay;
    windowStartMicros_ = arrivalMicros;
  }
  leastDelay_ = std::min(*leastDelay_, delay);
}

SenderClock::Verdict SenderClock::onReport(uint64_t ntpTime, int64_t mediaTime) {
  if (ntpTime == 0) return Verdict::kNoTime;
  const int64_t offset = ntpMicros(ntpTime) - toMicros(mediaTime);
  const int64_t deviation = offset - offsetMicros_;
  const bool contradicts = reports_ > 0 && std::llabs(deviation) > kMaxDeviationMicros;
  if (contradicts) forgetReports();
  // Half of a deviation is taken for jitter; a drift of 200 ppm then lags by the drift of one
  // interval, which is a millisecond.
  offsetMicros_ = reports_ == 0 ? offset : offsetMicros_ + deviation / 2;
  reports_ = std::min(reports_ + 1, 2U);
  return contradicts ? Verdict::kUnsteady : Verdict::kTaken;
}

int64_t SenderClock::latencyMicros() const noexcept {
  return std::min(*leastDelay_, formerLeastDelay_) - offsetMicros_;
}

}  // namespace flux::rtsp
