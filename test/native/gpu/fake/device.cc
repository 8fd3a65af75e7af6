// Devices, their primary contexts, and the calling thread's stack of contexts.
#include <cstdio>
#include <cstring>

#include "state.h"

namespace {

constexpr int kInvalidValue = 1;
constexpr int kNotInitialized = 3;
constexpr int kNoDevice = 100;
constexpr int kInvalidDevice = 101;
constexpr int kInvalidContext = 201;

CUresult result(int number) {
  return static_cast<CUresult>(number);
}

/// A thread that ends has left every context that it entered.
struct Stack {
  ~Stack() {
    if (!contexts.empty()) fakeCudaViolation("a thread ended with a context pushed");
  }
  std::vector<fake::Context*> contexts;
};
thread_local Stack stack;

fake::Device* deviceOf(CUdevice handle) {
  auto& devices = fake::state().devices;
  return handle >= 0 && static_cast<size_t>(handle) < devices.size()
             ? &devices[static_cast<size_t>(handle)]
             : nullptr;
}

CUresult enterDevice(const char* name, CUdevice handle, fake::Device*& device) {
  if (const CUresult early = fakeCudaEnter(name, false); early != CUDA_SUCCESS) return early;
  if (!fake::state().initialized) return result(kNotInitialized);
  device = deviceOf(handle);
  return device != nullptr ? CUDA_SUCCESS : result(kInvalidDevice);
}

fake::Context* contextOf(CUcontext handle) {
  for (auto& device : fake::state().devices) {
    if (reinterpret_cast<CUcontext>(&device.context) == handle) return &device.context;
  }
  return nullptr;
}

struct Name {
  int error;
  const char* name;
  const char* words;
};
constexpr Name kNames[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {214, "CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

CUresult textOf(CUresult error, const char** out, const char* Name::*member) {
  for (const auto& known : kNames) {
    if (known.error == static_cast<int>(error)) {
      *out = known.*member;
      return CUDA_SUCCESS;
    }
  }
  *out = nullptr;
  return result(kInvalidValue);
}

}  // namespace

namespace fake {

Device* currentDevice() {
  return stack.contexts.empty() ? nullptr : stack.contexts.back()->device;
}

}  // namespace fake

int fakeCudaCurrentDevice() {
  const fake::Device* device = fake::currentDevice();
  return device != nullptr ? device->ordinal : -1;
}

FAKE_CUDA_API CUresult cuInit(unsigned) {
  FAKE_ENTER("cuInit", false);
  if (fake::state().devices.empty()) return result(kNoDevice);
  fake::state().initialized = true;
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuDriverGetVersion(int* version) {
  FAKE_ENTER("cuDriverGetVersion", false);
  *version = fake::state().version;
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuGetErrorName(CUresult error, const char** text) {
  return textOf(error, text, &Name::name);
}

FAKE_CUDA_API CUresult cuGetErrorString(CUresult error, const char** text) {
  return textOf(error, text, &Name::words);
}

FAKE_CUDA_API CUresult cuDeviceGetCount(int* count) {
  FAKE_ENTER("cuDeviceGetCount", false);
  if (!fake::state().initialized) return result(kNotInitialized);
  *count = static_cast<int>(fake::state().devices.size());
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuDeviceGet(CUdevice* out, int ordinal) {
  const auto guard = fake::lock();
  fake::Device* device = nullptr;
  const CUresult status = enterDevice("cuDeviceGet", ordinal, device);
  if (status == CUDA_SUCCESS) *out = ordinal;
  return status;
}

FAKE_CUDA_API CUresult cuDeviceGetName(char* name, int size, CUdevice handle) {
  const auto guard = fake::lock();
  fake::Device* device = nullptr;
  const CUresult status = enterDevice("cuDeviceGetName", handle, device);
  if (status == CUDA_SUCCESS) {
    std::snprintf(name, static_cast<size_t>(size), "Fake GPU %d", device->ordinal);
  }
  return status;
}

FAKE_CUDA_API CUresult cuDeviceGetPCIBusId(char* id, int size, CUdevice handle) {
  const auto guard = fake::lock();
  fake::Device* device = nullptr;
  const CUresult status = enterDevice("cuDeviceGetPCIBusId", handle, device);
  if (status == CUDA_SUCCESS) {
    std::snprintf(id, static_cast<size_t>(size), "0000:%02x:00.0", device->ordinal + 1);
  }
  return status;
}

FAKE_CUDA_API CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute,
                                            CUdevice handle) {
  const auto guard = fake::lock();
  fake::Device* device = nullptr;
  const CUresult status = enterDevice("cuDeviceGetAttribute", handle, device);
  if (status != CUDA_SUCCESS) return status;
  switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
      *value = 9;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
      *value = 0;
      return CUDA_SUCCESS;
    default:
      return result(kInvalidValue);
  }
}

FAKE_CUDA_API CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice handle) {
  const auto guard = fake::lock();
  fake::Device* device = nullptr;
  const CUresult status = enterDevice("cuDeviceTotalMem_v2", handle, device);
  if (status == CUDA_SUCCESS) *bytes = fake::state().memory;
  return status;
}

FAKE_CUDA_API CUresult cuDevicePrimaryCtxGetState(CUdevice handle, unsigned* flags, int* active) {
  const auto guard = fake::lock();
  fake::Device* device = nullptr;
  const CUresult status = enterDevice("cuDevicePrimaryCtxGetState", handle, device);
  if (status != CUDA_SUCCESS) return status;
  *flags = device->flags;
  *active = device->context.retains > 0 ? 1 : 0;
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice handle, unsigned flags) {
  const auto guard = fake::lock();
  fake::Device* device = nullptr;
  const CUresult status = enterDevice("cuDevicePrimaryCtxSetFlags_v2", handle, device);
  if (status == CUDA_SUCCESS) device->flags = flags;
  return status;
}

FAKE_CUDA_API CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice handle) {
  const auto guard = fake::lock();
  fake::Device* device = nullptr;
  CUresult status = enterDevice("cuDevicePrimaryCtxRetain", handle, device);
  if (status == CUDA_SUCCESS) status = device->lost;
  if (status != CUDA_SUCCESS) return status;
  ++device->context.retains;
  *context = reinterpret_cast<CUcontext>(&device->context);
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice handle) {
  const auto guard = fake::lock();
  fake::Device* device = nullptr;
  CUresult status = enterDevice("cuDevicePrimaryCtxRelease_v2", handle, device);
  if (status == CUDA_SUCCESS) status = device->lost;
  if (status != CUDA_SUCCESS) return status;
  if (device->context.retains == 0) {
    fake::violate("a primary context was released more often than retained");
    return result(kInvalidContext);
  }
  if (--device->context.retains == 0) fake::requireEmpty(*device);
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuCtxPushCurrent_v2(CUcontext handle) {
  FAKE_ENTER("cuCtxPushCurrent_v2", false);
  fake::Context* context = contextOf(handle);
  if (context == nullptr || context->retains == 0) {
    fake::violate("a context was pushed that nobody retains");
    return result(kInvalidContext);
  }
  stack.contexts.push_back(context);
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuCtxPopCurrent_v2(CUcontext* out) {
  const auto guard = fake::lock();
  ++fake::state().calls["cuCtxPopCurrent_v2"];
  if (stack.contexts.empty()) {
    fake::violate("a context was popped that was not pushed");
    return result(kInvalidContext);
  }
  if (out != nullptr) *out = reinterpret_cast<CUcontext>(stack.contexts.back());
  stack.contexts.pop_back();
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuCtxGetCurrent(CUcontext* out) {
  FAKE_ENTER("cuCtxGetCurrent", false);
  *out = stack.contexts.empty() ? nullptr : reinterpret_cast<CUcontext>(stack.contexts.back());
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuCtxGetDevice(CUdevice* device) {
  FAKE_ENTER("cuCtxGetDevice", true);
  *device = fake::currentDevice()->ordinal;
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuCtxSynchronize() {
  FAKE_ENTER("cuCtxSynchronize", true);
  return fake::runAll(*fake::currentDevice());
}

FAKE_CUDA_API CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  FAKE_ENTER("cuCtxGetStreamPriorityRange", true);
  *least = 0;
  *greatest = -5;
  return CUDA_SUCCESS;
}
