// Finds blocks of a picture that a decoder never wrote. Internal to lib/video.
#pragma once

#include <cstddef>
#include <cstdint>

#include "video/libav.h"

namespace flux::video {

/// libavcodec says nothing of parts of an H.265 picture that no slice was for: a slice that is
/// lost, or that ends where its bits happen to. They show what was in the memory before. So memory
/// gets marks before it is decoded into, a row of them through each row of blocks, which pictures
/// do not have but by a chance of one in 2^64: whatever still has one was not decoded.
class BlockMarks final {
 public:
  /// The picture begins at `frame.data[0]`; `blockSize` is that of its coding tree blocks' sides.
  static BlockMarks set(const AVFrame& frame, int blockSize);

  BlockMarks() = default;
  /// The memory is still there, and decoding into it is over.
  [[nodiscard]] bool anyLeft() const;

 private:
  template <typename Visit>
  bool any(const Visit& visit) const;

  uint8_t* luma_ = nullptr;
  ptrdiff_t stride_ = 0;
  int width_ = 0;
  int height_ = 0;
  int blockSize_ = 0;
  bool twoBytes_ = false;
};

}  // namespace flux::video
