// Groups the foreground cells of a motion detector into things. Internal to lib/video.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "video/frame.h"
#include "video/motion_kernels.h"

namespace flux::video {

/// Foreground that hangs together, gaps of up to two cells forgiven. In cells, half open.
struct CellRegion {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
  size_t area = 0;                ///< foreground cells
  std::vector<uint32_t> members;  ///< their indices
};

class MotionRegions final {
 public:
  MotionRegions(Size cells, const MotionKernels& kernels);

  /// `mask` is 1 where there is foreground. Cells with fewer than three of their eight neighbours
  /// in the foreground are left out: rain, snow, sparks of noise. The largest first, at most kMax.
  const std::vector<CellRegion>& find(const std::vector<uint8_t>& mask);

  static constexpr size_t kMax = 64;
  /// Fewer cells than this are nothing, whatever is asked for.
  static constexpr size_t kLeastArea = 4;

 private:
  struct Run {
    int y;
    int left;
    int right;  ///< half open
    uint32_t parent;
  };

  void dropLonely(const std::vector<uint8_t>& mask);
  void widen();
  void cutIntoRuns();
  void joinRuns();
  uint32_t rootOf(uint32_t run);
  void collect();

  const Size cells_;
  const MotionKernels& kernels_;
  std::vector<uint8_t> sums_;
  const std::vector<uint8_t> nothing_;  ///< a line beyond the edge
  std::vector<uint8_t> kept_;
  std::vector<uint8_t> wide_;
  std::vector<Run> runs_;
  std::vector<CellRegion> regions_;
};

}  // namespace flux::video
