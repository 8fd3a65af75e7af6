// Where tiles and pictures lie, reckoned without GL.
#include "render/layout.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/error.h"
#include "render/atlas_packer.h"

namespace flux::render {
namespace {

TEST(LayoutTest, LeavesNoPixelOfAGridOver) {
  for (int columns = 1; columns <= kMaxGridSide; ++columns) {
    for (int rows = 1; rows <= kMaxGridSide; ++rows) {
      std::vector<int> covered(203 * 101);
      for (const PixelRect& rect : tileRects(GridLayout{columns, rows}, {203, 101})) {
        for (int y = rect.y; y < rect.y + rect.height; ++y) {
          for (int x = rect.x; x < rect.x + rect.width; ++x)
            ++covered[static_cast<size_t>(y * 203 + x)];
        }
      }
      EXPECT_TRUE(std::ranges::all_of(covered, [](int times) { return times == 1; }))
          << columns << "x" << rows;
    }
  }
}

TEST(LayoutTest, PutsGapsBetweenTilesAndNotAroundThem) {
  const auto rects = tileRects(GridLayout{3, 2, 4}, {308, 204});
  EXPECT_EQ(rects[0], (PixelRect{0, 0, 100, 100}));
  EXPECT_EQ(rects[1], (PixelRect{104, 0, 100, 100}));
  EXPECT_EQ(rects[5], (PixelRect{208, 104, 100, 100}));
}

TEST(LayoutTest, HidesTilesThatHaveNoRoom) {
  for (const PixelRect& rect : tileRects(GridLayout{8, 8, 100}, {64, 64})) {
    EXPECT_GE(rect.width, 0);
    EXPECT_GE(rect.height, 0);
  }
}

TEST(LayoutTest, CutsCustomTilesAtThePicturesBorder) {
  const CustomLayout layout{.tiles = {{-0.5, 0.5, 1, 1}, {2, 2, 1, 1}}};
  const auto rects = tileRects(layout, {100, 100});
  EXPECT_EQ(rects[0], (PixelRect{0, 50, 50, 50}));
  EXPECT_TRUE(rects[1].empty());
}

TEST(LayoutTest, LetsFractionsMeet) {
  const CustomLayout layout{.tiles = {{0, 0, 1.0 / 3, 1}, {1.0 / 3, 0, 1.0 / 3, 1}}};
  const auto rects = tileRects(layout, {100, 10});
  EXPECT_EQ(rects[0].x + rects[0].width, rects[1].x);
}

TEST(LayoutTest, RefusesWhatIsNoLayout) {
  const auto refuses = [](const Layout& layout) {
    try {
      checkLayout(layout);
      return false;
    } catch (const Error& error) {
      return error.code() == "ERR_INVALID_ARGUMENT";
    }
  };
  EXPECT_TRUE(refuses(GridLayout{0, 1}));
  EXPECT_TRUE(refuses(GridLayout{9, 1}));
  EXPECT_TRUE(refuses(GridLayout{1, 1, -1}));
  EXPECT_TRUE(refuses(CustomLayout{}));
  EXPECT_TRUE(refuses(CustomLayout{.tiles = std::vector<CustomLayout::Tile>(65)}));
  EXPECT_TRUE(refuses(CustomLayout{.tiles = {{NAN, 0, 1, 1}}}));
  EXPECT_TRUE(refuses(CustomLayout{.tiles = {{0, 0, 0, 1}}}));
  EXPECT_TRUE(refuses(CustomLayout{.tiles = {{0, 0, INFINITY, 1}}}));
  EXPECT_FALSE(refuses(CustomLayout{.tiles = std::vector<CustomLayout::Tile>(64)}));
}

TEST(PackerTest, PutsNoTwoPicturesOverEachOther) {
  std::vector<Size> sizes;
  for (int i = 0; i < 64; ++i) sizes.push_back({17 + 29 * (i % 7), 13 + 31 * (i % 5)});
  sizes[9] = {};
  const auto packing = pack(sizes, 800, 16384);
  ASSERT_TRUE(packing);
  for (size_t i = 0; i < sizes.size(); ++i) {
    const PixelRect& slot = packing->slots[i];
    EXPECT_EQ(slot.size(), sizes[i]);
    EXPECT_EQ(slot.x % 2, 0);
    EXPECT_EQ(slot.y % 2, 0);
    EXPECT_LE(slot.x + slot.width, packing->used.width);
    EXPECT_LE(slot.y + slot.height, packing->used.height);
    for (size_t k = 0; k < i; ++k) {
      // Chroma samples are two pixels a side.
      PixelRect a = slot;
      PixelRect b = packing->slots[k];
      a.width += a.width & 1;
      b.height += b.height & 1;
      EXPECT_TRUE(intersect(a, b).empty()) << i << " and " << k;
    }
  }
}

TEST(PackerTest, TakesAGridsTilesWithLittleToSpare) {
  std::vector<Size> sizes(36, Size{320, 180});
  const auto packing = pack(sizes, 1920, 16384);
  ASSERT_TRUE(packing);
  EXPECT_EQ(packing->used, (Size{1920, 1080}));
}

TEST(PackerTest, SaysWhereTheTextureIsTooSmall) {
  EXPECT_FALSE(pack({{300, 10}}, 100, 256));
  EXPECT_FALSE(pack({{256, 200}, {256, 200}}, 256, 256));
  EXPECT_TRUE(pack({{256, 128}, {256, 128}}, 256, 256));
}

}  // namespace
}  // namespace flux::render
