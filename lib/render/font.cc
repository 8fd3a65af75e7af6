#include "render/font.h"

#include <ft2build.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "base/library.h"
#include FT_FREETYPE_H

namespace flux::render {
namespace {

/// Proportional faces without serifs, Latin first; then such as have Hangul, Chinese and Japanese.
constexpr std::array kFontFiles = {
    "truetype/noto/NotoSans-Regular.ttf",
    "truetype/dejavu/DejaVuSans.ttf",
    "truetype/liberation/LiberationSans-Regular.ttf",
    "truetype/liberation2/LiberationSans-Regular.ttf",
    "truetype/nanum/NanumGothic.ttf",
    "opentype/noto/NotoSansCJK-Regular.ttc",
    "noto-cjk/NotoSansCJK-Regular.ttc",
    "google-noto-cjk/NotoSansCJK-Regular.ttc",
    "truetype/unfonts-core/UnDotum.ttf",
    "truetype/baekmuk/gulim.ttf",
};
constexpr std::array kFontFolders = {"/usr/share/fonts/", "/usr/local/share/fonts/"};

constexpr const char* kInstallFont =
    "names and labels are not drawn: install fonts-dejavu-core, and fonts-nanum for Korean";

struct FreeType {
  std::unique_ptr<Library> library;
  decltype(&FT_Init_FreeType) init = nullptr;
  decltype(&FT_Done_FreeType) done = nullptr;
  decltype(&FT_New_Face) newFace = nullptr;
  decltype(&FT_Done_Face) doneFace = nullptr;
  decltype(&FT_Set_Pixel_Sizes) setPixelSizes = nullptr;
  decltype(&FT_Get_Char_Index) charIndex = nullptr;
  decltype(&FT_Load_Glyph) loadGlyph = nullptr;

  /// False where the library or a function of it is not there.
  bool open(std::string& problem) {
    std::string why;
    library = Library::open("libfreetype.so.6", why);
    if (library != nullptr) {
      const auto find = [this](auto& function, const char* name) {
        function =
            reinterpret_cast<std::remove_reference_t<decltype(function)>>(library->symbol(name));
        return function != nullptr;
      };
      if (find(init, "FT_Init_FreeType") && find(done, "FT_Done_FreeType") &&
          find(newFace, "FT_New_Face") && find(doneFace, "FT_Done_Face") &&
          find(setPixelSizes, "FT_Set_Pixel_Sizes") && find(charIndex, "FT_Get_Char_Index") &&
          find(loadGlyph, "FT_Load_Glyph")) {
        return true;
      }
      why = "a function of it is missing";
    }
    problem = "names and labels are not drawn: install libfreetype6 (" + why + ")";
    return false;
  }
};

}  // namespace

struct FontSet::State {
  FreeType freeType;
  FT_Library instance = nullptr;
  std::vector<FT_Face> faces;
  int size = 0;

  ~State() {
    for (FT_Face face : faces) freeType.doneFace(face);
    if (instance != nullptr) freeType.done(instance);
  }

  bool add(const std::string& file) {
    FT_Face face = nullptr;
    if (freeType.newFace(instance, file.c_str(), 0, &face) != 0) return false;
    faces.push_back(face);
    return true;
  }

  void setSize(int pixels) {
    if (pixels == size) return;
    // Fonts with fixed sizes alone, which are not asked for, may refuse: their glyphs stay away.
    for (FT_Face face : faces) freeType.setPixelSizes(face, 0, static_cast<FT_UInt>(pixels));
    size = pixels;
  }
};

FontSet::FontSet(const std::string& file, std::string& problem)
    : state_(std::make_unique<State>()) {
  if (!state_->freeType.open(problem)) return;
  if (state_->freeType.init(&state_->instance) != 0) {
    problem = "names and labels are not drawn: FreeType does not start";
    return;
  }
  if (!file.empty() && !state_->add(file)) {
    problem = "the font " + file + " cannot be read: give a TrueType or OpenType file";
  }
  for (const char* folder : kFontFolders) {
    for (const char* name : kFontFiles) {
      const std::string path = std::string(folder) + name;
      std::error_code ignored;
      if (std::filesystem::exists(path, ignored)) state_->add(path);
    }
  }
  if (state_->faces.empty() && problem.empty()) problem = kInstallFont;
}

FontSet::~FontSet() = default;

bool FontSet::available() const noexcept {
  return !state_->faces.empty();
}

GlyphBitmap FontSet::render(char32_t letter, int pixels) {
  GlyphBitmap glyph;
  if (!available()) return glyph;
  state_->setSize(pixels);
  FT_Face face = state_->faces.front();
  FT_UInt index = 0;
  for (FT_Face each : state_->faces) {
    index = state_->freeType.charIndex(each, letter);
    if (index == 0) continue;
    face = each;
    break;
  }
  if (state_->freeType.loadGlyph(face, index, FT_LOAD_RENDER | FT_LOAD_TARGET_LIGHT) != 0) {
    return glyph;
  }
  const FT_GlyphSlot slot = face->glyph;
  const FT_Bitmap& bitmap = slot->bitmap;
  glyph.advance = static_cast<int>((slot->advance.x + 32) >> 6);
  glyph.left = slot->bitmap_left;
  glyph.top = slot->bitmap_top;
  if (bitmap.pixel_mode != FT_PIXEL_MODE_GRAY) return glyph;
  glyph.size = {static_cast<int>(bitmap.width), static_cast<int>(bitmap.rows)};
  glyph.coverage.resize(size_t{bitmap.width} * bitmap.rows);
  for (unsigned row = 0; row < bitmap.rows; ++row) {
    std::memcpy(glyph.coverage.data() + size_t{row} * bitmap.width,
                bitmap.buffer + ptrdiff_t{row} * bitmap.pitch, bitmap.width);
  }
  return glyph;
}

int FontSet::ascent(int pixels) {
  if (!available()) return 0;
  state_->setSize(pixels);
  return static_cast<int>((state_->faces.front()->size->metrics.ascender + 63) >> 6);
}

}  // namespace flux::render
