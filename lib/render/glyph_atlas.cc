#include "render/glyph_atlas.h"

#include <algorithm>

namespace flux::render {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kEllipsis = 0x2026;

}  // namespace

std::u32string decodeUtf8(std::string_view text) {
  std::u32string letters;
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<uint8_t>(text[i++]);
    const int more = first < 0x80    ? 0
                     : first >= 0xF0 ? 3
                     : first >= 0xE0 ? 2
                     : first >= 0xC2 ? 1
                                     : -1;
    if (more < 0 || first > 0xF4) {
      letters.push_back(kReplacement);
      continue;
    }
    char32_t letter = more == 0 ? first : first & (0x3F >> more);
    int read = 0;
    for (; read < more && i < text.size(); ++read, ++i) {
      const auto next = static_cast<uint8_t>(text[i]);
      if ((next & 0xC0) != 0x80) break;
      letter = letter << 6 | (next & 0x3F);
    }
    constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    const bool valid = read == more && letter >= kLeast[more] && letter <= 0x10FFFF &&
                       (letter < 0xD800 || letter > 0xDFFF);
    letters.push_back(valid ? letter : kReplacement);
  }
  return letters;
}

GlyphAtlas::GlyphAtlas(const Gl& gl, FontSet& fonts) : gl_(gl), fonts_(fonts), texture_(gl) {
  gl_.BindTexture(GL_TEXTURE_2D, texture_.get());
  gl_.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  gl_.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  gl_.TexImage2D(GL_TEXTURE_2D, 0, GL_R8, kSide, kSide, 0, GL_RED, GL_UNSIGNED_BYTE, nullptr);
  gl_.check("make the texture of letters");
}

void GlyphAtlas::begin() {
  if (!full_) return;
  glyphs_.clear();
  x_ = y_ = shelf_ = 0;
  full_ = false;
}

bool GlyphAtlas::place(Size size, PixelRect& found) {
  if (x_ + size.width > kSide) {
    x_ = 0;
    y_ += shelf_;
    shelf_ = 0;
  }
  if (size.width > kSide || y_ + size.height > kSide) return false;
  found = {x_, y_, size.width, size.height};
  x_ += size.width;
  shelf_ = std::max(shelf_, size.height);
  return true;
}

const GlyphAtlas::Glyph& GlyphAtlas::find(char32_t letter, int pixels) {
  const auto known = glyphs_.find({letter, pixels});
  if (known != glyphs_.end()) return known->second;
  const GlyphBitmap bitmap = fonts_.render(letter, pixels);
  Glyph glyph{.left = bitmap.left, .top = bitmap.top, .advance = bitmap.advance};
  if (!bitmap.coverage.empty()) {
    if (place(bitmap.size, glyph.place)) {
      gl_.PixelStorei(GL_UNPACK_ALIGNMENT, 1);
      gl_.BindTexture(GL_TEXTURE_2D, texture_.get());
      gl_.TexSubImage2D(GL_TEXTURE_2D, 0, glyph.place.x, glyph.place.y, glyph.place.width,
                        glyph.place.height, GL_RED, GL_UNSIGNED_BYTE, bitmap.coverage.data());
    } else {
      full_ = true;  // this picture goes without the letter, the next one has room
    }
  }
  return glyphs_.emplace(std::pair{letter, pixels}, glyph).first->second;
}

int GlyphAtlas::width(std::u32string_view text, int pixels) {
  int width = 0;
  for (const char32_t letter : text) width += find(letter, pixels).advance;
  return width;
}

void GlyphAtlas::draw(std::u32string_view text, int pixels, int x, int y, int maxWidth, Rgba colour,
                      const PixelRect& clip, std::vector<Quad>& quads) {
  if (!fonts_.available()) return;
  std::u32string shown(text);
  if (width(shown, pixels) > maxWidth) {
    const int room = maxWidth - find(kEllipsis, pixels).advance;
    while (!shown.empty() && width(shown, pixels) > room) shown.pop_back();
    shown.push_back(kEllipsis);
  }
  const int baseLine = y + fonts_.ascent(pixels);
  int pen = x;
  for (const char32_t letter : shown) {
    const Glyph& glyph = find(letter, pixels);
    if (!glyph.place.empty()) {
      const PixelRect whole{pen + glyph.left, baseLine - glyph.top, glyph.place.width,
                            glyph.place.height};
      const PixelRect seen = intersect(whole, clip);
      if (!seen.empty()) {
        quads.push_back({.target = seen,
                         .source = glyph.place,
                         .offsetX = seen.x - whole.x,
                         .offsetY = seen.y - whole.y,
                         .fullWidth = whole.width,
                         .fullHeight = whole.height,
                         .colour = colour,
                         .kind = static_cast<uint32_t>(QuadMode::kGlyph)});
      }
    }
    pen += glyph.advance;
  }
}

}  // namespace flux::render
