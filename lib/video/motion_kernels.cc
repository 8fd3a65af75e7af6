#include "video/motion_kernels.h"

#include "video/motion_loops.h"

namespace flux::video {

const MotionKernels kPortableMotionKernels = loops::kKernels;

const MotionKernels& motionKernels(CpuLevel cpuLevel) {
  requireCpuLevel(cpuLevel);
#if defined(__x86_64__)
  // Wider vectors gain nothing: the cells come out of the second cache.
  if (cpuLevel == CpuLevel::kAvx2 || cpuLevel == CpuLevel::kAvx512) return kAvx2MotionKernels;
#endif
  return kPortableMotionKernels;
}

}  // namespace flux::video
