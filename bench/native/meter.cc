#include "meter.h"

#include <ctime>

#include <algorithm>

namespace flux::bench {
namespace {

double now(Clock clock) {
  timespec time{};
  clock_gettime(clock == Clock::kThread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Seconds of one call: of a run of calls, long enough for the clock, the mean.
double secondsPerCall(const Subject& subject, double atLeast, Clock clock) {
  const double start = now(clock);
  double spent = 0;
  size_t calls = 0;
  // The clock is a system call for some: asked after every doubling only.
  for (size_t batch = 1; spent < atLeast; batch *= 2) {
    for (size_t i = 0; i < batch; ++i) subject.work();
    calls += batch;
    spent = now(clock) - start;
  }
  return spent / static_cast<double>(calls);
}

}  // namespace

void measure(std::vector<Subject>& subjects, int rounds, double secondsPerTurn, Clock clock) {
  for (int round = 0; round < rounds; ++round) {
    for (Subject& subject : subjects) {
      const double seconds = secondsPerCall(subject, secondsPerTurn, clock);
      subject.best = std::max(subject.best, static_cast<double>(subject.bytes) / seconds / 1e6);
    }
  }
}

}  // namespace flux::bench
