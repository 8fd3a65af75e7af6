// Decoding times for streams that carry only presentation times (Matroska, raw H.264).
// Internal to lib/container.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flux {

/// Derives each packet's decoding time from the presentation times around it: the n-th packet is
/// decoded when the (n - depth)-th picture is shown. Results never fall.
class DecodingClock final {
 public:
  explicit DecodingClock(int reorderDepth);

  /// How many packets should be known before the first decoding time, to tell the frame interval.
  [[nodiscard]] size_t lookAhead() const noexcept { return depth_ == 0 ? 1 : 2 * depth_ + 4; }
  /// The first packets' presentation times in decoding order (fewer than lookAhead() at a file's
  /// end). `frameMicros` is the frame interval where the times do not tell.
  void start(const std::vector<int64_t>& firstPts, int64_t frameMicros);
  /// The decoding time of the next packet in decoding order.
  int64_t next(int64_t ptsMicros);

 private:
  size_t depth_;
  std::vector<int64_t> window_;  // ascending; the last depth + 1 presentation times
  int64_t last_ = INT64_MIN;
};

}  // namespace flux
