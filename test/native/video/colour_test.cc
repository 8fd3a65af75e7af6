// Black, white and the primaries come out as the standards say, whatever matrix and range.
#include "video/colour.h"

#include <gtest/gtest.h>

#include <cmath>

namespace flux::video {
namespace {

struct Sample {
  const char* name;
  ColourSpec colour;
  std::array<int, 3> ycc;  // 8 bits
  std::array<int, 3> rgb;
};

// ITU-R BT.601, BT.709 and BT.2020 by their own equations, rounded to 8 bits.
const Sample kSamples[] = {
    {"601 black", {Matrix::kBt601, false}, {16, 128, 128}, {0, 0, 0}},
    {"601 white", {Matrix::kBt601, false}, {235, 128, 128}, {255, 255, 255}},
    {"601 red", {Matrix::kBt601, false}, {81, 90, 240}, {254, 0, 0}},
    {"709 red", {Matrix::kBt709, false}, {63, 102, 240}, {255, 1, 0}},
    {"709 green", {Matrix::kBt709, false}, {173, 42, 26}, {0, 255, 1}},
    {"2020 blue", {Matrix::kBt2020, false}, {29, 240, 119}, {0, 0, 255}},
    {"601 full red", {Matrix::kBt601, true}, {76, 85, 255}, {254, 0, 0}},
    {"709 full black", {Matrix::kBt709, true}, {0, 128, 128}, {0, 0, 0}},
    {"709 full white", {Matrix::kBt709, true}, {255, 128, 128}, {255, 255, 255}},
};

TEST(Colour, GivesThePrimariesOfEachStandard) {
  for (const Sample& sample : kSamples) {
    const RgbTransform transform = toRgb(sample.colour);
    for (size_t channel = 0; channel < 3; ++channel) {
      double value = transform[channel][3];
      for (size_t i = 0; i < 3; ++i) value += transform[channel][i] * (sample.ycc[i] / 255.0);
      const double clamped = std::clamp(value * 255, 0.0, 255.0);
      EXPECT_NEAR(clamped, sample.rgb[channel], 1.6) << sample.name << ", channel " << channel;
    }
  }
}

TEST(Colour, TakesLargePicturesFor709) {
  EXPECT_EQ(usualColour(1920, 1080), (ColourSpec{Matrix::kBt709, false}));
  EXPECT_EQ(usualColour(720, 576), (ColourSpec{Matrix::kBt601, false}));
}

}  // namespace
}  // namespace flux::video
