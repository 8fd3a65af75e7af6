#include "render/grid_painter.h"

namespace flux::render {
namespace {

constexpr Rgba kDimmed{110, 110, 110, 255};
constexpr Rgba kPlain{255, 255, 255, 255};

float part(uint8_t value) {
  return static_cast<float>(value) / 255;
}

}  // namespace

GridPainter::GridPainter(GlContext& context, FontSet& fonts, std::shared_ptr<PictureScaler> scaler)
    : context_(context),
      gl_(context.gl()),
      program_(gl_),
      atlas_(gl_, !context.isSoftware()),
      scaler_(std::move(scaler)),
      glyphs_(gl_, fonts),
      canvas_(gl_),
      framebuffer_(gl_) {}

void GridPainter::resize(Size output) {
  if (output == output_) return;
  if (output.width > gl_.maxTextureSize || output.height > gl_.maxTextureSize) {
    throw Error("ERR_LIMIT", "this OpenGL driver draws at most " +
                                 std::to_string(gl_.maxTextureSize) +
                                 " pixels a side: make the picture smaller");
  }
  gl_.BindTexture(GL_TEXTURE_2D, canvas_.get());
  gl_.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  gl_.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  gl_.TexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, output.width, output.height, 0, GL_RGBA,
                 GL_UNSIGNED_BYTE, nullptr);
  gl_.BindFramebuffer(GL_FRAMEBUFFER, framebuffer_.get());
  gl_.FramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, canvas_.get(), 0);
  if (gl_.CheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
    throw Error("ERR_GL", "this OpenGL driver cannot draw into a texture");
  }
  gl_.check("make the renderer's picture");
  output_ = output;
}

void GridPainter::arrange(const Scene& scene, const std::vector<PixelRect>& rects) {
  while (cells_.size() < rects.size()) cells_.push_back(std::make_unique<Cell>());
  std::vector<Size> sizes(cells_.size());
  for (size_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = *cells_[i];
    Content content;
    if (i < rects.size() && !rects[i].empty() && scene.tiles[i].frame) {
      const video::Frame& frame = *scene.tiles[i].frame;
      content = place(frame.size(), frame.displaySize(), rects[i], scene.tiles[i].fit);
      sizes[i] = content.target.size();
    }
    const bool same = content.target.size() == cell.content.target.size() &&
                      content.source == cell.content.source && i < scene.tiles.size() &&
                      scene.tiles[i].fit == cell.fit;
    if (!same) cell.version = 0;
    cell.content = content;
    if (i < scene.tiles.size()) cell.fit = scene.tiles[i].fit;
  }
  atlas_.arrange(sizes, output_.width);
}

/// False where the tile's picture has to come through the machine's memory.
bool GridPainter::shareCell(const Tile& tile, size_t index) {
  const gpu::Surface* surface = gpu::surfaceOf(*tile.frame);
  if (surface == nullptr || !stats_.notShared.empty()) return false;
  if (cuda_ != nullptr && cuda_->device() != surface->device()) return false;
  Cell& cell = *cells_[index];
  const bool scaled = cell.version == tile.version && cell.sharedSlot == atlas_.slot(index) &&
                      cell.sharedGeneration == atlas_.generation();
  if (!scaled) {
    cell.version = tile.version;
    cell.serial = ++serial_;
    cell.failed = false;
    cell.picture.reset();
    cell.colour = surface->colour();
    cell.sharedSlot = atlas_.slot(index);
    cell.sharedGeneration = atlas_.generation();
  }
  sharedWrites_.push_back({index, scaled ? nullptr : surface, tile.fit});
  return true;
}

void GridPainter::writeShared(const Scene& scene) {
  if (sharedWrites_.empty()) return;
  try {
    if (cuda_ == nullptr || cuda_->generation() != atlas_.generation()) {
      const int device = scene.tiles[sharedWrites_.front().slot].frame->onDevice()->device();
      cuda_.reset();
      cuda_ = std::make_unique<CudaGl>(gpu::Device::open(device), atlas_);
    }
    cuda_->write(atlas_, sharedWrites_);
    for (const CudaGl::Write& write : sharedWrites_) {
      atlas_.written(write.slot, cells_[write.slot]->serial);
    }
    stats_.shared += sharedWrites_.size();
  } catch (const Error& error) {
    cuda_.reset();
    stats_.notShared = error.what();
    for (const CudaGl::Write& write : sharedWrites_) {
      cells_[write.slot]->version = 0;
      pictureWrites_.push_back(write.slot);
    }
  }
  sharedWrites_.clear();
}

