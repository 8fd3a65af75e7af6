// A libcuda.so.1 for tests: memory of the machine in the place of a GPU's, the real kernels' source
// run on the processor, faults at will. It holds its users to contracts that a real driver leaves
// unchecked; what breaks one ends the process with a line on stderr, or is counted.
//
// What it holds to
//   contexts   nothing is called without a current context that needs one; each push has its pop,
//   on
//              the same thread; a primary context is released as often as it was retained, and with
//              nothing of its user's left in it
//   streams    nothing runs on the default stream; no handle is used after it was destroyed;
//   nothing
//              is destroyed or freed that pending work still needs
//   memory     copies and kernels stay within one live allocation; nothing is freed twice, or that
//              was never allocated; guards around each allocation stay as they were; new memory is
//              0xCD, freed memory not readable
//   order      work runs as late as the order of streams and events allows (`lazy`): when somebody
//              waits for it. What was not waited for has not happened.
//   kernels    a module's PTX names the kernel, and its parameters are as large as the source's
//
// From the environment, read at the first call:
//   FAKE_CUDA_DEVICES  how many there are (default 1)
//   FAKE_CUDA_MEMORY   bytes of each (default 1 GiB)
//   FAKE_CUDA_VERSION  of the driver, as cuDriverGetVersion says it (default 12040)
//   FAKE_CUDA_STREAMS  lazy (default); eager: work runs when it is submitted; random:SEED
//   FAKE_CUDA_FAIL     FUNCTION:NTH=ERROR[,...]: that call of the function fails, as in
//                      cuMemAlloc_v2:3=2,cuLaunchKernel:1=719. Sticky errors lose the device. A
//                      FUNCTION of * counts the calls of all. NTH+ means that one and all after it.
#pragma once

#include <ffnvcodec/dynlink_cuda.h>

#include <cstddef>
#include <cstdint>

#define FAKE_CUDA_API extern "C" __attribute__((visibility("default")))

// For tests.

struct FakeCudaLive {
  size_t allocations;  ///< cuMemAlloc, cuMemAllocPitch
  size_t bytes;        ///< of these
  size_t hostAllocations;
  size_t arrays;
  size_t streams;
  size_t events;
  size_t modules;
  size_t contexts;  ///< retains of primary contexts, not yet released
  size_t internal;  ///< fakeCudaAllocate(), of the drivers beside this one
};
/// What is there now, of all devices.
FAKE_CUDA_API FakeCudaLive fakeCudaLive();

/// The `nth` call of `function` (1: the next) fails with `error`; `onwards`: all after it, too.
FAKE_CUDA_API void fakeCudaFailAt(const char* function, uint64_t nth, int error, bool onwards);
/// Forgets faults. What is lost stays lost.
FAKE_CUDA_API void fakeCudaForgetFaults();
/// Of each device from now on; what is allocated stays.
FAKE_CUDA_API void fakeCudaSetMemory(size_t bytes);
/// "lazy", "eager", "random:SEED".
FAKE_CUDA_API void fakeCudaSetStreams(const char* mode);
/// Whether textures of the OpenGL context that is current can be registered. At first they cannot.
FAKE_CUDA_API void fakeCudaShareGl(bool allowed);
/// How often a function was called, by any thread.
FAKE_CUDA_API uint64_t fakeCudaCalls(const char* function);
/// Bytes that copies brought from any device to the machine.
FAKE_CUDA_API uint64_t fakeCudaBytesToHost();

/// Breaches are counted instead of ending the process. Both ways the count begins anew.
FAKE_CUDA_API void fakeCudaCollectViolations(bool collect);
FAKE_CUDA_API size_t fakeCudaViolations();
/// The last one's words; valid until the next.
FAKE_CUDA_API const char* fakeCudaLastViolation();

// For the drivers beside this one, too.

/// The machine's memory behind `bytes` at a device's address. A breach, and nullptr, where they are
/// not all of one live allocation.
FAKE_CUDA_API void* fakeCudaMemory(CUdeviceptr address, size_t bytes);
/// Of the calling thread's current context; -1: there is none.
FAKE_CUDA_API int fakeCudaCurrentDevice();
/// What a call has to begin with: counts it, and gives the result that it has to fail with: a fault
/// that was asked for, a device that is lost, no current context. A sticky fault loses the device.
FAKE_CUDA_API CUresult fakeCudaEnter(const char* function, bool needsContext);
/// Memory of the current device for a driver's own use; 0: there is not enough. Not a user's leak.
FAKE_CUDA_API CUdeviceptr fakeCudaAllocate(size_t bytes);
FAKE_CUDA_API void fakeCudaFree(CUdeviceptr address);
/// `run` is called in the order of the stream, by whichever thread waits for it; it may call
/// fakeCudaMemory(), and nothing else of CUDA. `user` has to live until then. nullptr, the default
/// stream, is a breach.
FAKE_CUDA_API CUresult fakeCudaEnqueue(CUstream stream, void (*run)(void* user), void* user);
/// Says that a contract was broken.
FAKE_CUDA_API void fakeCudaViolation(const char* what);
