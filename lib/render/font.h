// Letters as pictures: FreeType, opened at run time, and the fonts that the machine has.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "render/layout.h"

namespace flux::render {

/// How much each pixel of a letter is covered, 0 to 255, lines without padding.
struct GlyphBitmap {
  Size size;
  int left = 0;     ///< from the pen to the first column
  int top = 0;      ///< from the first line down to the base line
  int advance = 0;  ///< to the next letter's pen
  std::vector<uint8_t> coverage;
};

/// Used by one thread.
class FontSet final {
 public:
  /// `file` is asked first where it is not empty; then fonts that Debian's packages install (Noto,
  /// Nanum, DejaVu, Liberation), each for the letters that those before it lack. `problem` says why
  /// there is no text, or not with `file`: empty where all is well.
  FontSet(const std::string& file, std::string& problem);
  ~FontSet();
  FontSet(const FontSet&) = delete;
  FontSet& operator=(const FontSet&) = delete;

  [[nodiscard]] bool available() const noexcept;
  /// The letter at a height of `pixels` from ascender to descender, about. One that no font has is
  /// the first font's sign for that, as a rule an empty box.
  GlyphBitmap render(char32_t letter, int pixels);
  /// Of a line of text, in pixels: what is above its base line.
  int ascent(int pixels);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace flux::render
