// Names, states, frame rates and boxes over a tile's picture, as rectangles of the one draw call.
#pragma once

#include <vector>

#include "render/glyph_atlas.h"
#include "render/scene.h"

namespace flux::render {

/// A rectangle of one colour, its corners rounded by `radius` pixels, as far as it lies in `clip`.
void addSolid(const PixelRect& rect, const PixelRect& clip, Rgba colour, int radius,
              std::vector<Quad>& quads);

/// The height of a tile's letters in pixels; 0 where the tile is too small for any.
int letterHeight(Size tile);

/// Where a tile's picture is: nothing of it is seen where `target` is empty.
struct ShownPicture {
  Content content;
  Size stored;
};

void addOverlays(const Tile& tile, const Overlays& shown, const PixelRect& rect,
                 const ShownPicture& picture, GlyphAtlas& glyphs, std::vector<Quad>& quads);

}  // namespace flux::render
