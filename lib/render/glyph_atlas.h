// The letters that have been drawn so far, in one texture.
#pragma once

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "render/font.h"
#include "render/gl_objects.h"
#include "render/quad.h"

namespace flux::render {

/// Code points of UTF-8; what is not UTF-8 becomes U+FFFD.
std::u32string decodeUtf8(std::string_view text);

class GlyphAtlas final {
 public:
  /// Pixels a side of the texture: over 4,000 letters of the size that a grid's tiles have.
  static constexpr int kSide = 1024;

  GlyphAtlas(const Gl& gl, FontSet& fonts);

  /// To be called before the texts of a picture: forgets all letters where they filled the texture.
  void begin();
  /// In pixels.
  int width(std::u32string_view text, int pixels);
  /// Appends the letters of `text`, the first line's upper left corner at (x, y), as far as they
  /// lie within `clip`. Where text is wider than `maxWidth` an ellipsis ends it.
  void draw(std::u32string_view text, int pixels, int x, int y, int maxWidth, Rgba colour,
            const PixelRect& clip, std::vector<Quad>& quads);

  [[nodiscard]] GLuint texture() const { return texture_.get(); }
  [[nodiscard]] size_t glyphs() const { return glyphs_.size(); }

 private:
  struct Glyph {
    PixelRect place;  ///< empty where there is nothing to draw
    int left = 0;
    int top = 0;
    int advance = 0;
  };

  const Glyph& find(char32_t letter, int pixels);
  bool place(Size size, PixelRect& found);

  const Gl& gl_;
  FontSet& fonts_;
  GlTexture texture_;
  std::map<std::pair<char32_t, int>, Glyph> glyphs_;
  // Shelves, as in atlas_packer, but one letter at a time.
  int x_ = 0;
  int y_ = 0;
  int shelf_ = 0;
  bool full_ = false;
};

}  // namespace flux::render
