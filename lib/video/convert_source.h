// What convert reads, 8-bit planes of Y'CbCr in the machine's memory, and its slow way to the
// result. Internal to lib/video.
#pragma once

#include "video/convert_plan.h"
#include "video/libav.h"

namespace flux::video {

/// One component: sample (x, y) is at data[y * stride + x * step].
struct Component {
  const uint8_t* data = nullptr;
  ptrdiff_t stride = 0;
  int step = 1;  ///< 2 where Cb and Cr stand by turns
  Size size;
  int shiftX = 0;  ///< of luma positions to positions here
  int shiftY = 0;
};

struct ConvertSource {
  std::shared_ptr<const AVFrame> frame;  ///< holds the planes
  std::array<Component, 3> components;   ///< Y', Cb, Cr
  bool grey = false;                     ///< Cb and Cr are 128 everywhere, and not there
  ColourSpec colour;
};

/// `frame` is in the machine's memory, and outlives the result where it is read as it is. Throws
/// ERR_UNSUPPORTED where libswscale does not know its pixel format.
ConvertSource readable(const Frame& frame);

/// The rule itself, for convertReference() and for what is too rare to be fast.
void runReference(const ConvertPlan& plan, const ConvertSource& source, const Destination& to);

}  // namespace flux::video
