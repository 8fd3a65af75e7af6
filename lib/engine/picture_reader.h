// Frames as pictures of one size and layout in the machine's memory, by the short way: what a GPU
// holds is converted there, and no more than the result comes over.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "video/convert.h"

namespace flux::gpu {
class PictureBatch;
class Surface;
}  // namespace flux::gpu

namespace flux {

/// Used by one thread at a time.
class PictureReader final {
 public:
  explicit PictureReader(const video::ConvertOptions& options);
  ~PictureReader();
  PictureReader(const PictureReader&) = delete;
  PictureReader& operator=(const PictureReader&) = delete;

  /// Planes one after another, without padding; complete when it returns. A GPU that has no room or
  /// no kernels for it gives the whole picture, which is converted here. Throws what
  /// video::Converter throws.
  video::Placement read(const video::Frame& frame, std::span<uint8_t> to);

  [[nodiscard]] const video::ConvertOptions& options() const noexcept { return options_; }

 private:
  gpu::PictureBatch* batchFor(const gpu::Surface& surface);

  const video::ConvertOptions options_;
  video::Converter converter_;
  std::vector<std::unique_ptr<gpu::PictureBatch>> batches_;  ///< of one item, one per GPU
  std::vector<int> refused_;  ///< ordinals of GPUs that cannot: nothing that would change soon
};

}  // namespace flux
