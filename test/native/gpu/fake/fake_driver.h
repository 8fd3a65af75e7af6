// Has the engine open the fake driver of this folder: include it in a test program that links
// flux_fake_driver.
#pragma once

#include <cstdlib>
#include <string>

#include "fake_cuda.h"

namespace fake {

/// A device that is lost stays lost for the life of a process, so that there are many.
inline constexpr int kDevices = 256;
/// Those before it are for tests that lose none.
inline constexpr int kFirstFresh = 8;

/// Before anything of the engine runs.
inline const bool kChosen = [] {
  ::setenv("FLUXVISION_DRIVER_DIR", FLUX_FAKE_DRIVER_DIR, 1);
  ::setenv("FAKE_CUDA_DEVICES", std::to_string(kDevices).c_str(), 1);
  return true;
}();

/// An ordinal that no test used before.
inline int freshDevice() {
  static int next = kFirstFresh;
  return next++;
}

}  // namespace fake
