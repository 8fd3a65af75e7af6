#include "render/overlay.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace flux::render {
namespace {

constexpr Rgba kWhite{244, 246, 250, 255};
constexpr Rgba kShade{0, 0, 0, 170};
constexpr Rgba kPlate{14, 16, 20, 175};
constexpr Rgba kLive{46, 204, 113, 255};
constexpr Rgba kRecording{239, 68, 68, 255};
constexpr Rgba kOffline{148, 155, 168, 255};
constexpr Rgba kOnColour{16, 18, 22, 255};

/// Sizes follow the letters'.
struct Measures {
  int letters;
  int margin;
  int pad;
  int line;

  explicit Measures(int height)
      : letters(height),
        margin(std::max(3, height / 2)),
        pad(std::max(2, height * 2 / 5)),
        line(height + height / 2) {}
};

struct Badge {
  const char32_t* text;
  Rgba colour;
};

Badge badgeOf(TileStatus status) {
  switch (status) {
    case TileStatus::kLive:
      return {U"LIVE", kLive};
    case TileStatus::kRecording:
      return {U"REC", kRecording};
    case TileStatus::kOffline:
      return {U"OFFLINE", kOffline};
    case TileStatus::kNone:
      break;
  }
  return {U"", {}};
}

class TileOverlay final {
 public:
  TileOverlay(const PixelRect& rect, GlyphAtlas& glyphs, std::vector<Quad>& quads)
      : rect_(rect), at_(letterHeight(rect.size())), glyphs_(glyphs), quads_(quads) {}

  void boxes(const std::vector<OverlayBox>& boxes, const ShownPicture& picture) {
    for (const OverlayBox& box : boxes) {
      const PixelRect where = onOutput(box, picture);
      const PixelRect seen = picture.content.target;
      if (intersect(where, seen).empty()) continue;
      outline(where, seen, box.colour);
      if (at_.letters > 0) label(box, where, seen);
    }
  }

  void name(const std::string& text) {
    if (at_.letters == 0 || text.empty()) return;
    const int height = std::min(rect_.height, at_.line + at_.margin + at_.letters / 2);
    Quad shade{.target = {rect_.x, rect_.y + rect_.height - height, rect_.width, height},
               .fullWidth = rect_.width,
               .fullHeight = height,
               .colour = kShade,
               .kind = static_cast<uint32_t>(QuadMode::kGradient)};
    quads_.push_back(shade);
    glyphs_.draw(decodeUtf8(text), at_.letters, rect_.x + at_.margin,
                 rect_.y + rect_.height - at_.margin - at_.letters - at_.letters / 5,
                 rect_.width - 2 * at_.margin, kWhite, rect_, quads_);
  }

  void status(TileStatus status) {
    const Badge badge = badgeOf(status);
    if (*badge.text == 0) return;
    const int dot = std::max(4, at_.letters / 2);
    const int margin = at_.letters > 0 ? at_.margin : 3;
    if (at_.letters == 0) {
      addSolid({rect_.x + margin, rect_.y + margin, dot, dot}, rect_, badge.colour, dot / 2,
               quads_);
      return;
    }
    const int text = glyphs_.width(badge.text, at_.letters);
    const PixelRect plate{rect_.x + margin, rect_.y + margin,
                          at_.pad + dot + (text > 0 ? at_.pad + text : 0) + at_.pad, at_.line};
    addSolid(plate, rect_, kPlate, at_.line / 3, quads_);
    addSolid({plate.x + at_.pad, plate.y + (plate.height - dot) / 2, dot, dot}, rect_, badge.colour,
             dot / 2, quads_);
    glyphs_.draw(badge.text, at_.letters, plate.x + 2 * at_.pad + dot, plate.y + at_.letters / 5,
                 text, kWhite, rect_, quads_);
  }

  void fps(double rate) {
    if (at_.letters == 0 || !(rate > 0)) return;
    const std::u32string text =
        decodeUtf8(std::to_string(std::lround(std::min(rate, 999.0))) + " fps");
    const int width = glyphs_.width(text, at_.letters);
    if (width == 0) return;
    const PixelRect plate{rect_.x + rect_.width - at_.margin - width - 2 * at_.pad,
                          rect_.y + at_.margin, width + 2 * at_.pad, at_.line};
    addSolid(plate, rect_, kPlate, at_.line / 3, quads_);
    glyphs_.draw(text, at_.letters, plate.x + at_.pad, plate.y + at_.letters / 5, width, kWhite,
                 rect_, quads_);
  }

