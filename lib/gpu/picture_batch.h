// Pictures of many cameras as one tensor in a GPU's memory: for models that run there, or as a stop
// on the way to the machine's, with far fewer bytes than the pictures have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "gpu/device.h"
#include "gpu/memory.h"
#include "gpu/stream.h"
#include "gpu/surface_pool.h"
#include "video/convert.h"

namespace flux::gpu {

/// Used by one thread at a time; any context, or none. What is asked for is done in order on a
/// stream of its own.
class PictureBatch final {
 public:
  /// `count` items as `options` says, zero at first, charged to what is kept free for inference.
  /// Throws ERR_GPU_MEMORY, ERR_GPU_LOST, ERR_UNSUPPORTED (see Kernels), ERR_INVALID_ARGUMENT.
  PictureBatch(std::shared_ptr<Device> device, const video::ConvertOptions& options, size_t count);
  ~PictureBatch();
  PictureBatch(const PictureBatch&) = delete;
  PictureBatch& operator=(const PictureBatch&) = delete;

  /// Item `index` from a surface of the same device, which may be let go of at once: its next
  /// writer waits until it is read.
  video::Placement convert(const Surface& from, size_t index);
  /// Item `index` from the machine's memory; read when it returns.
  void upload(std::span<const uint8_t> from, size_t index);
  /// Fills items with zeros.
  void clear(size_t first, size_t count);
  /// Waits until item `index` is there, and copies it.
  void download(size_t index, std::span<uint8_t> to);
  /// Waits until all items are there. Until the next call that writes, whoever reads them on
  /// another stream of the primary context need not wait.
  void finish();

  [[nodiscard]] Device& device() const noexcept { return *device_; }
  /// Of item 0; the others follow without padding.
  [[nodiscard]] CUdeviceptr address() const noexcept { return memory_.address(); }
  [[nodiscard]] size_t itemBytes() const noexcept { return itemBytes_; }

 private:
  [[nodiscard]] CUdeviceptr item(size_t index) const;

  // Order matters: the stream waits for its work before the memory goes.
  const std::shared_ptr<Device> device_;
  const video::ConvertOptions options_;
  const size_t count_;
  const size_t itemBytes_;
  DeviceBuffer memory_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace flux::gpu
