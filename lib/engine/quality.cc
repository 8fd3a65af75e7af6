#include "engine/quality.h"

#include <algorithm>

namespace flux {
namespace {

constexpr int kGridFrom = 100;
constexpr int kFocusedFrom = 400;
constexpr int kFullscreenFrom = 800;

}  // namespace

QualitySettings settingsOf(Quality quality) {
  switch (quality) {
    case Quality::kPaused:
      return {StreamKind::kSub, 1, true};
    case Quality::kThumbnail:
      return {StreamKind::kSub, 5, false};
    case Quality::kGridView:
      return {StreamKind::kSub, 15, false};
    case Quality::kFocused:
      return {StreamKind::kMain, 25, false};
    case Quality::kFullscreen:
      return {StreamKind::kMain, 30, false};
  }
  return {};
}

Quality qualityForTile(int width, int height) {
  if (width <= 0 || height <= 0) return Quality::kPaused;
  const int size = std::max(width, height);
  if (size < kGridFrom) return Quality::kThumbnail;
  if (size < kFocusedFrom) return Quality::kGridView;
  return size < kFullscreenFrom ? Quality::kFocused : Quality::kFullscreen;
}

}  // namespace flux
