#include "render/layout.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"

namespace flux::render {
namespace {

/// Far more than any screen, and no rounding of it leaves the range of int.
constexpr double kMaxCoordinate = 1 << 20;

int rounded(double value) {
  return static_cast<int>(std::lround(value));
}

[[noreturn]] void invalid(const std::string& message) {
  throw Error("ERR_INVALID_ARGUMENT", "layout: " + message);
}

void check(const GridLayout& grid) {
  const auto side = [](int tiles) { return tiles >= 1 && tiles <= kMaxGridSide; };
  if (!side(grid.columns) || !side(grid.rows)) {
    invalid("columns and rows must be 1 to " + std::to_string(kMaxGridSide));
  }
  if (grid.gap < 0 || grid.gap > 256) invalid("gap must be 0 to 256 pixels");
}

void check(const CustomLayout& custom) {
  if (custom.tiles.empty() || custom.tiles.size() > kMaxTiles) {
    invalid("there must be 1 to " + std::to_string(kMaxTiles) + " tiles");
  }
  const auto coordinate = [](double value) { return std::abs(value) <= kMaxCoordinate; };
  for (const auto& tile : custom.tiles) {
    if (!coordinate(tile.x) || !coordinate(tile.y) || !(tile.width > 0) || !(tile.height > 0) ||
        !coordinate(tile.width) || !coordinate(tile.height)) {
      invalid("a tile needs x, y and a width and height above 0");
    }
  }
}

std::vector<PixelRect> rectsOf(const GridLayout& grid, Size size) {
  // A gap at the far side of the last tile too makes all tiles alike; it lies outside the picture.
  const auto edge = [&](int index, int count, int length) {
    return static_cast<int>((int64_t{length} + grid.gap) * index / count);
  };
  std::vector<PixelRect> rects;
  for (int row = 0; row < grid.rows; ++row) {
    const int top = edge(row, grid.rows, size.height);
    const int bottom = edge(row + 1, grid.rows, size.height) - grid.gap;
    for (int column = 0; column < grid.columns; ++column) {
      const int left = edge(column, grid.columns, size.width);
      const int right = edge(column + 1, grid.columns, size.width) - grid.gap;
      rects.push_back({left, top, std::max(0, right - left), std::max(0, bottom - top)});
    }
  }
  return rects;
}

std::vector<PixelRect> rectsOf(const CustomLayout& custom, Size size) {
  const double width = custom.pixels ? 1 : size.width;
  const double height = custom.pixels ? 1 : size.height;
  std::vector<PixelRect> rects;
  for (const auto& tile : custom.tiles) {
    // Edges are rounded, not sizes: neighbours meet.
    const int left = rounded(std::clamp(tile.x * width, -kMaxCoordinate, kMaxCoordinate));
    const int top = rounded(std::clamp(tile.y * height, -kMaxCoordinate, kMaxCoordinate));
    const int right =
        rounded(std::clamp((tile.x + tile.width) * width, -kMaxCoordinate, kMaxCoordinate));
    const int bottom =
        rounded(std::clamp((tile.y + tile.height) * height, -kMaxCoordinate, kMaxCoordinate));
    rects.push_back(
        intersect({left, top, right - left, bottom - top}, {0, 0, size.width, size.height}));
  }
  return rects;
}

}  // namespace

PixelRect intersect(const PixelRect& a, const PixelRect& b) {
  const int left = std::max(a.x, b.x);
  const int top = std::max(a.y, b.y);
  const int right = std::min(a.x + a.width, b.x + b.width);
  const int bottom = std::min(a.y + a.height, b.y + b.height);
  return {left, top, std::max(0, right - left), std::max(0, bottom - top)};
}

void checkLayout(const Layout& layout) {
  std::visit([](const auto& kind) { check(kind); }, layout);
}

int tileCount(const Layout& layout) {
  if (const auto* grid = std::get_if<GridLayout>(&layout)) return grid->columns * grid->rows;
  return static_cast<int>(std::get<CustomLayout>(layout).tiles.size());
}

std::vector<PixelRect> tileRects(const Layout& layout, Size size) {
  return std::visit([&](const auto& kind) { return rectsOf(kind, size); }, layout);
}

Content place(Size stored, Size shown, const PixelRect& tile, video::Fit fit) {
  if (tile.empty()) return {};
  // A pixel of the output has a colour of its own: its chroma need not begin at an even one.
  const auto [source, target] = video::place(
      stored, shown, {.format = video::PixelFormat::kRgba, .size = tile.size(), .fit = fit});
  return {{tile.x + target.x, tile.y + target.y, target.width, target.height}, source};
}

}  // namespace flux::render