 private:
  static PixelRect onOutput(const OverlayBox& box, const ShownPicture& picture) {
    const PixelRect& target = picture.content.target;
    const video::Rect& source = picture.content.source;
    // Boxes come from anywhere: what lies far outside is cut off before it is an integer.
    const auto across = [&](double x) {
      const double at = (std::clamp(x, -1.0, 2.0) * picture.stored.width - source.x) / source.width;
      return target.x + static_cast<int>(std::lround(at * target.width));
    };
    const auto down = [&](double y) {
      const double at =
          (std::clamp(y, -1.0, 2.0) * picture.stored.height - source.y) / source.height;
      return target.y + static_cast<int>(std::lround(at * target.height));
    };
    const int left = across(box.x);
    const int top = down(box.y);
    return {left, top, across(box.x + box.width) - left, down(box.y + box.height) - top};
  }

  void outline(const PixelRect& box, const PixelRect& clip, Rgba colour) {
    const int thick = std::max(1, at_.letters / 7);
    const int inner = std::max(0, box.height - 2 * thick);
    addSolid({box.x, box.y, box.width, thick}, clip, colour, 0, quads_);
    addSolid({box.x, box.y + box.height - thick, box.width, thick}, clip, colour, 0, quads_);
    addSolid({box.x, box.y + thick, thick, inner}, clip, colour, 0, quads_);
    addSolid({box.x + box.width - thick, box.y + thick, thick, inner}, clip, colour, 0, quads_);
  }

  void label(const OverlayBox& box, const PixelRect& where, const PixelRect& clip) {
    std::string text = box.label;
    if (box.score) {
      if (!text.empty()) text += ' ';
      text += std::to_string(std::lround(std::clamp(*box.score, 0.0, 1.0) * 100));
      text += " %";
    }
    const std::u32string letters = decodeUtf8(text);
    const int width = glyphs_.width(letters, at_.letters);
    if (width == 0) return;
    const int height = at_.letters + at_.letters / 3;
    // Above the box; inside it where there is no room above.
    const int top = where.y - height >= clip.y ? where.y - height : where.y;
    const PixelRect plate{where.x, top, width + 2 * at_.pad, height};
    addSolid(plate, clip, box.colour, 0, quads_);
    glyphs_.draw(letters, at_.letters, plate.x + at_.pad, plate.y + at_.letters / 10, width,
                 kOnColour, clip, quads_);
  }

  const PixelRect& rect_;
  Measures at_;
  GlyphAtlas& glyphs_;
  std::vector<Quad>& quads_;
};

}  // namespace

void addSolid(const PixelRect& rect, const PixelRect& clip, Rgba colour, int radius,
              std::vector<Quad>& quads) {
  const PixelRect seen = intersect(rect, clip);
  if (seen.empty()) return;
  quads.push_back(
      {.target = seen,
       .offsetX = seen.x - rect.x,
       .offsetY = seen.y - rect.y,
       .fullWidth = rect.width,
       .fullHeight = rect.height,
       .colour = colour,
       .kind = static_cast<uint32_t>(QuadMode::kSolid) | static_cast<uint32_t>(radius) << 16});
}

int letterHeight(Size tile) {
  constexpr int kLeastTile = 60;
  if (tile.height < kLeastTile || tile.width < kLeastTile) return 0;
  return std::clamp(std::min(tile.height / 14, tile.width / 18), 9, 28);
}

void addOverlays(const Tile& tile, const Overlays& shown, const PixelRect& rect,
                 const ShownPicture& picture, GlyphAtlas& glyphs, std::vector<Quad>& quads) {
  TileOverlay overlay(rect, glyphs, quads);
  if (shown.boxes && !picture.content.target.empty()) overlay.boxes(tile.boxes, picture);
  if (shown.names) overlay.name(tile.name);
  if (shown.status) overlay.status(tile.status);
  if (shown.fps) overlay.fps(tile.fps);
}

}  // namespace flux::render
