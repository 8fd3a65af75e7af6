// What the renderer draws: rectangles of the output, each filled in one of four ways.
#pragma once

#include <array>
#include <cstdint>

#include "render/layout.h"
#include "video/colour.h"

namespace flux::render {

/// Red, green, blue and opacity, 0 to 255, not premultiplied.
using Rgba = std::array<uint8_t, 4>;

enum class QuadMode : uint32_t {
  kSolid = 0,     ///< one colour
  kVideo = 1,     ///< Y'CbCr from the atlas, times the colour
  kGlyph = 2,     ///< the colour, as opaque as the glyph covers the pixel
  kGradient = 3,  ///< the colour, from nothing at the top to its opacity at the bottom
};

/// One instance of the draw call, as the vertex shader reads it.
struct Quad {
  PixelRect target;     ///< of the output
  PixelRect source;     ///< kVideo: the whole slot in the atlas; kGlyph: in the glyphs' texture
  int32_t offsetX = 0;  ///< of target's first pixel in what is drawn, where a part is cut off
  int32_t offsetY = 0;
  int32_t fullWidth = 0;  ///< of what is drawn, uncut
  int32_t fullHeight = 0;
  Rgba colour{255, 255, 255, 255};
  uint32_t kind = 0;  ///< QuadMode, then << 8: colour matrix (0 to 5), << 16: corner radius

  [[nodiscard]] static uint32_t videoKind(video::ColourSpec colour) {
    const uint32_t matrix = static_cast<uint32_t>(colour.matrix) * 2 + (colour.fullRange ? 1 : 0);
    return static_cast<uint32_t>(QuadMode::kVideo) | matrix << 8;
  }
};
static_assert(sizeof(Quad) == 56, "the vertex attributes count on it");

}  // namespace flux::render
