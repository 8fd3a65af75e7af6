// What the parts of the fake libcuda share. All of it is under one lock, which work on streams
// holds too.
#pragma once

#include <cstdarg>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "fake_cuda.h"

namespace fake {

struct Device;

struct Context {
  Device* device;
  int retains = 0;
};

struct Device {
  int ordinal = 0;
  Context context;
  unsigned flags = 0;
  size_t used = 0;
  CUresult lost = CUDA_SUCCESS;
};

struct StreamState {
  Device* device = nullptr;
  std::deque<std::function<CUresult()>> work;
  uint64_t submitted = 0;
  uint64_t done = 0;
  bool destroyed = false;
};
using StreamPtr = std::shared_ptr<StreamState>;

/// Where an event stands; recorded where `stream` is not null.
struct EventState {
  Device* device = nullptr;
  StreamPtr stream;
  uint64_t position = 0;
};

struct Allocation {
  Device* device = nullptr;
  uint8_t* block = nullptr;  ///< with guards
  size_t bytes = 0;
  bool internal = false;
};

struct Array {
  Device* device = nullptr;
  size_t width = 0;  ///< in bytes
  size_t height = 0;
  std::vector<uint8_t> data;
};

struct Module {
  Device* device = nullptr;
  std::map<std::string, size_t> kernels;  ///< name, bytes of parameters
};

struct Kernel {
  void (*run)(const void* parameters) = nullptr;
  size_t bytes = 0;
};
/// By the name that PTX has.
const std::map<std::string, Kernel>& kernelSources();
/// Calls the kernel for each thread of the grid; throws where it leaves its memory.
void runGrid(const Kernel& kernel, const void* parameters, unsigned columns, unsigned rows);

struct Fault {
  uint64_t at = 0;  ///< count of calls
  int error = 0;
  bool onwards = false;
};

enum class Streams : uint8_t { kLazy, kEager, kRandom };

struct State {
  std::recursive_mutex mutex;
  std::deque<Device> devices;
  size_t memory = size_t{1} << 30;
  int version = 12040;
  bool initialized = false;
  Streams streams = Streams::kLazy;
  std::mt19937 random;

  std::map<std::string, uint64_t> calls;
  uint64_t allCalls = 0;
  uint64_t bytesToHost = 0;
  std::multimap<std::string, Fault> faults;
  bool collect = false;
  size_t violations = 0;
  std::string lastViolation;

  std::map<CUdeviceptr, Allocation> allocations;
  std::map<void*, Device*> pinned;  ///< and whose
  std::map<CUstream, StreamPtr> streamHandles;
  std::map<CUevent, EventState> events;
  std::map<CUarray, std::unique_ptr<Array>> arrays;
  std::map<CUmodule, std::unique_ptr<Module>> modules;
  std::map<CUfunction, std::pair<CUmodule, std::string>> functions;
  std::map<unsigned long long, CUarray> surfaces;
  uint64_t nextHandle = 0x1000;

  /// A handle that was never given before and points nowhere.
  template <typename Handle>
  Handle handle() {
    nextHandle += 0x10;
    return reinterpret_cast<Handle>(nextHandle);
  }
};

/// Never destroyed.
State& state();
using Lock = std::unique_lock<std::recursive_mutex>;
inline Lock lock() {
  return Lock(state().mutex);
}

void violate(const std::string& what);
/// Of the calling thread; nullptr: none is current.
Device* currentDevice();
CUresult loseDevice(Device& device, CUresult error);
bool isSticky(CUresult error);

/// Appends work, and runs what the mode wants to run.
CUresult submit(const StreamPtr& stream, std::function<CUresult()> work);
/// Runs the stream's work up to a position, and what that waits for on other streams.
CUresult runUpTo(const StreamPtr& stream, uint64_t position);
/// Runs all of a device's streams.
CUresult runAll(Device& device);
/// The stream's state, or nullptr after a breach.
StreamPtr streamOf(CUstream stream);

/// The end of a primary context: what is left of its user's is a breach.
void requireEmpty(Device& device);

/// For each exported function: counts, injects, and needs a context.
#define FAKE_ENTER(name, needsContext) \
  const auto guard = fake::lock();     \
  if (const CUresult early = fakeCudaEnter(name, needsContext); early != CUDA_SUCCESS) return early

}  // namespace fake
