#include "engine/frame_batch.h"

#include <algorithm>

#include "base/error.h"
#include "base/pages.h"
#include "gpu/picture_batch.h"

namespace flux {
namespace {

size_t checkedItemBytes(const FrameBatchOptions& options) {
  const video::Size size = options.convert.size;
  if (size.width < 1 || size.height < 1 || options.count < 1) {
    throw Error("ERR_INVALID_ARGUMENT",
                "A batch needs a width, a height and a count of at least 1.");
  }
  if (options.convert.format == video::PixelFormat::kNv12 ||
      options.convert.format == video::PixelFormat::kI420) {
    throw Error("ERR_INVALID_ARGUMENT", "A batch holds RGB, grey or tensors.");
  }
  if (int64_t{size.width} * size.height > video::kMaxPixels) {
    throw Error("ERR_LIMIT", "Pictures of a batch can have 8192x5120 pixels at most.");
  }
  const size_t bytes = video::packedBytes(options.convert.format, size);
  if (options.count > FrameBatch::kMaxBytes / bytes) {
    throw Error("ERR_LIMIT", "A batch can take 2 GiB at most: ask for fewer or smaller pictures.");
  }
  return bytes;
}

}  // namespace

FrameBatch::FrameBatch(const FrameBatchOptions& options)
    : options_(options),
      itemBytes_(checkedItemBytes(options)),
      memory_(options.gpu ? nullptr : zeroedPages(itemBytes_ * options.count)),
      reader_(options.convert) {
  if (!options.gpu) return;
  onGpu_ = std::make_unique<gpu::PictureBatch>(gpu::Device::open(*options.gpu), options.convert,
                                               options.count);
  passing_.resize(itemBytes_);
}

FrameBatch::~FrameBatch() = default;

uint64_t FrameBatch::deviceAddress() const noexcept {
  return options_.gpu ? onGpu_->address() : 0;
}

std::span<uint8_t> FrameBatch::item(size_t index) const {
  return {memory_.get() + index * itemBytes_, itemBytes_};
}

video::Placement FrameBatch::write(const video::Frame& frame, size_t index) {
  if (!options_.gpu) return reader_.read(frame, item(index));
  const gpu::Surface* const surface = gpu::surfaceOf(frame);
  if (surface != nullptr && &surface->owner() == &onGpu_->device()) {
    return onGpu_->convert(*surface, index);
  }
  const video::Placement placement = reader_.read(frame, passing_);
  onGpu_->upload(passing_, index);
  return placement;
}

std::vector<BatchItem> FrameBatch::fill(std::vector<ProvidedFrame> frames) {
  std::vector<BatchItem> items;
  size_t written = filled_;  // items that may hold something
  for (ProvidedFrame& next : frames) {
    if (items.size() == options_.count) break;
    const ProvidedFrame provided = std::move(next);  // gone as soon as it is read
    const video::DecodedFrame& frame = provided.frame;
    written = std::max(written, items.size() + 1);
    try {
      const video::Placement placement = write(frame.picture, items.size());
      items.push_back({provided.camera, provided.number, frame.timestamp, frame.arrivalMicros,
                       frame.arrivalWallMs, frame.keyFrame, frame.picture.size(),
                       frame.picture.displaySize(), placement});
    } catch (const Error& error) {
      // The decoder goes on elsewhere and says so; of the rest this one is no reason to fail.
      const bool lost = error.code() == "ERR_GPU_LOST" && !options_.gpu;
      if (!lost && error.code() != "ERR_UNSUPPORTED") throw;
    }
  }
  filled_ = items.size();
  const size_t left = written - filled_;
  if (options_.gpu) {
    onGpu_->clear(filled_, left);
    onGpu_->finish();
  } else {
    std::fill_n(memory_.get() + filled_ * itemBytes_, left * itemBytes_, uint8_t{0});
  }
  return items;
}

}  // namespace flux
