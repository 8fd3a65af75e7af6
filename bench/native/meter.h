// Throughput of several subjects side by side: in every round each one runs for a moment, and the
// best moment of each counts, so that whatever else the machine does disturbs all of them alike.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace flux::bench {

struct Subject {
  std::string name;
  size_t bytes;  ///< that one call of `work` handles
  std::function<void()> work;
  double best = 0;  ///< MB/s (1e6 bytes), set by measure()
};

enum class Clock {
  kThread,  ///< CPU time of this thread: for computation
  kWall,    ///< for work that waits for the kernel
};

void measure(std::vector<Subject>& subjects, int rounds, double secondsPerTurn, Clock clock);

}  // namespace flux::bench
