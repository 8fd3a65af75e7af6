// Pictures of many cameras as one tensor, [N, 3, H, W] or [N, H, W, C], in memory that is used
// again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/frame_provider.h"
#include "engine/picture_reader.h"
#include "video/convert.h"

namespace flux::gpu {
class PictureBatch;
}  // namespace flux::gpu

namespace flux {

struct FrameBatchOptions {
  /// Of one picture: every format but kNv12 and kI420. Throws as video::Converter does.
  video::ConvertOptions convert;
  size_t count = 1;  ///< N
  /// The batch is in the memory of this GPU (CUDA's ordinal) instead of the machine's.
  std::optional<int> gpu;
};

/// Where an item of a batch came from, and how what is found in it goes back.
struct BatchItem {
  std::string camera;
  uint64_t number = 0;  ///< see ProvidedFrame
  // Of the picture, see video::DecodedFrame:
  int64_t timestamp = 0;
  int64_t arrivalMicros = 0;
  int64_t arrivalWallMs = 0;
  bool keyFrame = false;
  video::Size stored;
  video::Size shown;
  video::Placement placement;
};

/// Used by one thread at a time.
class FrameBatch final {
 public:
  /// More bytes than this are no batch of pictures for a model: 2 GiB.
  static constexpr size_t kMaxBytes = size_t{2} << 30;

  /// Throws ERR_INVALID_ARGUMENT, ERR_LIMIT; with `gpu` what gpu::PictureBatch throws.
  explicit FrameBatch(const FrameBatchOptions& options);
  ~FrameBatch();
  FrameBatch(const FrameBatch&) = delete;
  FrameBatch& operator=(const FrameBatch&) = delete;

  /// Writes frame N into item N, lets go of it, and fills the items behind the last with zeros. A
  /// frame that cannot be read is left out, and those after it move up. At most `count` frames. All
  /// is written when it returns. Frames of a GPU are converted there, and come over as items.
  std::vector<BatchItem> fill(std::vector<ProvidedFrame> frames);

  /// All items, also those that are not filled. Shared with whoever reads it; null with `gpu`.
  [[nodiscard]] const std::shared_ptr<uint8_t[]>& memory() const noexcept { return memory_; }
  [[nodiscard]] size_t bytes() const noexcept { return itemBytes_ * options_.count; }
  /// With `gpu`: of the items, in the device's primary context; else 0.
  [[nodiscard]] uint64_t deviceAddress() const noexcept;
  [[nodiscard]] const FrameBatchOptions& options() const noexcept { return options_; }

 private:
  video::Placement write(const video::Frame& frame, size_t index);
  std::span<uint8_t> item(size_t index) const;

  const FrameBatchOptions options_;
  const size_t itemBytes_;
  const std::shared_ptr<uint8_t[]> memory_;
  std::unique_ptr<gpu::PictureBatch> onGpu_;  ///< with `gpu`: the batch itself
  std::vector<uint8_t> passing_;              ///< an item on its way there
  PictureReader reader_;
  size_t filled_ = 0;
};

}  // namespace flux
