#include "engine/picture_reader.h"

#include <algorithm>

#include "base/error.h"
#include "gpu/picture_batch.h"

namespace flux {

PictureReader::PictureReader(const video::ConvertOptions& options) : options_(options) {}

PictureReader::~PictureReader() = default;

/// That which can read the surface on its own GPU, or nullptr.
gpu::PictureBatch* PictureReader::batchFor(const gpu::Surface& surface) {
  for (const auto& batch : batches_) {
    if (&batch->device() == &surface.owner()) return batch.get();
  }
  if (std::ranges::find(refused_, surface.device()) != refused_.end()) return nullptr;
  try {
    return batches_
        .emplace_back(
            std::make_unique<gpu::PictureBatch>(surface.owner().shared_from_this(), options_, 1))
        .get();
  } catch (const Error&) {
    refused_.push_back(surface.device());
    return nullptr;
  }
}

video::Placement PictureReader::read(const video::Frame& frame, std::span<uint8_t> to) {
  if (const gpu::Surface* const surface = gpu::surfaceOf(frame)) {
    if (gpu::PictureBatch* const batch = batchFor(*surface)) {
      const video::Placement placement = batch->convert(*surface, 0);
      batch->download(0, to);
      return placement;
    }
  }
  return converter_.convert(frame, options_, packedInto(to, options_.format, options_.size));
}

}  // namespace flux
