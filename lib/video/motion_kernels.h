// The loops of motion detection over all cells, one table per level of instructions. All levels
// give the same numbers. Internal to lib/video.
//
// Grey levels are in sixty-fourths (MotionBackground::kOne), masks are 1 or 0 per cell.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/cpu_level.h"

namespace flux::video {

/// A line of cells against what their neighbours' background allows.
struct MotionLine {
  const int16_t* low[3];   ///< of the lines above, here and below, see MotionKernels::spread
  const int16_t* high[3];  ///< alike
  const int16_t* floors;
  const int16_t* noise;
  const int16_t* mean;
  const uint8_t* now;
};

struct MotionStrays {
  uint32_t count = 0;
  int32_t brighter = 0;  ///< sum of now - mean
};

/// What one picture does to cells.
struct MotionCells {
  int16_t* mean;
  int16_t* noise;
  uint8_t* still;     ///< pictures without change, up to 255
  uint8_t* previous;  ///< each cell as it last changed
  const int16_t* floors;
  const uint8_t* foreground;
  const uint8_t* now;
};

/// See MotionBackground::Pace.
struct MotionSteps {
  int16_t mean;
  int16_t foreground;
  int16_t absorb;  ///< of foreground that stood still
  int16_t noise;
  int16_t foregroundNoise;
  int16_t maxNoise;
  int16_t maxForegroundNoise;
  uint8_t stillAfter;
};

struct MotionKernels {
  /// The least and the most of each three neighbours in a line; at the ends of two.
  void (*spread)(const int16_t* line, size_t count, int16_t* low, int16_t* high);
  /// Marks cells that are further out than floor + 3 * noise.
  MotionStrays (*strays)(const MotionLine& line, size_t count, uint8_t* out);
  /// One step of mean, noise and stillness.
  void (*follow)(const MotionCells& cells, const MotionSteps& steps, size_t count);
  /// out = a & b
  void (*both)(const uint8_t* a, const uint8_t* b, size_t count, uint8_t* out);
  /// Sums of each three neighbours in a line; at the ends of two.
  void (*sums)(const uint8_t* line, size_t count, uint8_t* out);
  /// out = line where the three sums come to `least`, else 0.
  void (*keep)(const uint8_t* const sums[3], const uint8_t* line, uint8_t least, size_t count,
               uint8_t* out);
  /// 1 where any of the sums is not 0.
  void (*any)(const uint8_t* const sums[3], size_t count, uint8_t* out);
};

/// Throws ERR_INVALID_ARGUMENT where `level` cannot run here.
const MotionKernels& motionKernels(CpuLevel level);

extern const MotionKernels kPortableMotionKernels;
#if defined(__x86_64__)
extern const MotionKernels kAvx2MotionKernels;
#endif

}  // namespace flux::video
