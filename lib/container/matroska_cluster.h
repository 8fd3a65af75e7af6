// One cluster of a Matroska stream while it fills (RFC 9559 §5.1.3): blocks of all tracks.
// Internal to lib/container.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace flux {

/// libavformat's muxer keeps the newest audio packet back until the next packet of any track, also
/// over a flush; here nothing is kept back.
class MatroskaCluster final {
 public:
  [[nodiscard]] bool isEmpty() const noexcept { return blocks_.empty(); }
  [[nodiscard]] size_t size() const noexcept { return blocks_.size(); }
  /// Milliseconds of the first block.
  [[nodiscard]] int64_t timestamp() const noexcept { return timestamp_; }
  /// Can a block of this time stand in the cluster? Blocks tell theirs as 16-bit differences.
  [[nodiscard]] bool reaches(int64_t timestampMs) const noexcept;

  /// Adds a SimpleBlock of track number `track`, 1 to 126. The caller has checked reaches().
  void add(unsigned track, ByteView unit, int64_t timestampMs, bool keyFrame);
  /// The whole element, its header in front. Empties the cluster.
  Bytes take();

 private:
  /// Where the element's header and the Timestamp will stand.
  static constexpr size_t kHeadRoom = 4 + 8 + 2 + 8;

  Bytes blocks_;
  int64_t timestamp_ = 0;
};

}  // namespace flux
