// What a conversion promises, whatever is fast: colours, shapes, bars, layouts, refusals.
#include "video/convert.h"

#include <gtest/gtest.h>

#include <cstring>
#include <span>

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

TEST(Convert, NormalisesTensorsByTheOrderOfTheirPlanes) {
  const Size size{40, 30};
  const Frame frame = frameOf(generate(AV_PIX_FMT_NV12, size, k709, noise(1)));
  const auto rgb = converted(frame, {.size = size});
  for (const bool bgr : {false, true}) {
    const ConvertOptions options{.format = PixelFormat::kTensorF32,
                                 .size = size,
                                 .bgr = bgr,
                                 .mean = {0.485F, 0.456F, 0.406F},
                                 .deviation = {0.229F, 0.224F, 0.225F}};
    const auto bytes = converted(frame, options);
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    const int pixels = size.width * size.height;
    for (int i = 0; i < 3 * pixels; ++i) {
      const int plane = i / pixels;
      const int colour = bgr ? 2 - plane : plane;
      const float level = static_cast<float>(rgb[3 * (i % pixels) + colour]);
      const float expected = (level / 255 - options.mean[plane]) / options.deviation[plane];
      // A byte is rounded, a tensor is not.
      ASSERT_NEAR(values[i], expected, 0.6 / 255 / options.deviation[plane]) << i;
    }
  }
}

TEST(Convert, WritesOneItemOfABatch) {
  const Size size{8, 6};
  const Frame white = frameOf(generate(AV_PIX_FMT_NV12, size, k709, plain(235, 128, 128)));
  std::vector<float> batch(size_t{3} * 3 * size.width * size.height, -1);
  const std::span<uint8_t> bytes(reinterpret_cast<uint8_t*>(batch.data()),
                                 batch.size() * sizeof(float));
  const ConvertOptions options{.format = PixelFormat::kTensorF32, .size = size};
  Converter().convert(white, options, packedInto(bytes, options.format, size, 1));
  for (size_t i = 0; i < batch.size(); ++i) {
    ASSERT_NEAR(batch[i], i / (batch.size() / 3) == 1 ? 1 : -1, 1e-3) << i;
  }
}

TEST(Convert, TakesPicturesThatChange) {
  // One converter sees another size, layout, matrix, range and shape each time.
  Converter converter;
  const struct {
    AVPixelFormat format;
    Size size;
    ColourSpec colour;
    int pixelWidth;
  } sources[] = {{AV_PIX_FMT_NV12, {64, 36}, k709, 1},
                 {AV_PIX_FMT_YUV420P, {64, 36}, k709, 1},
                 {AV_PIX_FMT_YUV420P, {64, 36}, {Matrix::kBt601, true}, 1},
                 {AV_PIX_FMT_YUV420P, {64, 36}, {Matrix::kBt601, true}, 2},
                 {AV_PIX_FMT_YUV420P, {90, 30}, k709, 1},
                 {AV_PIX_FMT_GRAY8, {90, 30}, k709, 1},
                 {AV_PIX_FMT_NV12, {64, 36}, k709, 1}};
  for (const auto& source : sources) {
    GeneratedFrame made = generate(source.format, source.size, source.colour, noise(2));
    made->sample_aspect_ratio = {source.pixelWidth, 1};
    const Frame frame = frameOf(std::move(made));
    const ConvertOptions options{.size = {50, 40}, .fit = Fit::kLetterbox};
    std::vector<uint8_t> rgb(packedBytes(options.format, options.size));
    converter.convert(frame, options, packedInto(rgb, options.format, options.size));
    EXPECT_EQ(rgb, converted(frame, options)) << av_get_pix_fmt_name(source.format);
  }
}

TEST(Convert, MakesFramesThatSayWhatTheyAre) {
  GeneratedFrame made = generate(AV_PIX_FMT_YUV444P, {60, 40}, k709, plain(100, 110, 150));
  made->pts = 4711;
  const Frame frame = frameOf(std::move(made));
  const ColourSpec colour{Matrix::kBt601, true};
  const Frame small = Converter().toFrame(
      frame, {.format = PixelFormat::kNv12, .size = {31, 21}, .colour = colour});
  EXPECT_EQ(small.size(), (Size{31, 21}));
  EXPECT_EQ(small.colour(), colour);
  EXPECT_EQ(small.av().format, AV_PIX_FMT_NV12);
  EXPECT_EQ(small.av().pts, 4711);
  // Other numbers, the same colour.
  const auto before = converted(frame, {.size = {1, 1}});
  const auto after = converted(small, {.size = {1, 1}});
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(before[i], after[i], 2);
  EXPECT_THROW(Converter().toFrame(frame, {.format = PixelFormat::kTensorF32, .size = {4, 4}}),
               Error);
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
