// The five qualities of a tile, and what each asks of a camera.
#pragma once

#include <cstdint>

namespace flux {

enum class StreamKind : uint8_t { kMain = 0, kSub = 1 };

enum class Quality : uint8_t {
  kPaused,      ///< not visible: key frames of the sub stream only
  kThumbnail,   ///< under 100 pixels: sub stream, 5 frames a second
  kGridView,    ///< 100 to 399 pixels: sub stream, 15 frames a second
  kFocused,     ///< 400 to 799 pixels: main stream, 25 frames a second
  kFullscreen,  ///< 800 pixels and more: main stream, 30 frames a second
};

struct QualitySettings {
  StreamKind stream = StreamKind::kMain;
  int targetFps = 30;  ///< for a decoder: frames beyond it need not be shown
  bool keyFramesOnly = false;
};
QualitySettings settingsOf(Quality quality);

/// What a tile of this size in device pixels needs; its larger side counts. Nothing to see:
/// kPaused.
Quality qualityForTile(int width, int height);

}  // namespace flux
