// Copies pictures into buffers of other sizes and layouts, for any number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "video/convert.h"

namespace flux {

class FrameCopier final {
 public:
  FrameCopier() = default;
  FrameCopier(const FrameCopier&) = delete;
  FrameCopier& operator=(const FrameCopier&) = delete;

  /// Planes one after another, without padding. Takes as long as the picture is large: not for a
  /// thread that somebody waits for. Throws ERR_INVALID_ARGUMENT where `to` is too small, and what
  /// video::Converter throws.
  video::Placement copy(const video::Frame& from, const video::ConvertOptions& options,
                        std::span<uint8_t> to);

 private:
  /// What converters keep for the next picture is not worth more than this many of them.
  static constexpr size_t kMaxIdle = 8;

  std::mutex mutex_;
  std::vector<std::unique_ptr<video::Converter>> idle_;
};

/// `options` with the sizes that were left out (0): the picture's own as it is to be shown, or what
/// keeps its shape. Throws ERR_LIMIT.
video::ConvertOptions completed(video::ConvertOptions options, const video::Frame& frame);

}  // namespace flux
