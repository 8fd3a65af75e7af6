// Decoding and presentation times of a stream that is sent picture by picture.
// Internal to lib/container.
#pragma once

#include <cstdint>

#include "container/reorder.h"

namespace flux {

/// A timeline that begins at 0 and never falls: decoding times rise by at least 1 microsecond with
/// each picture, whatever the source's clock does. No picture waits for one behind it.
class FragmentTimeline final {
 public:
  struct Times {
    int64_t decode = 0;       ///< microseconds
    int64_t composition = 0;  ///< presentation minus decoding time, microseconds
    int64_t duration = 0;     ///< of the interval before it; microseconds, at least 1
  };

  /// A clock that goes this far beyond what came between two pictures is another clock.
  static constexpr int64_t kMaxLeapMicros = 10'000'000;
  /// Behind another clock's first picture lies what came between by arrival, at most this.
  static constexpr int64_t kMaxPauseMicros = 3'600'000'000;

  /// `frameMicros`: what a picture lasts as long as no two are known.
  explicit FragmentTimeline(int64_t frameMicros);

  /// What comes next is out of order by at most `depth` pictures; 0: it is shown as it is decoded.
  void setDepth(int depth, int64_t frameMicros);
  /// What comes next has another clock: it goes on `pauseMicros` behind the last picture.
  void restart(int64_t pauseMicros);
  /// Of the next picture in decoding order. `pts` and `arrival` in microseconds of two clocks.
  Times next(int64_t pts, int64_t arrival);

 private:
  [[nodiscard]] bool leaps(int64_t pts, int64_t arrival) const;
  void begin(int64_t pts, int64_t pause);

  DecodingClock clock_{0};
  int depth_ = 0;
  int64_t frameMicros_;
  bool began_ = false;    ///< something was sent
  bool running_ = false;  ///< clock_ and offset_ are those of the source's clock
  int64_t pause_ = -1;    ///< asked for by restart(); -1: by arrival
  int64_t offset_ = 0;    ///< from the source's clock to ours
  int64_t lastDecode_ = 0;
  int64_t lastArrival_ = 0;
  int64_t latestPts_ = 0;  ///< of the source's clock
};

}  // namespace flux
