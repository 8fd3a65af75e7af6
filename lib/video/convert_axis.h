// How a plane is resampled along one axis: which samples make each of the result's, by which
// weights. Internal to lib/video.
#pragma once

#include <cstdint>
#include <vector>

namespace flux::video {

/// The rule of convert.h along one axis.
struct AxisRule {
  int outputs = 0;     ///< samples of the result
  int cell = 1;        ///< positions of the result that one of them covers: 2 for its chroma
  int sourceFrom = 0;  ///< Placement::source, in luma samples
  int sourceLength = 0;
  int targetLength = 0;  ///< Placement::target
  int shift = 0;         ///< of luma positions to the plane's
  int planeLength = 0;   ///< samples of the plane
};

enum class AxisKind : uint8_t {
  kSame,    ///< output i is sample begin + i
  kDouble,  ///< outputs 2i and 2i + 1 lie between samples begin + i and its neighbours, 3 to 1
  kTaps,    ///< each output is a sum of its own
};

struct Axis {
  AxisKind kind = AxisKind::kTaps;
  int outputs = 0;
  int begin = 0;  ///< the samples that are read
  int end = 0;
  // kTaps only. Output i is the sum over t of sample[first[i] + t] * weights[i * taps + t].
  int taps = 0;
  std::vector<int32_t> first;
  std::vector<int32_t> weights;  ///< of 65536, which is the sum of an output's
};

Axis axisOf(const AxisRule& rule);

}  // namespace flux::video
