#include "engine/frame_copier.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/error.h"

namespace flux {
namespace {

/// `side` in the ratio of `of` to `to`.
int scaled(int side, int of, int to) {
  const double exact = static_cast<double>(side) * of / std::max(1, to);
  return static_cast<int>(std::clamp(std::round(exact), 1.0, 1e6));
}

}  // namespace

video::ConvertOptions completed(video::ConvertOptions options, const video::Frame& frame) {
  video::Size& size = options.size;
  const video::Size shown = frame.displaySize();
  if (size.width == 0 && size.height == 0) size = shown;
  if (size.width == 0) size.width = scaled(size.height, shown.width, shown.height);
  if (size.height == 0) size.height = scaled(size.width, shown.height, shown.width);
  if (int64_t{size.width} * size.height > video::kMaxPixels) {
    throw Error("ERR_LIMIT", "a picture of " + std::to_string(size.width) + "x" +
                                 std::to_string(size.height) + " is larger than 8192x5120: ask " +
                                 "for a smaller one");
  }
  return options;
}

video::Placement FrameCopier::copy(const video::Frame& from, const video::ConvertOptions& options,
                                   std::span<uint8_t> to) {
  const video::Destination planes = video::packedInto(to, options.format, options.size);
  std::unique_ptr<video::Converter> converter;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      converter = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (converter == nullptr) converter = std::make_unique<video::Converter>();
  const video::Placement placement = converter->convert(from, options, planes);
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(converter));
  return placement;
}

}  // namespace flux
