#include "container/audio_clock.h"

#include <cstdlib>

#include "container/av.h"

namespace flux {
namespace {

constexpr int64_t kToleranceMicros = 20000;

}  // namespace

int64_t AudioClock::place(int64_t ptsMicros, int64_t samples) {
  int64_t at = av_rescale(ptsMicros, sampleRate_, 1000000);
  const int64_t tolerance = av_rescale(kToleranceMicros, sampleRate_, 1000000);
  if (end_ && std::llabs(at - *end_) <= tolerance) at = *end_;
  // A unit that does not tell how long it is leaves the next one to its own time.
  end_ = samples > 0 ? std::optional(at + samples) : std::nullopt;
  return at;
}

}  // namespace flux
