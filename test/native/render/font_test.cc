// Letters: which font has them, and what a text that is none does.
#include "render/font.h"

#include <gtest/gtest.h>

#include <numeric>

#include "painted.h"

namespace flux::render {
namespace {

uint64_t inkOf(const GlyphBitmap& glyph) {
  return std::accumulate(glyph.coverage.begin(), glyph.coverage.end(), uint64_t{0});
}

TEST(FontTest, FindsTheMachinesFonts) {
  std::string problem;
  FontSet fonts("", problem);
  ASSERT_TRUE(fonts.available()) << problem;
  EXPECT_EQ(problem, "");
  const GlyphBitmap letter = fonts.render(U'A', 20);
  EXPECT_GT(inkOf(letter), 0U);
  EXPECT_GT(letter.advance, 5);
  EXPECT_GT(fonts.ascent(20), 10);
}

TEST(FontTest, HasHangulWithoutBeingTold) {
  std::string problem;
  FontSet fonts("", problem);
  const GlyphBitmap gate = fonts.render(U'문', 24);
  const GlyphBitmap house = fonts.render(U'집', 24);
  EXPECT_GT(inkOf(gate), 0U);
  // Not both the sign for a letter that is missing.
  EXPECT_NE(gate.coverage, house.coverage);
  EXPECT_NE(gate.coverage, fonts.render(0x10FFFF, 24).coverage);
}

TEST(FontTest, SaysThatAFontFileIsNone) {
  std::string problem;
  FontSet fonts("/nowhere/font.ttf", problem);
  EXPECT_NE(problem.find("/nowhere/font.ttf"), std::string::npos);
  EXPECT_TRUE(fonts.available());  // by the machine's own
}

TEST(Utf8Test, ReadsWhatIsUtf8AndMarksWhatIsNot) {
  EXPECT_EQ(decodeUtf8("a문é𝄞"), U"a문é𝄞");
  EXPECT_EQ(decodeUtf8("\xC0\x80"), U"\uFFFD\uFFFD");    // an overlong NUL
  EXPECT_EQ(decodeUtf8("\xED\xA0\x80"), U"\uFFFD");      // half a surrogate pair
  EXPECT_EQ(decodeUtf8("\xF4\x90\x80\x80"), U"\uFFFD");  // beyond U+10FFFF
  EXPECT_EQ(decodeUtf8("a\xE2\x82"), U"a\uFFFD");        // cut off
  EXPECT_EQ(decodeUtf8("\xE2"
                       "b"),
            U"\uFFFD"
            U"b");
  EXPECT_EQ(decodeUtf8("\x80"), U"\uFFFD");
}

class GlyphAtlasTest : public test::PaintedTest {};

TEST_F(GlyphAtlasTest, BeginsAnewWhereItsTextureIsFull) {
  GlyphAtlas glyphs(context_->gl(), *fonts_);
  std::vector<Quad> quads;
  const PixelRect clip{0, 0, 4000, 4000};
  size_t most = 0;
  for (char32_t letter = 0xAC00; letter < 0xAC00 + 3000; ++letter) {
    glyphs.begin();
    glyphs.draw(std::u32string(1, letter), 28, 0, 0, 4000, {}, clip, quads);
    most = std::max(most, glyphs.glyphs());
  }
  EXPECT_GT(most, 500U);
  EXPECT_LT(most, 3000U);
  for (const Quad& quad : quads) {
    ASSERT_LE(quad.source.x + quad.source.width, GlyphAtlas::kSide);
    ASSERT_LE(quad.source.y + quad.source.height, GlyphAtlas::kSide);
  }
}

TEST_F(GlyphAtlasTest, EndsALongTextWithAnEllipsis) {
  GlyphAtlas glyphs(context_->gl(), *fonts_);
  std::vector<Quad> whole;
  std::vector<Quad> cut;
  const std::u32string text = U"WWWWWWWWWWWWWWWWWWWW";
  const PixelRect clip{0, 0, 4000, 100};
  glyphs.draw(text, 20, 0, 0, 4000, {}, clip, whole);
  glyphs.draw(text, 20, 0, 0, 120, {}, clip, cut);
  EXPECT_EQ(whole.size(), text.size());
  ASSERT_LT(cut.size(), whole.size());
  ASSERT_GT(cut.size(), 2U);
  EXPECT_LE(cut.back().target.x + cut.back().target.width, 120);
  EXPECT_NE(cut.back().source, cut.front().source);
}

TEST_F(GlyphAtlasTest, CutsLettersAtTheTilesBorder) {
  GlyphAtlas glyphs(context_->gl(), *fonts_);
  std::vector<Quad> quads;
  const PixelRect clip{0, 0, 9, 10};
  glyphs.draw(U"MMMM", 24, -3, -6, 4000, {}, clip, quads);
  ASSERT_FALSE(quads.empty());
  for (const Quad& quad : quads) {
    EXPECT_EQ(intersect(quad.target, clip), quad.target);
    EXPECT_EQ(quad.fullWidth, quad.source.width);
  }
}

}  // namespace
}  // namespace flux::render
