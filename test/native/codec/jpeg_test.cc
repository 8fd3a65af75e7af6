// JPEG headers made of what RTP tells.
#include "codec/jpeg.h"

#include <gtest/gtest.h>

namespace flux::jpeg {
namespace {

TEST(Jpeg, ComputesTheTablesOfLibjpegForTheSameQuality) {
  // DQT segments that libjpeg writes for these qualities.
  struct Case {
    int quality;
    const char* luminance;
    const char* chrominance;
  };
  for (const Case& c :
       {Case{10, "50373c463c32504641465a55505f78c8", "555a5a786978eb8282ebffffffffffff"},
        Case{50, "100b0c0e0c0a100e0d0e121110131828", "1112121815182f1a1a2f634238426363"},
        Case{85, "0503040404030504040405050506070c", "0505050706070e08080e1e1411141e1e"}}) {
    const QuantizationTables tables = makeQuantizationTables(c.quality);
    ASSERT_EQ(tables[0].size(), 64U);
    ASSERT_EQ(tables[1].size(), 64U);
    EXPECT_EQ(toHex(ByteView(tables[0]).first(16)), c.luminance) << c.quality;
    EXPECT_EQ(toHex(ByteView(tables[1]).first(16)), c.chrominance) << c.quality;
  }
}

TEST(Jpeg, TakesQualitiesOutsideAsTheNearest) {
  EXPECT_EQ(makeQuantizationTables(0), makeQuantizationTables(1));
  EXPECT_EQ(makeQuantizationTables(127), makeQuantizationTables(99));
}

TEST(Jpeg, EndsAnImageOnce) {
  Bytes image = {1, 2};
  EXPECT_FALSE(hasEnd(image));
  appendEnd(image);
  appendEnd(image);
  EXPECT_EQ(image, (Bytes{1, 2, 0xFF, 0xD9}));
  EXPECT_TRUE(hasEnd(image));
}

TEST(Jpeg, BeginsWithJfifAndEndsWithTheScansHeader) {
  Bytes image;
  appendHeader(image, {.width = 64, .height = 48, .restartInterval = 5},
               makeQuantizationTables(50));
  const std::string hex = toHex(image);
  EXPECT_TRUE(hex.starts_with("ffd8ffe000104a46494600010100000100010000ffdb004300"));
  EXPECT_NE(hex.find("ffdd00040005ffc00011080030004003012200021101031101"), std::string::npos);
  EXPECT_TRUE(hex.ends_with("ffda000c03010002110311003f00"));
}

TEST(Jpeg, TellsItsSizeHoweverItIsCut) {
  Bytes image;
  appendHeader(image, {.width = 640, .height = 48}, makeQuantizationTables(50));
  const auto size = pictureSize(image);
  ASSERT_TRUE(size);
  EXPECT_EQ(size->width, 640);
  EXPECT_EQ(size->height, 48);
  int known = 0;
  for (size_t cut = 0; cut < image.size(); ++cut) {
    const auto some = pictureSize(ByteView(image).first(cut));
    if (!some) continue;
    EXPECT_EQ(some->width, 640);
    ++known;
  }
  EXPECT_GT(known, 0);
  EXPECT_FALSE(pictureSize(Bytes(64, 0xFF)));
  EXPECT_FALSE(pictureSize(Bytes{0xFF, 0xD8, 0xFF, 0xC0, 0x00, 0x02, 0x00, 0x00}));
}

TEST(Jpeg, ParametersHaveTheSize) {
  const auto parameters = makeParameters(640, 480);
  EXPECT_EQ(parameters->codec, Codec::kMjpeg);
  EXPECT_EQ(parameters->width, 640);
  EXPECT_EQ(parameters->height, 480);
  EXPECT_EQ(parameters->codecString, "mjpeg");
}

}  // namespace
}  // namespace flux::jpeg
