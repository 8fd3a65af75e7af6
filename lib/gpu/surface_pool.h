// Pictures in a GPU's memory: a fixed number for each session, allocated when it opens, reused
// while it runs. cuMemAlloc in mid-stream would make the whole device wait.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gpu/memory.h"
#include "gpu/stream.h"
#include "video/frame.h"

namespace flux::gpu {

class Device;
class SurfacePool;
struct SurfaceMemory;
struct SurfaceClass;
struct SurfaceShare;

/// One picture. Its writer has it alone: beginWrite(), the work on a stream, markReady(); then it
/// is handed on as const. Readers on a device's stream: waitReady(), the work, markRead(), all on
/// one stream. The memory goes back to its session with the last reference; a next writer's
/// beginWrite() has its stream wait for those who read. Holds its device.
class Surface final : public video::DeviceImage {
 public:
  ~Surface() override;

  [[nodiscard]] int device() const noexcept override;
  [[nodiscard]] video::Size size() const noexcept override { return size_; }
  [[nodiscard]] int bitDepth() const noexcept override { return bitDepth_; }
  /// The chroma plane stands at the luma's address + pitch * (height rounded up to even), which is
  /// what NVENC expects of memory that is registered with it.
  [[nodiscard]] std::array<Plane, 2> planes() const noexcept override;
  [[nodiscard]] video::ColourSpec colour() const noexcept override { return colour_; }
  [[nodiscard]] std::array<int, 2> pixelRatio() const noexcept override { return pixelRatio_; }
  /// Waits until it is ready. Any context, or none.
  [[nodiscard]] std::shared_ptr<const AVFrame> download() const override;

  /// The writer's part; the device's context has to be current.
  void setColour(video::ColourSpec colour) noexcept { colour_ = colour; }
  void setPixelRatio(std::array<int, 2> ratio) noexcept { pixelRatio_ = ratio; }
  void beginWrite(const Stream& stream);
  void markReady(const Stream& stream);

  /// The readers' part; the device's context has to be current.
  void waitReady(const Stream& stream) const;
  void markRead(const Stream& stream) const;
  /// For whoever waits in an own way (cuStreamWaitEvent on a foreign stream).
  [[nodiscard]] CUevent readyEvent() const noexcept;

  /// Of the whole allocation, which may be larger than the picture.
  [[nodiscard]] uint64_t bytes() const noexcept;
  [[nodiscard]] Device& owner() const noexcept { return *device_; }

 private:
  friend class SurfaceSession;
  Surface() = default;

  std::shared_ptr<Device> device_;
  std::shared_ptr<SurfaceClass> class_;
  std::shared_ptr<SurfaceShare> share_;
  std::unique_ptr<SurfaceMemory> memory_;
  video::Size size_;
  int bitDepth_ = 8;
  video::ColourSpec colour_;
  std::array<int, 2> pixelRatio_{0, 1};
};

/// The surface behind a frame, or nullptr where it is in the machine's memory or not one of ours.
const Surface* surfaceOf(const video::Frame& frame) noexcept;

/// One user's surfaces, of one size. Used by any number of threads. Surfaces that are still held
/// when it ends stay valid.
class SurfaceSession final {
 public:
  ~SurfaceSession();
  SurfaceSession(const SurfaceSession&) = delete;
  SurfaceSession& operator=(const SurfaceSession&) = delete;

  /// nullptr while as many are held as were asked for: let the oldest go, or leave this picture
  /// out. Never waits. Throws ERR_GPU_LOST.
  [[nodiscard]] std::shared_ptr<Surface> acquire();

  struct Stats {
    int capacity = 0;
    int inUse = 0;
    uint64_t bytes = 0;
    uint64_t exhausted = 0;  ///< how often acquire() had none
  };
  [[nodiscard]] Stats stats() const;

 private:
  friend class SurfacePool;
  SurfaceSession() = default;

  std::shared_ptr<Device> device_;
  std::shared_ptr<SurfaceClass> class_;
  std::shared_ptr<SurfaceShare> share_;
  Charge charge_;
  video::Size size_;
  int bitDepth_ = 8;
};

/// All surfaces of a device, by size class, so that a session takes over what another left. Used by
/// any number of threads. Device::surfaces().
class SurfacePool final {
 public:
  explicit SurfacePool(Device& device);
  ~SurfacePool();
  SurfacePool(const SurfacePool&) = delete;
  SurfacePool& operator=(const SurfacePool&) = delete;

  /// `count` surfaces of `size` for `session`, charged to the device's budget under that name. 8
  /// bits are NV12, 10 to 16 P016. Idle ones of other sizes are freed where room is short. Throws
  /// ERR_INVALID_ARGUMENT, ERR_GPU_MEMORY, ERR_GPU_LOST.
  std::unique_ptr<SurfaceSession> open(video::Size size, int bitDepth, int count,
                                       const std::string& session);
  /// Frees what no session holds; returns how many bytes that were.
  uint64_t trim();

  struct Stats {
    uint64_t bytes = 0;      ///< allocated
    uint64_t idleBytes = 0;  ///< of that, not in any session
    int surfaces = 0;
    int inUse = 0;
  };
  [[nodiscard]] Stats stats() const;

  /// A stream for one short piece of work; it comes back with the end of the pointer.
  using BorrowedStream = std::unique_ptr<Stream, std::function<void(Stream*)>>;
  BorrowedStream borrowStream();

 private:
  // All under mutex_.
  std::shared_ptr<SurfaceClass> classFor(video::Size size, int bytesPerSample);
  void grow(SurfaceClass& own, int count);
  uint64_t freeIdle(const SurfaceClass* except);

  Device& device_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<SurfaceClass>> classes_;
  std::mutex streamsMutex_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

}  // namespace flux::gpu
