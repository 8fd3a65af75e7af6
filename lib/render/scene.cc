#include "render/scene.h"

namespace flux::render {

std::vector<PixelRect> visibleTiles(const Scene& scene) {
  std::vector<PixelRect> rects;
  if (scene.fullscreen) {
    rects.resize(scene.tiles.size());
    rects.at(static_cast<size_t>(*scene.fullscreen)) = {0, 0, scene.output.width,
                                                        scene.output.height};
    return rects;
  }
  rects = tileRects(scene.layout, scene.output);
  rects.resize(scene.tiles.size());
  return rects;
}

}  // namespace flux::render
