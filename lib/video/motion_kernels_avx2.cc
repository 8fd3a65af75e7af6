// Compiled for AVX2; motion_kernels.cc chooses it at run time.
#include "video/motion_loops.h"

namespace flux::video {

const MotionKernels kAvx2MotionKernels = loops::kKernels;

}  // namespace flux::video
