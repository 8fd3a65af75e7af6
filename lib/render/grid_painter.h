// Draws a scene with one GL context: pictures into the atlas, rectangles into one draw call.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "render/atlas.h"
#include "render/cuda_gl.h"
#include "render/gl_context.h"
#include "render/glyph_atlas.h"
#include "render/overlay.h"
#include "render/picture_scaler.h"
#include "render/quad_program.h"
#include "render/scene.h"

namespace flux::render {

/// Counts since the painter was made.
struct PainterStats {
  uint64_t pictures = 0;    ///< of the whole grid
  uint64_t drawCalls = 0;   ///< one for each
  uint64_t quads = 0;       ///< in the last one
  uint64_t scaled = 0;      ///< tiles' pictures that the CPU brought to size
  uint64_t scaledLate = 0;  ///< of these, while the grid's picture waited for them
  uint64_t uploaded = 0;    ///< tiles' pictures that went from the machine's memory to GL
  uint64_t uploadedBytes = 0;
  uint64_t shared = 0;   ///< tiles' pictures that went from CUDA to GL inside the GPU
  uint64_t skipped = 0;  ///< tiles' pictures that could not be shown
  Size atlas;
  size_t glyphs = 0;
  std::string notShared;  ///< why pictures on a GPU go through the machine's memory; else empty
};

/// Everything here happens on the thread of its context.
class GridPainter final {
 public:
  GridPainter(GlContext& context, FontSet& fonts,
              std::shared_ptr<PictureScaler> scaler = std::make_shared<PictureScaler>());

  /// Draws into the painter's own framebuffer. Throws ERR_GL, ERR_GL_LOST, ERR_LIMIT (tiles too
  /// large). A tile's picture that cannot be shown leaves its tile without one: see problem().
  void paint(const Scene& scene);
  /// What paint() drew, as RGBA, from the top left on.
  void readPixels(std::vector<uint8_t>& out);
  /// Copies what paint() drew to the window that the context belongs to.
  void present(Size window);

  /// Why a tile's picture was skipped since this was last asked; else empty.
  std::string takeProblem() { return std::exchange(problem_, {}); }
  [[nodiscard]] PainterStats stats() const;

 private:
  struct Cell {
    TilePicturePtr picture;
    video::ColourSpec colour;
    uint64_t version = 0;  ///< of the frame that `picture` is of; 0: to be made anew
    uint64_t serial = 0;   ///< of `picture`
    Content content;
    video::Fit fit = video::Fit::kLetterbox;
    bool failed = false;  ///< this version cannot be shown
    // Of a picture that CudaGl's buffer has instead of `picture`:
    PixelRect sharedSlot;
    uint64_t sharedGeneration = 0;
  };

  void resize(Size output);
  void arrange(const Scene& scene, const std::vector<PixelRect>& rects);
  void update(const Scene& scene);
  void scaleMissing(const Scene& scene);
  void writePictures(const Scene& scene);
  bool shareCell(const Tile& tile, size_t index);
  void writeShared(const Scene& scene);
  void collectQuads(const Scene& scene, const std::vector<PixelRect>& rects);

  GlContext& context_;
  const Gl& gl_;
  QuadProgram program_;
  Atlas atlas_;
  std::unique_ptr<CudaGl> cuda_;  // behind the atlas, whose textures it lets go first
  std::vector<CudaGl::Write> sharedWrites_;
  std::vector<size_t> pictureWrites_;  ///< tiles whose pictures go through the machine's memory
  std::shared_ptr<PictureScaler> scaler_;
  GlyphAtlas glyphs_;
  GlTexture canvas_;
  GlFramebuffer framebuffer_;
  Size output_;
  std::vector<std::unique_ptr<Cell>> cells_;
  uint64_t serial_ = 0;
  std::vector<Quad> quads_;
  std::string problem_;
  PainterStats stats_;
};

}  // namespace flux::render