/// Those that no thread had brought to this size when they came.
void GridPainter::scaleMissing(const Scene& scene) {
  std::vector<PictureScaler::Job> jobs;
  for (const size_t index : pictureWrites_) {
    Cell& cell = *cells_[index];
    const Tile& tile = scene.tiles[index];
    if (cell.version == tile.version && cell.picture != nullptr) continue;
    cell.version = tile.version;
    cell.failed = false;
    cell.serial = ++serial_;
    cell.picture = tile.picture;
    const Size size = cell.content.target.size();
    if (cell.picture != nullptr && cell.picture->size == size && cell.picture->fit == tile.fit) {
      ++stats_.scaled;
      continue;
    }
    jobs.push_back({.tile = index, .frame = &*tile.frame, .to = size, .fit = tile.fit});
  }
  scaler_->scaleAll(jobs);
  for (PictureScaler::Job& job : jobs) {
    Cell& cell = *cells_[job.tile];
    cell.picture = std::move(job.picture);
    if (cell.picture != nullptr) {
      ++stats_.scaled;
      ++stats_.scaledLate;
      continue;
    }
    cell.failed = true;
    problem_ = std::move(job.problem);
    ++stats_.skipped;
  }
}

void GridPainter::writePictures(const Scene& scene) {
  scaleMissing(scene);
  for (const size_t index : pictureWrites_) {
    Cell& cell = *cells_[index];
    if (cell.failed) continue;
    cell.colour = cell.picture->colour;
    atlas_.write(index, cell.serial, *cell.picture);
  }
  pictureWrites_.clear();
  atlas_.upload();
}

void GridPainter::update(const Scene& scene) {
  atlas_.flip();
  pictureWrites_.clear();
  for (size_t i = 0; i < scene.tiles.size(); ++i) {
    const Cell& cell = *cells_[i];
    if (cell.content.target.empty()) continue;
    const bool current =
        cell.version == scene.tiles[i].version && (cell.failed || atlas_.holds(i, cell.serial));
    if (!current && !shareCell(scene.tiles[i], i)) pictureWrites_.push_back(i);
  }
  writeShared(scene);
  writePictures(scene);
}

void GridPainter::collectQuads(const Scene& scene, const std::vector<PixelRect>& rects) {
  quads_.clear();
  glyphs_.begin();
  for (size_t i = 0; i < rects.size(); ++i) {
    const PixelRect& rect = rects[i];
    if (rect.empty()) continue;
    const Tile& tile = scene.tiles[i];
    const Cell& cell = *cells_[i];
    ShownPicture picture;
    if (!cell.content.target.empty() && !cell.failed) {
      picture = {cell.content, tile.frame->size()};
    }
    const PixelRect& target = picture.content.target;
    if (target != rect) addSolid(rect, rect, scene.tileBackground, 0, quads_);
    if (!target.empty()) {
      quads_.push_back({.target = target,
                        .source = atlas_.slot(i),
                        .fullWidth = target.width,
                        .fullHeight = target.height,
                        .colour = tile.status == TileStatus::kOffline ? kDimmed : kPlain,
                        .kind = Quad::videoKind(cell.colour)});
    }
    addOverlays(tile, scene.overlays, rect, picture, glyphs_, quads_);
  }
}

void GridPainter::paint(const Scene& scene) {
  const std::vector<PixelRect> rects = visibleTiles(scene);
  resize(scene.output);
  arrange(scene, rects);
  update(scene);
  collectQuads(scene, rects);

  gl_.BindFramebuffer(GL_FRAMEBUFFER, framebuffer_.get());
  gl_.Viewport(0, 0, output_.width, output_.height);
  const Rgba& back = scene.background;
  gl_.ClearColor(part(back[0]), part(back[1]), part(back[2]), 1);
  gl_.Clear(GL_COLOR_BUFFER_BIT);
  program_.draw(quads_, output_, atlas_.luma(atlas_.current()), atlas_.chroma(atlas_.current()),
                glyphs_.texture());
  gl_.check("draw the grid");
  if (context_.isLost()) {
    throw Error("ERR_GL_LOST", "the GPU was reset, and OpenGL lost all that it held");
  }
  ++stats_.pictures;
  if (!quads_.empty()) ++stats_.drawCalls;
  stats_.quads = quads_.size();
}

void GridPainter::readPixels(std::vector<uint8_t>& out) {
  out.resize(static_cast<size_t>(output_.width) * static_cast<size_t>(output_.height) * 4);
  gl_.BindFramebuffer(GL_FRAMEBUFFER, framebuffer_.get());
  gl_.PixelStorei(GL_PACK_ALIGNMENT, 1);
  gl_.ReadPixels(0, 0, output_.width, output_.height, GL_RGBA, GL_UNSIGNED_BYTE, out.data());
  gl_.check("read the grid");
}

void GridPainter::present(Size window) {
  gl_.BindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer_.get());
  gl_.BindFramebuffer(GL_DRAW_FRAMEBUFFER, 0);
  // A window's first line is its lowest.
  gl_.BlitFramebuffer(0, 0, output_.width, output_.height, 0, window.height, window.width, 0,
                      GL_COLOR_BUFFER_BIT, GL_NEAREST);
  gl_.check("show the grid");
}

PainterStats GridPainter::stats() const {
  PainterStats stats = stats_;
  stats.uploaded = atlas_.picturesUploaded();
  stats.uploadedBytes = atlas_.bytesUploaded();
  stats.atlas = atlas_.size();
  stats.glyphs = glyphs_.glyphs();
  return stats;
}

}  // namespace flux::render
