#include "engine/frame_batch.h"

#include <algorithm>

#include "base/error.h"

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
      memory_(std::make_shared<uint8_t[]>(itemBytes_ * options.count)) {}

std::vector<BatchItem> FrameBatch::fill(std::vector<ProvidedFrame> frames) {
  const std::span<uint8_t> all(memory_.get(), bytes());
  const video::ConvertOptions& convert = options_.convert;
  std::vector<BatchItem> items;
  size_t written = filled_;  // items that may hold something
  for (ProvidedFrame& next : frames) {
    if (items.size() == options_.count) break;
    const ProvidedFrame provided = std::move(next);  // gone as soon as it is read
    const video::DecodedFrame& frame = provided.frame;
    written = std::max(written, items.size() + 1);
    try {
      const video::Placement placement = converter_.convert(
          frame.picture, convert, packedInto(all, convert.format, convert.size, items.size()));
      items.push_back({provided.camera, provided.number, frame.timestamp, frame.arrivalMicros,
                       frame.arrivalWallMs, frame.keyFrame, frame.picture.size(),
                       frame.picture.displaySize(), placement});
    } catch (const Error& error) {
      // The decoder goes on elsewhere and says so; of the rest this one is no reason to fail.
      if (error.code() != "ERR_GPU_LOST" && error.code() != "ERR_UNSUPPORTED") throw;
    }
  }
  filled_ = items.size();
  std::fill_n(memory_.get() + filled_ * itemBytes_, (written - filled_) * itemBytes_, uint8_t{0});
  return items;
}

}  // namespace flux
