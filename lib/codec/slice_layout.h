// Where a stream's pictures are cut into slices, learned from picture to picture. Internal to
// lib/codec.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace flux {

/// A slice tells where it begins and not where it ends, so one that is lost leaves no trace in the
/// headers of the others. Most encoders cut all pictures in the same places, though: where many did
/// and one lacks some of them, it lacks slices. Where the places change nothing is claimed.
class SliceLayout final {
 public:
  /// So many pictures alike, one behind the other, make a layout.
  static constexpr unsigned kSteady = 4;

  /// `starts` are the addresses that the slices of the next picture begin at, in any order.
  bool lacksSlices(std::vector<uint32_t> starts) {
    std::ranges::sort(starts);
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    if (starts == starts_) {
      if (alike_ < kSteady) ++alike_;
      said_ = false;
      return false;
    }
    if (alike_ >= kSteady && !said_ && std::ranges::includes(starts_, starts)) {
      // Should it be the encoder that changed, the next picture is the first of another layout.
      said_ = true;
      return true;
    }
    starts_ = std::move(starts);
    alike_ = 1;
    said_ = false;
    return false;
  }

 private:
  std::vector<uint32_t> starts_;
  unsigned alike_ = 0;
  bool said_ = false;
};

}  // namespace flux
