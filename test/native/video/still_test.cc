// Pictures out of key frames, judged against what ffmpeg makes of the same clips.
#include "video/still.h"

#include <gtest/gtest.h>

#include "codec/jpeg.h"
#include "key_frames.h"
#include "video/jpeg_encoder.h"

namespace flux::video {
namespace {

using test::KeyFrame;
using test::MediaCodec;
using test::TemporaryDirectory;

class EveryCodecStill : public testing::TestWithParam<MediaCodec> {};

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodecStill,
                         testing::Values(test::kH264Clip, test::kH264WithBFrames, test::kH265Clip,
                                         test::kH265WithBFrames, test::kMjpegClip),
                         [](const auto& test) { return test.param.name; });

TEST_P(EveryCodecStill, LooksAsFfmpegShowsIt) {
  const std::string clip = test::generatedVideo(GetParam());
  const KeyFrame key = test::firstKeyFrame(clip);
  const TemporaryDirectory dir;
  for (const int width : {320, 160, 90}) {
    const Still still =
        makeStill(*key.parameters, key.data, {.box = {.width = width}, .quality = 95});
    const int height = (width * 180 + 160) / 320;
    EXPECT_EQ(still.size, (Size{width, height}));
    const auto size = jpeg::pictureSize(still.jpeg);
    ASSERT_TRUE(size);
    EXPECT_EQ((Size{size->width, size->height}), still.size);
    const std::string file = dir.file("still.jpg");
    test::writeBytes(file, still.jpeg);
    const std::string scale = "scale=" + std::to_string(width) + ":" + std::to_string(height) +
                              ":flags=bicubic+accurate_rnd+full_chroma_int,"
                              "scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p";
    EXPECT_LT(test::difference(test::pixelsOf(file, "null"), test::pixelsOf(clip, scale)), 4)
        << width;
  }
}

/// How a colour was encoded.
struct Encoding {
  const char* name;
  const char* size;
  const char* filter;   ///< to the stream's colours
  const char* encoder;  ///< and how the stream names them
};

void PrintTo(const Encoding& encoding, std::ostream* out) {
  *out << encoding.name;
}

class ColourTest : public testing::TestWithParam<Encoding> {};

INSTANTIATE_TEST_SUITE_P(
    Encodings, ColourTest,
    testing::Values(
        Encoding{"Bt601", "320x240", "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p",
                 "-c:v libx264 -x264-params colormatrix=smpte170m"},
        Encoding{"Bt709", "320x240", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
                 "-c:v libx264 -x264-params colormatrix=bt709"},
        Encoding{"Bt709Full", "320x240", "scale=out_color_matrix=bt709:out_range=pc,format=yuv420p",
                 "-c:v libx264 -x264-params colormatrix=bt709:fullrange=on"},
        Encoding{"Bt601Full", "320x240", "scale=out_color_matrix=bt601:out_range=pc,format=yuv420p",
                 "-c:v libx264 -x264-params colormatrix=bt470bg:fullrange=on"},
        Encoding{"Bt2020", "320x240", "scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10",
                 "-c:v libx264 -x264-params colormatrix=bt2020nc"},
        Encoding{"SmallWithoutAWord", "320x240",
                 "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p", "-c:v libx264"},
        Encoding{"LargeWithoutAWord", "1280x720",
                 "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p", "-c:v libx264"},
        Encoding{"Chroma422", "320x240",
                 "scale=out_color_matrix=bt709:out_range=tv,format=yuv422p10",
                 "-c:v libx264 -x264-params colormatrix=bt709"},
        Encoding{"Chroma444", "320x240", "scale=out_color_matrix=bt709:out_range=tv,format=yuv444p",
                 "-c:v libx264 -x264-params colormatrix=bt709"},
        Encoding{"Rgb", "320x240", "format=rgb24", "-c:v libx264rgb"},
        Encoding{"H265Bt709", "320x240",
                 "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p10",
                 "-c:v libx265 -x265-params log-level=none:pools=1:colormatrix=bt709"},
        Encoding{"Mjpeg", "320x240", "scale=out_color_matrix=bt601:out_range=pc,format=yuvj422p",
                 "-c:v mjpeg -q:v 2"}),
    [](const auto& test) { return test.param.name; });

TEST_P(ColourTest, ComesThrough) {
  const Encoding& encoding = GetParam();
  const TemporaryDirectory dir;
  const std::string clip = dir.file("colour.mkv");
  constexpr std::array<uint8_t, 3> kColour = {200, 60, 30};
  test::mustRun(std::string("ffmpeg -nostdin -v error -f lavfi -i color=c=0xC83C1E:s=") +
                encoding.size + ":r=25 -frames:v 2 -vf " + encoding.filter + " " +
                encoding.encoder + " " + clip);
  const KeyFrame key = test::firstKeyFrame(clip);
  const Still still = makeStill(*key.parameters, key.data, {.box = {.width = 64}, .quality = 95});
  const std::string file = dir.file("still.jpg");
  test::writeBytes(file, still.jpeg);
  const Bytes pixels = test::pixelsOf(file, "scale=1:1");
  ASSERT_EQ(pixels.size(), 3U);
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(pixels[i], kColour[i], 4) << "channel " << i;
}

TEST(StillTest, MakesPixelsSquare) {
  const TemporaryDirectory dir;
  const std::string clip = dir.file("wide.mkv");
  test::mustRun(
      "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=720x576:rate=25 -frames:v 1 "
      "-vf setsar=16/11 -c:v libx264 -preset ultrafast -pix_fmt yuv420p " +
      clip);
  const KeyFrame key = test::firstKeyFrame(clip);
  EXPECT_EQ(makeStill(*key.parameters, key.data, {}).size, (Size{1047, 576}));
  EXPECT_EQ(makeStill(*key.parameters, key.data, {.box = {.width = 320}}).size, (Size{320, 176}));
}

TEST(StillTest, FitsIntoItsBoxAndKeepsItsShape) {
  const Size hd = {1920, 1080};
  EXPECT_EQ(fitInto(hd, {}), hd);
  EXPECT_EQ(fitInto(hd, {.box = {.width = 320}}), (Size{320, 180}));
  EXPECT_EQ(fitInto(hd, {.box = {.height = 90}}), (Size{160, 90}));
  EXPECT_EQ(fitInto(hd, {.box = {320, 90}}), (Size{160, 90}));
  EXPECT_EQ(fitInto(hd, {.box = {.width = 4000}}), hd);
  EXPECT_EQ(fitInto(hd, {.box = {.width = 3840}, .enlarge = true}), (Size{3840, 2160}));
  EXPECT_EQ(fitInto(hd, {.enlarge = true}), hd);
  EXPECT_EQ(fitInto({4000, 10}, {.box = {.width = 16}}), (Size{16, 1}));
}

TEST(StillTest, RefusesToGrowBeyondItsLimit) {
  const KeyFrame key = test::firstKeyFrame(test::generatedVideo(test::kH264Clip));
  try {
    makeStill(*key.parameters, key.data, {.box = {.width = 16384}, .enlarge = true});
    FAIL() << "a picture of 16384x9216";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_LIMIT");
  }
}

TEST(StillTest, GrowsWithItsQuality) {
  const KeyFrame key = test::firstKeyFrame(test::generatedVideo(test::kH264Clip));
  size_t before = 0;
  for (const int quality : {1, 20, 50, 80, 90, 100}) {
    const size_t size = makeStill(*key.parameters, key.data, {.quality = quality}).jpeg.size();
    EXPECT_GT(size, before) << quality;
    before = size;
  }
}

TEST(StillTest, ReachesTheSmallestSizesFromTheLargest) {
  const TemporaryDirectory dir;
  const std::string clip = dir.file("panorama.mkv");
  test::mustRun(
      "ffmpeg -nostdin -v error -f lavfi -i color=c=0x808080:s=8192x512:r=25 -frames:v 1 "
      "-c:v libx264 -preset ultrafast -pix_fmt yuv420p " +
      clip);
  const KeyFrame key = test::firstKeyFrame(clip);
  for (const int width : {1, 7, 64, 4000}) {
    const Still still = makeStill(*key.parameters, key.data, {.box = {.width = width}});
    EXPECT_EQ(still.size.width, width);
    EXPECT_TRUE(jpeg::hasEnd(still.jpeg));
  }
}

}  // namespace
}  // namespace flux::video
