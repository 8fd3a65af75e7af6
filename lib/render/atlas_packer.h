// Finds a place in one large texture for each of many pictures.
#pragma once

#include <optional>
#include <vector>

#include "render/layout.h"

namespace flux::render {

struct Packing {
  std::vector<PixelRect> slots;  ///< in the order asked for; empty ones for empty sizes
  Size used;                     ///< even
};

/// Shelves: the highest first, side by side, as wide as `width`, or as the widest needs. All slots
/// begin at even pixels, so that their chroma at half the size begins at whole ones. None where
/// they would take more than `limit` pixels a side.
std::optional<Packing> pack(const std::vector<Size>& sizes, int width, int limit);

}  // namespace flux::render
