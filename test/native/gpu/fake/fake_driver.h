// Has the engine open the fake driver of this folder: include it in a test program that links
// flux_fake_driver.
#pragma once

#include <cstdlib>

#include "fake_cuda.h"

namespace fake {

/// Before anything of the engine runs.
inline const bool kChosen = [] {
  ::setenv("FLUXVISION_DRIVER_DIR", FLUX_FAKE_DRIVER_DIR, 1);
  // A device that is lost stays lost for the life of a process.
  ::setenv("FAKE_CUDA_DEVICES", "64", 0);
  return true;
}();

/// An ordinal that no test used before.
inline int freshDevice() {
  static int next = 0;
  return ++next;
}

}  // namespace fake
