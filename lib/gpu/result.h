// CUDA's results as errors of this engine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gpu/driver.h"

namespace flux::gpu {

/// Those of CUresult that something hangs on; ffnvcodec names four.
enum Code : uint16_t {
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNotInitialized = 3,
  kDeinitialized = 4,  ///< the process is about to exit
  kStubLibrary = 34,
  kDeviceUnavailable = 46,  ///< another process has it for itself, or it fell off the bus
  kNoDevice = 100,
  kInvalidDevice = 101,
  kInvalidImage = 200,
  kInvalidContext = 201,
  kNoBinaryForGpu = 209,
  kEccUncorrectable = 214,
  kInvalidPtx = 218,
  kNvlinkUncorrectable = 220,
  kJitCompilerNotFound = 221,
  kUnsupportedPtxVersion = 222,
  kInvalidHandle = 400,
  kNotFound = 500,
  kNotReady = 600,
  kIllegalAddress = 700,
  kLaunchTimeout = 702,
  kContextIsDestroyed = 709,
  kAssert = 710,
  kHardwareStackError = 714,
  kIllegalInstruction = 715,
  kMisalignedAddress = 716,
  kInvalidAddressSpace = 717,
  kInvalidPc = 718,
  kLaunchFailed = 719,
  kNotPermitted = 800,
  kNotSupported = 801,
  kSystemNotReady = 802,
  kSystemDriverMismatch = 803,
  kCompatNotSupportedOnDevice = 804,
  kUnknown = 999,
};

constexpr CUresult code(Code value) {
  return static_cast<CUresult>(value);
}

/// After such a result every call of this process fails on that device: the CUDA documentation's
/// "leaves the process in an inconsistent state".
bool isSticky(CUresult result) noexcept;

/// "CUDA_ERROR_NO_DEVICE (100): no CUDA-capable device is detected; what to do".
std::string explain(const Driver& table, CUresult result);

/// Throws what stands for `result`; `action` says what was tried, as in "copying a picture".
///   ERR_GPU_MEMORY    the device's memory does not suffice
///   ERR_GPU_LOST      isSticky(); the device of this thread's ContextScope is marked as lost
///   ERR_UNSUPPORTED   the device or the driver cannot do it
///   ERR_GPU           any other failure
[[noreturn]] void raise(CUresult result, std::string_view action);

inline void check(CUresult result, std::string_view action) {
  if (result != CUDA_SUCCESS) raise(result, action);
}

}  // namespace flux::gpu
