// The two clocks of the house: monotonic microseconds for durations, UTC milliseconds for the wall.
#pragma once

#include <chrono>
#include <cstdint>

namespace flux {

/// Microseconds of a clock that never jumps; its zero has no meaning.
inline int64_t monotonicMicros() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

/// UTC milliseconds since 1970-01-01.
inline int64_t wallMillis() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace flux
