// What a conversion promises, whatever is fast: colours, shapes, bars, layouts, refusals.
#include "video/convert.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "generated_picture.h"

namespace flux::video {
namespace {

constexpr ColourSpec k709{Matrix::kBt709, false};

std::vector<uint8_t> converted(const Frame& frame, const ConvertOptions& options) {
  std::vector<uint8_t> bytes(packedBytes(options.format, options.size));
  Converter().convert(frame, options, packedInto(bytes, options.format, options.size));
  return bytes;
}

std::array<int, 3> pixel(const std::vector<uint8_t>& rgb, Size size, int x, int y) {
  const uint8_t* at = rgb.data() + 3 * (size_t{1} * y * size.width + x);
  return {at[0], at[1], at[2]};
}

TEST(Convert, GivesBlackWhiteAndPrimaries) {
  struct Case {
    ColourSpec colour;
    std::array<int, 3> ycc;
    std::array<int, 3> rgb;
  };
  const Case cases[] = {
      {{Matrix::kBt601, false}, {16, 128, 128}, {0, 0, 0}},
      {{Matrix::kBt709, false}, {235, 128, 128}, {255, 255, 255}},
      {{Matrix::kBt2020, true}, {255, 128, 128}, {255, 255, 255}},
      {{Matrix::kBt601, false}, {81, 90, 240}, {254, 0, 0}},
      {{Matrix::kBt709, false}, {63, 102, 240}, {255, 1, 0}},
      {{Matrix::kBt709, false}, {173, 42, 26}, {0, 255, 1}},
      {{Matrix::kBt2020, false}, {29, 240, 119}, {0, 0, 255}},
  };
  for (const Case& each : cases) {
    const Frame frame = frameOf(generate(AV_PIX_FMT_YUV420P, {38, 6}, each.colour,
                                         plain(each.ycc[0], each.ycc[1], each.ycc[2])));
    const auto rgb = converted(frame, {.size = {38, 6}});
    for (int i = 0; i < 38 * 6 * 3; ++i) ASSERT_NEAR(rgb[i], each.rgb[i % 3], 1) << i;
  }
}

TEST(Convert, LetterboxesTheShapeThatIsShown) {
  GeneratedFrame wide = generate(AV_PIX_FMT_NV12, {80, 60}, k709, plain(235, 128, 128));
  wide->sample_aspect_ratio = {4, 3};  // 16:9
  const Frame frame = frameOf(std::move(wide));
  const ConvertOptions options{.size = {64, 64}, .fit = Fit::kLetterbox, .fill = {114, 115, 116}};
  std::vector<uint8_t> rgb(packedBytes(options.format, options.size));
  const Placement placement =
      Converter().convert(frame, options, packedInto(rgb, options.format, options.size));
  EXPECT_EQ(placement, (Placement{{0, 0, 80, 60}, {0, 14, 64, 36}}));
  const std::array<int, 3> fill{114, 115, 116};
  const std::array<int, 3> white{255, 255, 255};
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      ASSERT_EQ(pixel(rgb, {64, 64}, x, y), y < 14 || y >= 50 ? fill : white) << x << "," << y;
    }
  }
  const auto corner = placement.toSource(64, 50);
  EXPECT_DOUBLE_EQ(corner[0], 80);
  EXPECT_DOUBLE_EQ(corner[1], 60);
}

TEST(Convert, CutsWhatDoesNotFitACoveredTarget) {
  // White in the middle 20 of 60 columns.
  const Frame frame = frameOf(generate(AV_PIX_FMT_GRAY8, {60, 20}, k709, [](int, int x, int) {
    return x >= 20 && x < 40 ? 235 : 16;
  }));
  const ConvertOptions options{.format = PixelFormat::kGray8, .size = {10, 10}, .fit = Fit::kCover};
  std::vector<uint8_t> grey(100);
  const Placement placement =
      Converter().convert(frame, options, packedInto(grey, options.format, options.size));
  EXPECT_EQ(placement.source, (Rect{20, 0, 20, 20}));
  EXPECT_EQ(grey, std::vector<uint8_t>(100, 255));
}

TEST(Convert, RefusesWhatItCannotDo) {
  const Frame frame = frameOf(generate(AV_PIX_FMT_NV12, {4, 4}, k709, plain(16, 128, 128)));
  const auto codeOf = [&](const ConvertOptions& options) {
    try {
      Converter().convert(frame, options, {});
    } catch (const Error& error) {
      return error.code();
    }
    return std::string();
  };
  EXPECT_EQ(codeOf({.size = {0, 4}}), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(codeOf({.size = {4, -1}}), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(codeOf({.size = {1 << 20, 1 << 20}}), "ERR_LIMIT");
  std::vector<uint8_t> small(4 * 4 * 3 * 2 - 1);
  EXPECT_NO_THROW(packedInto(small, PixelFormat::kRgb24, {4, 4}, 0));
  EXPECT_THROW(packedInto(small, PixelFormat::kRgb24, {4, 4}, 1), Error);
}

}  // namespace
}  // namespace flux::video
