// A GPU: its primary context, its memory budget, and whether it still works.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "gpu/driver.h"
#include "gpu/memory.h"

namespace flux::gpu {

class Kernels;
class SurfacePool;

/// One per ordinal and process, shared by all who use that GPU: its context costs hundreds of
/// megabytes and most of a second. Used by any number of threads.
class Device final : public std::enable_shared_from_this<Device> {
 public:
  /// Retains the primary context, which other users of CUDA in this process (ONNX Runtime) share.
  /// Throws ERR_UNSUPPORTED (no driver, no such device), ERR_GPU_MEMORY, and ERR_GPU_LOST for a
  /// device that was lost before: that is for the life of the process.
  static std::shared_ptr<Device> open(int ordinal);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  [[nodiscard]] int ordinal() const noexcept { return ordinal_; }
  [[nodiscard]] const DeviceInfo& info() const noexcept { return info_; }
  [[nodiscard]] CUcontext context() const noexcept { return context_; }

  /// What is free and what there is, in bytes, other processes counted.
  struct Memory {
    uint64_t freeBytes = 0;
    uint64_t totalBytes = 0;
  };
  [[nodiscard]] Memory memory() const;
  /// What this engine's users of the device may take of it, and took.
  [[nodiscard]] MemoryBudget& budget() noexcept { return budget_; }

  /// Made by the first call. kernels() throws as Kernels::Kernels.
  SurfacePool& surfaces();
  const Kernels& kernels();

  /// True for ever after a result that isSticky(): no call to it succeeds any more in this process.
  [[nodiscard]] bool lost() const noexcept { return lost_.load(std::memory_order_acquire); }
  /// The first reason; empty while it works.
  [[nodiscard]] std::string lostReason() const;
  /// Throws ERR_GPU_LOST if it is lost.
  void ensureWorks() const;
  /// check() calls this; others do where they learn it in another way. Calls the listeners, once.
  void markLost(const std::string& reason);
  /// Asks the device for a sign of life: waits for all that it was given. Needs its context.
  [[nodiscard]] bool answers() const noexcept;

  /// `listener` is called with the reason when the device is lost, at once if it is, from the
  /// thread that noticed, which may be in the middle of anything: it hands on and returns, and
  /// keeps its token. It is not called any more once the returned token is gone.
  using LostListener = std::function<void(const std::string& reason)>;
  [[nodiscard]] std::shared_ptr<void> onLost(LostListener listener);

 private:
  friend class ContextScope;
  struct Listeners;

  explicit Device(int ordinal);

  int ordinal_;
  CUdevice handle_ = 0;
  DeviceInfo info_;
  CUcontext context_ = nullptr;
  std::atomic<bool> lost_ = false;
  mutable std::mutex mutex_;
  std::string lostReason_;
  std::shared_ptr<Listeners> listeners_;
  MemoryBudget budget_;
  std::mutex makingParts_;
  std::unique_ptr<Kernels> kernels_;
  std::unique_ptr<SurfacePool> surfaces_;
};

/// Makes a device's context the calling thread's, for as long as this lives. Nests. Cheap where it
/// is current already.
class ContextScope final {
 public:
  enum Quiet : uint8_t { kQuiet };

  /// Throws ERR_GPU_LOST.
  explicit ContextScope(Device& device);
  /// For destructors: what fails is left at that.
  ContextScope(Device& device, Quiet quiet) noexcept;
  ~ContextScope();
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

  /// That of the innermost scope of the calling thread, or nullptr.
  static Device* device() noexcept;

 private:
  Device* outer_;
  bool pushed_ = false;
};

}  // namespace flux::gpu
