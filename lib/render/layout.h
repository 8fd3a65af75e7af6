// Where tiles lie on the picture, and where a camera's picture lies in its tile.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "video/convert.h"

namespace flux::render {

using video::Size;

/// Pixels; the origin is at the top left.
struct PixelRect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  [[nodiscard]] bool empty() const noexcept { return width <= 0 || height <= 0; }
  [[nodiscard]] Size size() const noexcept { return {width, height}; }
  bool operator==(const PixelRect&) const = default;
};
PixelRect intersect(const PixelRect& a, const PixelRect& b);

/// As many tiles as 8 by 8 cameras need.
inline constexpr int kMaxTiles = 64;
inline constexpr int kMaxGridSide = 8;

/// Equal tiles, counted from left to right and from top to bottom.
struct GridLayout {
  int columns = 1;  ///< 1 to 8
  int rows = 1;     ///< 1 to 8
  int gap = 0;      ///< pixels between two tiles; none around them
};

/// Tiles anywhere, later ones over earlier ones. `pixels`: of the picture; else 1 is the picture's
/// width or height.
struct CustomLayout {
  struct Tile {
    double x = 0;
    double y = 0;
    double width = 1;
    double height = 1;
  };
  std::vector<Tile> tiles;  ///< at most kMaxTiles
  bool pixels = false;
};

using Layout = std::variant<GridLayout, CustomLayout>;

/// Throws ERR_INVALID_ARGUMENT where a layout has no tile, too many, or one of no size.
void checkLayout(const Layout& layout);
int tileCount(const Layout& layout);
/// The tiles of `layout` on a picture of `size`. Those of a grid leave no pixel over but the gaps.
std::vector<PixelRect> tileRects(const Layout& layout, Size size);

/// Where a picture goes: `target` in pixels of the output, `source` in pixels as they are stored.
struct Content {
  PixelRect target;
  video::Rect source;
};
/// `stored` and `shown` as Frame::size() and displaySize().
Content place(Size stored, Size shown, const PixelRect& tile, video::Fit fit);

}  // namespace flux::render
