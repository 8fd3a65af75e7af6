// Pictures to show, and what a grid of them has to look like, reckoned plainly on the CPU.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "render/scene.h"

namespace flux::render::test {

/// A 4:2:0 picture with ramps, edges and saturated colours; another for each `seed`.
/// `pixelRatio`: width of a pixel to its height.
video::Frame makePicture(Size size, video::ColourSpec colour, unsigned seed,
                         std::array<int, 2> pixelRatio = {1, 1});
/// One colour, in BT.709 of the limited range.
video::Frame makePlain(Size size, uint8_t luma, uint8_t cb, uint8_t cr);

struct Pixels {
  Size size;
  std::vector<uint8_t> rgba;

  [[nodiscard]] Rgba at(int x, int y) const;
};

/// What `scene` is without its overlays. Each tile's picture is brought to its size in 4:2:0 and
/// then turned into colours, both by video::convertReference().
Pixels composeReference(const Scene& scene);

/// The largest difference of a channel, and where it is.
struct Difference {
  int levels = 0;
  std::string where;
};
Difference compare(const Pixels& a, const Pixels& b);

}  // namespace flux::render::test
