// The grid as pixels, against a reference that the CPU reckons.
#include "render/grid_painter.h"

#include "painted.h"

namespace flux::render {
namespace {

using test::compare;
using test::composeReference;
using test::PaintedTest;
using test::Pixels;

constexpr int kTolerance = 2;

class LayoutPaint : public PaintedTest, public testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(Sides, LayoutPaint, testing::Range(1, kMaxGridSide + 1));

TEST_P(LayoutPaint, ShowsEachCameraInItsPlace) {
  const int side = GetParam();
  // Sizes that divide by nothing: every tile has another one, and odd ones are among them.
  const Scene scene = plainScene({641, 359}, GridLayout{side, side, side % 3}, side * side);
  const uint64_t calls = painter_->stats().drawCalls;
  const auto difference = compare(paint(scene), composeReference(scene));
  EXPECT_LE(difference.levels, kTolerance) << difference.where;
  EXPECT_EQ(painter_->stats().drawCalls, calls + 1);
}

class ColourPaint : public PaintedTest,
                    public testing::WithParamInterface<std::tuple<video::Matrix, bool>> {};

INSTANTIATE_TEST_SUITE_P(Spaces, ColourPaint,
                         testing::Combine(testing::Values(video::Matrix::kBt601,
                                                          video::Matrix::kBt709,
                                                          video::Matrix::kBt2020),
                                          testing::Bool()));

TEST_P(ColourPaint, TurnsItsMatrixAndRangeIntoColours) {
  const auto [matrix, full] = GetParam();
  const Scene scene = plainScene({320, 180}, GridLayout{2, 2}, 4, {matrix, full});
  const auto difference = compare(paint(scene), composeReference(scene));
  EXPECT_LE(difference.levels, kTolerance) << difference.where;
}

TEST_F(PaintedTest, MixesMatricesInOneDrawCall) {
  Scene scene = plainScene({300, 200}, GridLayout{3, 2}, 6);
  size_t i = 0;
  for (const auto matrix : {video::Matrix::kBt601, video::Matrix::kBt709, video::Matrix::kBt2020}) {
    for (const bool full : {false, true}) {
      scene.tiles[i].frame = test::makePicture({100, 100}, {matrix, full}, 3);
      scene.tiles[i++].version = ++version_;
    }
  }
  const auto difference = compare(paint(scene), composeReference(scene));
  EXPECT_LE(difference.levels, kTolerance) << difference.where;
}

TEST_F(PaintedTest, LeavesBarsCropsAndStretches) {
  for (const auto fit : {video::Fit::kLetterbox, video::Fit::kCover, video::Fit::kStretch}) {
    for (const Size picture : {Size{160, 90}, Size{90, 160}, Size{101, 99}}) {
      Scene scene = plainScene({207, 131}, GridLayout{1, 1}, 1);
      scene.tileBackground = {200, 10, 60, 255};
      scene.tiles[0].frame = test::makePicture(picture, test::kBt709, 5);
      scene.tiles[0].fit = fit;
      const auto difference = compare(paint(scene), composeReference(scene));
      EXPECT_LE(difference.levels, kTolerance)
          << static_cast<int>(fit) << " of " << picture.width << ": " << difference.where;
    }
  }
}

TEST_F(PaintedTest, ShowsWidePixelsSquare) {
  Scene scene = plainScene({320, 240}, GridLayout{1, 1}, 1);
  scene.tiles[0].frame = test::makePicture({88, 72}, test::kBt709, 1, {2, 1});
  const auto difference = compare(paint(scene), composeReference(scene));
  EXPECT_LE(difference.levels, kTolerance) << difference.where;
}

TEST_F(PaintedTest, DrawsCustomTilesOverEachOther) {
  const CustomLayout thirds{.tiles = {{0, 0, 1, 1}, {0.6, 0.55, 0.37, 0.4}, {0.1, 0.7, 0.2, 0.2}}};
  Scene scene = plainScene({401, 301}, thirds, 3);
  auto difference = compare(paint(scene), composeReference(scene));
  EXPECT_LE(difference.levels, kTolerance) << difference.where;

  scene.layout = CustomLayout{.tiles = {{13, 7, 100, 75}, {150, 20, 239, 201}}, .pixels = true};
  difference = compare(paint(scene), composeReference(scene));
  EXPECT_LE(difference.levels, kTolerance) << difference.where;
}

TEST_F(PaintedTest, ShowsOneCameraAloneAndTheGridAgain) {
  Scene scene = plainScene({320, 180}, GridLayout{3, 3}, 9);
  const Pixels grid = paint(scene);
  scene.fullscreen = 4;
  const Pixels alone = paint(scene);
  auto difference = compare(alone, composeReference(scene));
  EXPECT_LE(difference.levels, kTolerance) << difference.where;
  EXPECT_GT(compare(alone, grid).levels, 50);
  scene.fullscreen.reset();
  difference = compare(paint(scene), grid);
  EXPECT_EQ(difference.levels, 0) << difference.where;
}

TEST_F(PaintedTest, KeepsNeighboursInTheAtlasApart) {
  // White beside black: a sample from the wrong slot would be seen at once, chroma's too.
  Scene scene = plainScene({513, 287}, GridLayout{8, 8}, 0);
  for (size_t i = 0; i < 64; ++i) {
    const bool light = (i + i / 8) % 2 == 0;
    scene.tiles[i].frame =
        light ? test::makePlain({48, 32}, 235, 240, 16) : test::makePlain({48, 32}, 16, 16, 240);
    scene.tiles[i].fit = video::Fit::kStretch;
    scene.tiles[i].version = ++version_;
  }
  const Pixels pixels = paint(scene);
  const auto rects = visibleTiles(scene);
  for (size_t i = 0; i < 64; ++i) {
    const Rgba middle =
        pixels.at(rects[i].x + rects[i].width / 2, rects[i].y + rects[i].height / 2);
    for (int y = rects[i].y; y < rects[i].y + rects[i].height; ++y) {
      for (int x = rects[i].x; x < rects[i].x + rects[i].width; ++x) {
        ASSERT_EQ(pixels.at(x, y), middle) << "tile " << i << " at " << x << ", " << y;
      }
    }
  }
}

TEST_F(PaintedTest, DrawsOverlaysInTheSameCall) {
  Scene scene = plainScene({640, 360}, GridLayout{2, 2}, 4);
  const Pixels bare = paint(scene);
  for (size_t i = 0; i < 4; ++i) {
    scene.tiles[i].name = "정문 Gate " + std::to_string(i);
    scene.tiles[i].status = TileStatus::kLive;
    scene.tiles[i].fps = 25;
    scene.tiles[i].boxes = {
        {.x = 0.3, .y = 0.3, .width = 0.3, .height = 0.4, .label = "person", .score = 0.93}};
  }
  const uint64_t calls = painter_->stats().drawCalls;
  EXPECT_GT(compare(paint(scene), bare).levels, 50);
  EXPECT_EQ(painter_->stats().drawCalls, calls + 1);

  scene.overlays = {.names = false, .status = false, .fps = false, .boxes = false};
  const auto difference = compare(paint(scene), bare);
  EXPECT_EQ(difference.levels, 0) << difference.where;
}

TEST_F(PaintedTest, PutsABoxWhereThePictureHasIt) {
  Scene scene = plainScene({400, 300}, GridLayout{1, 1}, 0);
  Tile& tile = scene.tiles[0];
  tile.frame = test::makePlain({400, 200}, 16, 128, 128);  // black, from line 50 to line 249
  tile.version = ++version_;
  const Rgba red{255, 0, 0, 255};
  tile.boxes = {{.x = 0.25, .y = 0.5, .width = 0.5, .height = 0.25, .colour = red}};
  Pixels pixels = paint(scene);
  EXPECT_EQ(pixels.at(100, 150), red);
  EXPECT_EQ(pixels.at(299, 199), red);
  EXPECT_EQ(pixels.at(200, 150), red);
  EXPECT_EQ(pixels.at(200, 175), (Rgba{0, 0, 0, 255}));
  EXPECT_EQ(pixels.at(99, 175), (Rgba{0, 0, 0, 255}));
  EXPECT_EQ(pixels.at(300, 175), (Rgba{0, 0, 0, 255}));

  // Cut to its tile's shape, some 267 columns of the picture's middle fill it: half as large again.
  tile.fit = video::Fit::kCover;
  pixels = paint(scene);
  EXPECT_EQ(pixels.at(52, 200), red);
  EXPECT_EQ(pixels.at(200, 224), red);
}

TEST_F(PaintedTest, KeepsBoxesInsideThePicture) {
  Scene scene = plainScene({400, 300}, GridLayout{2, 1}, 0);
  scene.tiles[0].frame = test::makePlain({200, 100}, 16, 128, 128);
  scene.tiles[0].version = ++version_;
  const Pixels bare = paint(scene);
  scene.tiles[0].boxes = {{.x = -5, .y = -5, .width = 1e30, .height = 1e30, .label = "x"},
                          {.x = NAN, .y = 0, .width = INFINITY, .height = 0.5},
                          {.x = 0.9, .y = 0.1, .width = 3, .height = 0.2, .label = "far too long"}};
  const Pixels pixels = paint(scene);
  for (int y = 0; y < 300; ++y) {
    for (int x = 0; x < 400; ++x) {
      if (x < 200 && y >= 100 && y < 200) continue;
      ASSERT_EQ(pixels.at(x, y), bare.at(x, y)) << x << ", " << y;
    }
  }
}

TEST_F(PaintedTest, WritesOnlyWhatChanged) {
  Scene scene = plainScene({320, 180}, GridLayout{4, 4}, 16);
  paint(scene);
  paint(scene);  // the atlas' other pair
  const PainterStats before = painter_->stats();
  paint(scene);
  EXPECT_EQ(painter_->stats().uploaded, before.uploaded);
  scene.tiles[5].frame = test::makePicture({96, 68}, test::kBt709, 77);
  scene.tiles[5].version = ++version_;
  for (int i = 0; i < 4; ++i) {
    const auto difference = compare(paint(scene), composeReference(scene));
    EXPECT_LE(difference.levels, kTolerance) << difference.where;
  }
  EXPECT_EQ(painter_->stats().scaled, before.scaled + 1);
  EXPECT_EQ(painter_->stats().uploaded, before.uploaded + 2);  // once for each pair
}

TEST_F(PaintedTest, FollowsAChangeOfFitInBothPairs) {
  Scene scene = plainScene({200, 200}, GridLayout{1, 1}, 1);
  scene.tiles[0].fit = video::Fit::kStretch;
  paint(scene);
  paint(scene);
  scene.tiles[0].fit = video::Fit::kCover;
  for (int i = 0; i < 3; ++i) {
    const auto difference = compare(paint(scene), composeReference(scene));
    EXPECT_LE(difference.levels, kTolerance) << difference.where;
  }
}

TEST_F(PaintedTest, ShowsATileWithoutAPictureEmpty) {
  Scene scene = plainScene({200, 100}, GridLayout{2, 1}, 1);
  scene.tiles[1].name = "";
  const Pixels pixels = paint(scene);
  EXPECT_EQ(pixels.at(150, 50), scene.tileBackground);
  scene.tiles[0].frame.reset();
  EXPECT_EQ(paint(scene).at(50, 50), scene.tileBackground);
}

TEST_F(PaintedTest, DimsWhatIsOffline) {
  Scene scene = plainScene({200, 200}, GridLayout{1, 1}, 0);
  scene.tiles[0].frame = test::makePlain({64, 64}, 235, 128, 128);
  scene.tiles[0].version = ++version_;
  EXPECT_EQ(paint(scene).at(100, 100), (Rgba{255, 255, 255, 255}));
  scene.tiles[0].status = TileStatus::kOffline;
  const Rgba dimmed = paint(scene).at(100, 100);
  EXPECT_LT(dimmed[0], 128);
  EXPECT_GT(dimmed[0], 60);
}

TEST_F(PaintedTest, SaysThatMoreThanGlTakesIsTooMuch) {
  Scene scene = plainScene({320, 180}, GridLayout{1, 1}, 1);
  scene.output = {context_->gl().maxTextureSize + 1, 4};
  try {
    paint(scene);
    FAIL() << "a picture larger than a texture";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_LIMIT");
  }
}

/// The same pixels by ways that this machine would not choose by itself.
TEST(PainterWays, DrawsTheSameThroughBuffersAndWithOpenGlEs) {
  std::string problem;
  FontSet fonts("", problem);
  Scene scene{.output = {320, 180}, .layout = GridLayout{3, 3}};
  scene.tiles.resize(kMaxTiles);
  for (size_t i = 0; i < 9; ++i) {
    scene.tiles[i].frame = test::makePicture({90, 60}, test::kBt709, static_cast<unsigned>(i));
    scene.tiles[i].version = i + 1;
  }
  const Pixels expected = composeReference(scene);
  /// Like a GPU's, which takes pictures through pixel buffer objects.
  class Hardware final : public GlContext {
   public:
    explicit Hardware(std::unique_ptr<GlContext> real) : real_(std::move(real)) {}
    [[nodiscard]] const Gl& gl() const noexcept override { return real_->gl(); }
    [[nodiscard]] bool isSoftware() const noexcept override { return false; }
    [[nodiscard]] std::optional<int> cudaDevice() const noexcept override { return {}; }
    [[nodiscard]] bool isLost() override { return false; }

   private:
    std::unique_ptr<GlContext> real_;
  };
  for (const bool es : {false, true}) {
    Hardware context(openEglContext({.software = true, .es = es}));
    EXPECT_EQ(context.gl().es, es);
    GridPainter painter(context, fonts);
    for (int i = 0; i < 2; ++i) {
      painter.paint(scene);
      Pixels pixels{.size = scene.output};
      painter.readPixels(pixels.rgba);
      const auto difference = compare(pixels, expected);
      EXPECT_LE(difference.levels, kTolerance) << (es ? "ES: " : "") << difference.where;
    }
  }
}

}  // namespace
}  // namespace flux::render
