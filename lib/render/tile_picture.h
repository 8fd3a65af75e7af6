// A camera's picture at the size of its tile, in the machine's memory, ready for a texture.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "render/layout.h"

namespace flux::render {

/// NV12 without padding: lines of luma, then lines of Cb and Cr by turns, of half the width and
/// height, rounded up.
struct TilePicture {
  Size size;
  video::Fit fit = video::Fit::kLetterbox;  ///< that it was made for
  video::ColourSpec colour;
  std::vector<uint8_t> samples;

  [[nodiscard]] Size chromaSize() const { return {(size.width + 1) / 2, (size.height + 1) / 2}; }
  [[nodiscard]] const uint8_t* chroma() const {
    return samples.data() + ptrdiff_t{size.width} * size.height;
  }

  /// What `fit` shows of `frame` at `to`. Throws ERR_UNSUPPORTED (the frame's pixel format),
  /// ERR_GPU_LOST.
  void take(video::Converter& converter, const video::Frame& frame, Size to, video::Fit fit);
};

/// Immutable and shared, as frames are; may be null.
using TilePicturePtr = std::shared_ptr<const TilePicture>;

}  // namespace flux::render
