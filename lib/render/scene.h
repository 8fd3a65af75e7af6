// All that a picture of the grid shows, as plain values: what callers set and the painter draws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "render/layout.h"
#include "render/quad.h"
#include "render/tile_picture.h"
#include "video/frame.h"

namespace flux::render {

enum class TileStatus : uint8_t { kNone, kLive, kRecording, kOffline };

/// Something that was found in a picture.
struct OverlayBox {
  double x = 0;  ///< of the picture as it is shown: 0 is its left or top, 1 its right or bottom
  double y = 0;
  double width = 0;
  double height = 0;
  std::string label;            ///< UTF-8
  std::optional<double> score;  ///< 0 to 1
  Rgba colour{255, 196, 0, 255};
};

inline constexpr size_t kMaxBoxes = 256;  ///< of a tile

struct Tile {
  std::string name;  ///< UTF-8
  TileStatus status = TileStatus::kNone;
  video::Fit fit = video::Fit::kLetterbox;
  std::vector<OverlayBox> boxes;
  double fps = 0;  ///< 0: not shown
  std::optional<video::Frame> frame;
  uint64_t version = 0;  ///< of the frame; 0: none
  /// The frame at the size at which the tile was seen when it came; null where that was left to
  /// the painter.
  TilePicturePtr picture;
};

/// Which of the overlays are drawn.
struct Overlays {
  bool names = true;
  bool status = true;
  bool fps = true;
  bool boxes = true;
};

struct Scene {
  Size output{1280, 720};
  Layout layout = GridLayout{};
  std::vector<Tile> tiles;        ///< as many as the layout has, or more, which are not seen
  std::optional<int> fullscreen;  ///< a tile that alone is seen, over all of the picture
  Overlays overlays;
  Rgba background{12, 14, 18, 255};
  Rgba tileBackground{28, 31, 38, 255};  ///< bars, and tiles without a picture
};

/// Where each tile of `scene` is seen: empty for those that are not.
std::vector<PixelRect> visibleTiles(const Scene& scene);

}  // namespace flux::render
