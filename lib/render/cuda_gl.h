// Pictures that were decoded on a GPU, written into the atlas without leaving it.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "gpu/device.h"
#include "gpu/memory.h"
#include "gpu/stream.h"
#include "gpu/surface_pool.h"
#include "render/atlas.h"

namespace flux::render {

/// The atlas's textures as a CUDA device sees them. They are mapped once for each picture of the
/// grid, both at a time, whatever the number of tiles: each mapping costs about as much as drawing.
/// Kernels bring pictures to size in a buffer that is laid out like the atlas, of which the slots
/// that changed are copied into the textures. Used by the thread of the GL context.
class CudaGl final {
 public:
  /// Throws where the device cannot share this context's textures, or its memory does not suffice:
  /// ERR_GPU, ERR_UNSUPPORTED, ERR_GPU_MEMORY, ERR_GPU_LOST.
  CudaGl(std::shared_ptr<gpu::Device> device, const Atlas& atlas);
  ~CudaGl();
  CudaGl(const CudaGl&) = delete;
  CudaGl& operator=(const CudaGl&) = delete;

  struct Write {
    size_t slot = 0;
    /// To be scaled into the slot; nullptr: the buffer has it already, of an earlier call.
    const gpu::Surface* picture = nullptr;
    video::Fit fit = video::Fit::kStretch;
  };
  /// Into the atlas's current pair. OpenGL's next call sees them. Throws as the constructor.
  void write(const Atlas& atlas, const std::vector<Write>& writes);

  [[nodiscard]] int device() const noexcept { return device_->ordinal(); }
  /// Of the textures that are registered: those of another have to be registered anew.
  [[nodiscard]] uint64_t generation() const noexcept { return generation_; }

 private:
  struct Plane {
    CUdeviceptr address = 0;
    size_t pitch = 0;
  };

  void registerTextures(const Atlas& atlas);
  void unregister() noexcept;
  void scale(const Atlas& atlas, const Write& write);
  void copy(const Atlas& atlas, const std::vector<Write>& writes);

  std::shared_ptr<gpu::Device> device_;
  uint64_t generation_ = 0;
  std::unique_ptr<gpu::Stream> stream_;
  gpu::DeviceBuffer buffer_;
  std::array<Plane, 2> planes_;  ///< luma, chroma
  /// Of both pairs: luma, chroma.
  std::array<std::array<CUgraphicsResource, 2>, 2> resources_{};
};

}  // namespace flux::render
