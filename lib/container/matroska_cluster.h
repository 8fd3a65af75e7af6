// One cluster of a Matroska stream while it fills (RFC 9559 §5.1.3): blocks of all tracks.
// Internal to lib/container.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace flux {

/// libavformat's muxer keeps the newest audio packet back until the next packet of any track, also
/// over a flush; here nothing is kept back.
class MatroskaCluster final {
 public:
  [[nodiscard]] bool isEmpty() const noexcept { return own_.empty(); }
  [[nodiscard]] size_t size() const noexcept { return own_.size() + referredBytes_; }
  /// Milliseconds of the first block.
  [[nodiscard]] int64_t timestamp() const noexcept { return timestamp_; }
  /// Can a block of this time stand in the cluster? Blocks tell theirs as 16-bit differences.
  [[nodiscard]] bool reaches(int64_t timestampMs) const noexcept;

  /// Adds a SimpleBlock of track number `track`, 1 to 126. The caller has checked reaches().
  /// `unit` is copied where it has no `owner`, else referred to, its owner held.
  void add(unsigned track, ByteView unit, int64_t timestampMs, bool keyFrame,
           std::shared_ptr<const void> owner);
  /// The whole element, its header in front; not of an empty cluster. The views end with the
  /// cluster.
  [[nodiscard]] std::vector<ByteView> finish();

 private:
  /// Where the element's header and the Timestamp will stand.
  static constexpr size_t kHeadRoom = 4 + 8 + 2 + 8;

  struct Referred {
    size_t at;  ///< its place in own_
    ByteView bytes;
    std::shared_ptr<const void> owner;
  };

  Bytes own_;  ///< all but what is referred to
  std::vector<Referred> referred_;
  size_t referredBytes_ = 0;
  int64_t timestamp_ = 0;
};

}  // namespace flux
