// A painter on Mesa's renderer, made once for all tests of a suite: making one takes longer than
// drawing.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "reference.h"
#include "render/egl_context.h"
#include "render/grid_painter.h"

namespace flux::render::test {

inline constexpr video::ColourSpec kBt709{video::Matrix::kBt709, false};

class PaintedTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string problem;
    fonts_ = std::make_unique<FontSet>("", problem);
    context_ = openEglContext({.software = true});
    painter_ = std::make_unique<GridPainter>(*context_, *fonts_);
  }
  static void TearDownTestSuite() {
    painter_.reset();
    context_.reset();
    fonts_.reset();
  }

  static Pixels paint(const Scene& scene) {
    painter_->paint(scene);
    Pixels pixels{.size = scene.output};
    painter_->readPixels(pixels.rgba);
    return pixels;
  }

  /// A scene with `tiles` tiles, of which each has a picture of its own and nothing over it.
  static Scene plainScene(Size output, Layout layout, int tiles,
                          video::ColourSpec colour = kBt709) {
    Scene scene{.output = output, .layout = std::move(layout)};
    scene.tiles.resize(kMaxTiles);
    for (int i = 0; i < tiles; ++i) {
      Tile& tile = scene.tiles[static_cast<size_t>(i)];
      tile.frame =
          makePicture({96 + 2 * (i % 5), 64 + 2 * (i % 3)}, colour, static_cast<unsigned>(i));
      tile.version = ++version_;
    }
    return scene;
  }

  static inline std::unique_ptr<FontSet> fonts_;
  static inline std::unique_ptr<GlContext> context_;
  static inline std::unique_ptr<GridPainter> painter_;
  static inline uint64_t version_ = 0;
};

}  // namespace flux::render::test
