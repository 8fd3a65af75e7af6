// The NVIDIA driver's libraries, opened at run time: one table of their functions for all of
// lib/gpu. Structures and constants are those of ffnvcodec; nothing of the CUDA toolkit is needed,
// neither to build nor to run.
#pragma once

#include <ffnvcodec/dynlink_cuda.h>
#include <ffnvcodec/dynlink_nvcuvid.h>
#include <ffnvcodec/nvEncodeAPI.h>

#include <string>
#include <vector>

namespace flux::gpu {

// What ffnvcodec's headers lack.
using CUsurfObject = unsigned long long;
inline constexpr unsigned kCtxSchedMask = 0x07;           ///< CU_CTX_SCHED_MASK
inline constexpr unsigned kArraySurfaceLoadStore = 0x02;  ///< CUDA_ARRAY3D_SURFACE_LDST

/// Member, exported symbol, function type. libcuda gives each change of a signature a new suffix.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define FLUX_CUDA_FUNCTIONS(X)                                                                   \
  X(cuInit, "cuInit", tcuInit)                                                                   \
  X(cuDriverGetVersion, "cuDriverGetVersion", CUresult(int* version))                            \
  X(cuGetErrorName, "cuGetErrorName", tcuGetErrorName)                                           \
  X(cuGetErrorString, "cuGetErrorString", tcuGetErrorString)                                     \
  X(cuDeviceGetCount, "cuDeviceGetCount", tcuDeviceGetCount)                                     \
  X(cuDeviceGet, "cuDeviceGet", tcuDeviceGet)                                                    \
  X(cuDeviceGetName, "cuDeviceGetName", tcuDeviceGetName)                                        \
  X(cuDeviceGetAttribute, "cuDeviceGetAttribute", tcuDeviceGetAttribute)                         \
  X(cuDeviceTotalMem, "cuDeviceTotalMem_v2", CUresult(size_t* bytes, CUdevice device))           \
  X(cuDeviceGetPCIBusId, "cuDeviceGetPCIBusId", CUresult(char* id, int size, CUdevice device))   \
  X(cuDevicePrimaryCtxGetState, "cuDevicePrimaryCtxGetState", tcuDevicePrimaryCtxGetState)       \
  X(cuDevicePrimaryCtxSetFlags, "cuDevicePrimaryCtxSetFlags_v2", tcuDevicePrimaryCtxSetFlags)    \
  X(cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain", tcuDevicePrimaryCtxRetain)             \
  X(cuDevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2", tcuDevicePrimaryCtxRelease)       \
  X(cuCtxPushCurrent, "cuCtxPushCurrent_v2", tcuCtxPushCurrent_v2)                               \
  X(cuCtxPopCurrent, "cuCtxPopCurrent_v2", tcuCtxPopCurrent_v2)                                  \
  X(cuCtxGetCurrent, "cuCtxGetCurrent", CUresult(CUcontext* context))                            \
  X(cuCtxGetDevice, "cuCtxGetDevice", tcuCtxGetDevice)                                           \
  X(cuCtxSynchronize, "cuCtxSynchronize", CUresult())                                            \
  X(cuCtxGetStreamPriorityRange, "cuCtxGetStreamPriorityRange",                                  \
    CUresult(int* least, int* greatest))                                                         \
  X(cuMemGetInfo, "cuMemGetInfo_v2", CUresult(size_t* free, size_t* total))                      \
  X(cuMemAlloc, "cuMemAlloc_v2", tcuMemAlloc_v2)                                                 \
  X(cuMemAllocPitch, "cuMemAllocPitch_v2", tcuMemAllocPitch_v2)                                  \
  X(cuMemFree, "cuMemFree_v2", tcuMemFree_v2)                                                    \
  X(cuMemHostAlloc, "cuMemHostAlloc", CUresult(void** pointer, size_t bytes, unsigned flags))    \
  X(cuMemFreeHost, "cuMemFreeHost", CUresult(void* pointer))                                     \
  X(cuMemcpy2DAsync, "cuMemcpy2DAsync_v2", tcuMemcpy2DAsync_v2)                                  \
  X(cuMemcpyHtoDAsync, "cuMemcpyHtoDAsync_v2", tcuMemcpyHtoDAsync_v2)                            \
  X(cuMemcpyDtoHAsync, "cuMemcpyDtoHAsync_v2", tcuMemcpyDtoHAsync_v2)                            \
  X(cuMemcpyDtoDAsync, "cuMemcpyDtoDAsync_v2", tcuMemcpyDtoDAsync_v2)                            \
  X(cuMemsetD8Async, "cuMemsetD8Async", tcuMemsetD8Async)                                        \
  X(cuMemsetD2D8Async, "cuMemsetD2D8Async",                                                      \
    CUresult(CUdeviceptr to, size_t pitch, unsigned char value, size_t width, size_t height,     \
             CUstream stream))                                                                   \
  X(cuArray3DCreate, "cuArray3DCreate_v2", tcuArray3DCreate)                                     \
  X(cuArrayDestroy, "cuArrayDestroy", tcuArrayDestroy)                                           \
  X(cuTexObjectCreate, "cuTexObjectCreate", tcuTexObjectCreate)                                  \
  X(cuTexObjectDestroy, "cuTexObjectDestroy", tcuTexObjectDestroy)                               \
  X(cuSurfObjectCreate, "cuSurfObjectCreate",                                                    \
    CUresult(CUsurfObject* surface, const CUDA_RESOURCE_DESC* resource))                         \
  X(cuSurfObjectDestroy, "cuSurfObjectDestroy", CUresult(CUsurfObject surface))                  \
  X(cuStreamCreateWithPriority, "cuStreamCreateWithPriority",                                    \
    CUresult(CUstream* stream, unsigned flags, int priority))                                    \
  X(cuStreamDestroy, "cuStreamDestroy_v2", tcuStreamDestroy_v2)                                  \
  X(cuStreamQuery, "cuStreamQuery", tcuStreamQuery)                                              \
  X(cuStreamSynchronize, "cuStreamSynchronize", tcuStreamSynchronize)                            \
  X(cuStreamWaitEvent, "cuStreamWaitEvent",                                                      \
    CUresult(CUstream stream, CUevent event, unsigned flags))                                    \
  X(cuEventCreate, "cuEventCreate", tcuEventCreate)                                              \
  X(cuEventDestroy, "cuEventDestroy_v2", tcuEventDestroy_v2)                                     \
  X(cuEventRecord, "cuEventRecord", tcuEventRecord)                                              \
  X(cuEventQuery, "cuEventQuery", tcuEventQuery)                                                 \
  X(cuEventSynchronize, "cuEventSynchronize", tcuEventSynchronize)                               \
  X(cuEventElapsedTime, "cuEventElapsedTime",                                                    \
    CUresult(float* milliseconds, CUevent from, CUevent to))                                     \
  X(cuModuleLoadData, "cuModuleLoadData", tcuModuleLoadData)                                     \
  X(cuModuleLoadDataEx, "cuModuleLoadDataEx",                                                    \
    CUresult(CUmodule* module, const void* image, unsigned count, CUjit_option* options,         \
             void** values))                                                                     \
  X(cuModuleUnload, "cuModuleUnload", tcuModuleUnload)                                           \
  X(cuModuleGetFunction, "cuModuleGetFunction", tcuModuleGetFunction)                            \
  X(cuLaunchKernel, "cuLaunchKernel", tcuLaunchKernel)                                           \
  X(cuGLGetDevices, "cuGLGetDevices_v2", tcuGLGetDevices_v2)                                     \
  X(cuGraphicsGLRegisterImage, "cuGraphicsGLRegisterImage", tcuGraphicsGLRegisterImage)          \
  X(cuGraphicsGLRegisterBuffer, "cuGraphicsGLRegisterBuffer",                                    \
    CUresult(CUgraphicsResource* resource, GLuint buffer, unsigned flags))                       \
  X(cuGraphicsUnregisterResource, "cuGraphicsUnregisterResource", tcuGraphicsUnregisterResource) \
  X(cuGraphicsMapResources, "cuGraphicsMapResources", tcuGraphicsMapResources)                   \
  X(cuGraphicsUnmapResources, "cuGraphicsUnmapResources", tcuGraphicsUnmapResources)             \
  X(cuGraphicsSubResourceGetMappedArray, "cuGraphicsSubResourceGetMappedArray",                  \
    tcuGraphicsSubResourceGetMappedArray)                                                        \
  X(cuGraphicsResourceGetMappedPointer, "cuGraphicsResourceGetMappedPointer_v2",                 \
    tcuGraphicsResourceGetMappedPointer)

#define FLUX_NVCUVID_FUNCTIONS(X)                                                 \
  X(cuvidGetDecoderCaps, "cuvidGetDecoderCaps", tcuvidGetDecoderCaps)             \
  X(cuvidCreateDecoder, "cuvidCreateDecoder", tcuvidCreateDecoder)                \
  X(cuvidDestroyDecoder, "cuvidDestroyDecoder", tcuvidDestroyDecoder)             \
  X(cuvidDecodePicture, "cuvidDecodePicture", tcuvidDecodePicture)                \
  X(cuvidGetDecodeStatus, "cuvidGetDecodeStatus", tcuvidGetDecodeStatus)          \
  X(cuvidReconfigureDecoder, "cuvidReconfigureDecoder", tcuvidReconfigureDecoder) \
  X(cuvidMapVideoFrame, "cuvidMapVideoFrame64", tcuvidMapVideoFrame64)            \
  X(cuvidUnmapVideoFrame, "cuvidUnmapVideoFrame64", tcuvidUnmapVideoFrame64)      \
  X(cuvidCreateVideoParser, "cuvidCreateVideoParser", tcuvidCreateVideoParser)    \
  X(cuvidParseVideoData, "cuvidParseVideoData", tcuvidParseVideoData)             \
  X(cuvidDestroyVideoParser, "cuvidDestroyVideoParser", tcuvidDestroyVideoParser)

#define FLUX_NVENC_FUNCTIONS(X)                                             \
  X(NvEncodeAPIGetMaxSupportedVersion, "NvEncodeAPIGetMaxSupportedVersion", \
    NVENCSTATUS(uint32_t* version))                                         \
  X(NvEncodeAPICreateInstance, "NvEncodeAPICreateInstance",                 \
    NVENCSTATUS(NV_ENCODE_API_FUNCTION_LIST* functions))

/// A member is nullptr as long as its library is not available.
struct Driver {
  struct Component {
    const char* file = "";   ///< "libcuda.so.1"
    bool available = false;  ///< opened, with every function that is listed here
    std::string why;         ///< where not: the reason, and what to do
  };
  Component cuda;
  Component nvcuvid;  ///< NVDEC; needs `cuda`
  Component nvenc;    ///< needs `cuda`

#define FLUX_MEMBER(member, symbol, type) std::add_pointer_t<type> member = nullptr;
  FLUX_CUDA_FUNCTIONS(FLUX_MEMBER)
  FLUX_NVCUVID_FUNCTIONS(FLUX_MEMBER)
  FLUX_NVENC_FUNCTIONS(FLUX_MEMBER)
#undef FLUX_MEMBER
};
// NOLINTEND(bugprone-macro-parentheses)

/// Opens the libraries in `directory`, or where the system's loader finds them if it is empty. They
/// stay open for the life of the process: the driver's threads outlive whoever closes them.
Driver loadDriver(const std::string& directory);

/// The process's table, from the directory that the environment names in FLUXVISION_DRIVER_DIR,
/// else from the system. Opened by the first call, kept for ever.
const Driver& driver();

/// The process's table where CUDA is initialised and has a device. Throws ERR_UNSUPPORTED, with the
/// reason and what to do. The first call may take a second: a GPU has to wake up.
const Driver& cuda();

/// What a driver says of a GPU, asked without a context.
struct DeviceInfo {
  std::string name;
  std::string pciId;  ///< "0000:3b:00.0"
  uint64_t memoryBytes = 0;
  int computeMajor = 0;
  int computeMinor = 0;
};

struct DriverInfo {
  bool usable = false;  ///< there is a device
  std::string why;      ///< where not
  int cudaVersion = 0;  ///< 12040 for 12.4: the newest that the driver runs
  std::vector<DeviceInfo> devices;
};

/// Initialises CUDA. Never throws for what a driver lacks.
DriverInfo probe(const Driver& table);

/// probe(driver()), asked once.
const DriverInfo& driverInfo();

}  // namespace flux::gpu
