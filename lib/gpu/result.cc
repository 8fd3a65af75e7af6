#include "gpu/result.h"

#include "base/error.h"
#include "gpu/device.h"

namespace flux::gpu {
namespace {

constexpr const char* kRestart =
    "the streams of this process go on on the CPU; restart it to use the GPU again, and look for "
    "Xid "
    "in the kernel's log";

/// What to do about a result; empty where its name says all there is.
const char* advice(CUresult result) {
  switch (static_cast<int>(result)) {
    case kOutOfMemory:
      return "decode fewer or smaller streams on this GPU, or give them more of its memory";
    case kNoDevice:
      return "check nvidia-smi, and that the container or CUDA_VISIBLE_DEVICES shows a GPU";
    case kStubLibrary:
      return "the CUDA toolkit's stub was found instead of the driver's library; take it out of "
             "the "
             "loader's path";
    case kDeviceUnavailable:
      return "another process has the GPU for itself, or it has failed; check nvidia-smi";
    case kNotInitialized:
    case kDeinitialized:
      return "the process is about to exit";
    case kNoBinaryForGpu:
    case kInvalidPtx:
    case kUnsupportedPtxVersion:
    case kJitCompilerNotFound:
      return "the driver cannot compile the kernels for this GPU; update the NVIDIA driver";
    case kSystemNotReady:
      return "start the system's NVIDIA services (nvidia-fabricmanager), then try again";
    case kSystemDriverMismatch:
    case kCompatNotSupportedOnDevice:
      return "the driver's libraries and its kernel module are of different versions; reboot, or "
             "make the container use the host's";
    default:
      return isSticky(result) ? kRestart : "";
  }
}

const char* codeOf(CUresult result) {
  if (isSticky(result)) return "ERR_GPU_LOST";
  switch (static_cast<int>(result)) {
    case kOutOfMemory:
      return "ERR_GPU_MEMORY";
    case kStubLibrary:
    case kDeviceUnavailable:
    case kNoDevice:
    case kInvalidDevice:
    case kNoBinaryForGpu:
    case kInvalidPtx:
    case kJitCompilerNotFound:
    case kUnsupportedPtxVersion:
    case kNotSupported:
    case kSystemNotReady:
    case kSystemDriverMismatch:
    case kCompatNotSupportedOnDevice:
      return "ERR_UNSUPPORTED";
    default:
      return "ERR_GPU";
  }
}

}  // namespace

bool isSticky(CUresult result) noexcept {
  switch (static_cast<int>(result)) {
    case kEccUncorrectable:
    case kNvlinkUncorrectable:
    case kIllegalAddress:
    case kLaunchTimeout:
    case kContextIsDestroyed:
    case kAssert:
    case kHardwareStackError:
    case kIllegalInstruction:
    case kMisalignedAddress:
    case kInvalidAddressSpace:
    case kInvalidPc:
    case kLaunchFailed:
      return true;
    default:
      return false;
  }
}

std::string explain(const Driver& table, CUresult result) {
  const char* name = nullptr;
  const char* words = nullptr;
  if (table.cuGetErrorName != nullptr) table.cuGetErrorName(result, &name);
  if (table.cuGetErrorString != nullptr) table.cuGetErrorString(result, &words);
  std::string text = name != nullptr ? name : "CUDA error";
  text += " (" + std::to_string(static_cast<int>(result)) + ")";
  if (words != nullptr) text += std::string(": ") + words;
  if (const char* what = advice(result); *what != '\0') text += std::string("; ") + what;
  return text;
}

void raise(CUresult result, std::string_view action) {
  const std::string text = std::string(action) + ": " + explain(driver(), result);
  Device* device = ContextScope::device();
  if (device != nullptr) {
    // These two can be passing or for ever; whether the device still answers decides.
    const bool doubtful = result == code(kUnknown) || result == code(kDeviceUnavailable);
    if (isSticky(result) || (doubtful && !device->answers())) {
      device->markLost(text);
      throw Error("ERR_GPU_LOST", text);
    }
  }
  throw Error(codeOf(result), text);
}

}  // namespace flux::gpu
