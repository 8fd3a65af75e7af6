// Brings cameras' pictures to the size of their tiles, on any thread but the one that draws.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/worker_pool.h"
#include "render/tile_picture.h"

namespace flux::render {

/// A decoder's thread calls scale() as soon as it has a picture whose tile is seen: it has the
/// samples in its caches, and tiles are scaled side by side. What could not be known then (another
/// layout, an application's own picture) scaleAll() does when it is to be drawn, on threads that
/// all renderers of the process share.
class PictureScaler final {
 public:
  PictureScaler();
  PictureScaler(const PictureScaler&) = delete;
  PictureScaler& operator=(const PictureScaler&) = delete;

  /// On this thread. Any threads at a time; those of one tile one after another. `tile` is 0 to
  /// kMaxTiles - 1. Throws as TilePicture::take().
  TilePicturePtr scale(size_t tile, const video::Frame& frame, Size to, video::Fit fit);

  struct Job {
    size_t tile = 0;
    const video::Frame* frame = nullptr;
    Size to;
    video::Fit fit = video::Fit::kLetterbox;
    // What comes of it: a picture, or why there is none.
    TilePicturePtr picture;
    std::string problem;
  };
  /// On the shared threads, of which there are as many as cores and at most four. Returns when all
  /// are done.
  void scaleAll(std::span<Job> jobs);

 private:
  struct TileConverter {
    std::mutex mutex;
    video::Converter converter;  ///< keeps what the tile's next picture needs
  };

  std::array<TileConverter, kMaxTiles> converters_;
  const std::shared_ptr<WorkerPool> threads_;
};

}  // namespace flux::render
