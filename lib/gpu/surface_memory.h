// What surfaces, their sessions and their pool share of an allocation. Internal to lib/gpu.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "gpu/device.h"
#include "gpu/memory.h"
#include "gpu/stream.h"
#include "video/frame.h"

namespace flux::gpu {

/// One allocation, and who still works on it.
struct SurfaceMemory {
  struct Read {
    uint64_t stream;
    Event done;
    bool pending;
  };

  SurfaceMemory(Device& owner, Charge share)
      : device(owner), charge(std::move(share)), ready(owner) {}
  /// Waits for those who still work on it: freed memory may be somebody else's at once.
  ~SurfaceMemory();
  SurfaceMemory(const SurfaceMemory&) = delete;
  SurfaceMemory& operator=(const SurfaceMemory&) = delete;

  Device& device;
  Charge charge;
  CUdeviceptr address = 0;
  Event ready;
  std::mutex mutex;         ///< of `reads`: readers are on several threads
  std::vector<Read> reads;  ///< one for each stream that read it lately
};

/// A session's part in its class; guarded by the class's mutex.
struct SurfaceShare {
  int capacity = 0;
  int inUse = 0;
  bool open = true;
  uint64_t exhausted = 0;
};

/// All allocations of one size. What open sessions are owed is there: free.size() >= owed.
struct SurfaceClass {
  SurfaceClass(Device& owner, video::Size extent, int sampleBytes)
      : device(owner), size(extent), bytesPerSample(sampleBytes) {}

  [[nodiscard]] size_t row() const;
  [[nodiscard]] size_t lines() const { return static_cast<size_t>(size.height) * 3 / 2; }
  [[nodiscard]] uint64_t bytes() const { return uint64_t{pitch} * lines(); }
  [[nodiscard]] size_t idle() const { return free.size() - static_cast<size_t>(owed); }

  Device& device;
  const video::Size size;
  const int bytesPerSample;
  size_t pitch = 0;  ///< the same for all: the driver's choice for such a row; 0: none was made

  std::mutex mutex;
  std::vector<std::unique_ptr<SurfaceMemory>> free;
  int owed = 0;   ///< to open sessions, beyond what they have in use
  int inUse = 0;  ///< of open and ended sessions
};

}  // namespace flux::gpu
