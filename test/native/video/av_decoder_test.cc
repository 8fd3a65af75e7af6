// Every picture of a clip as ffmpeg decodes it, in the same order, each with what its unit says.
#include "video/av_decoder.h"

#include <gtest/gtest.h>

#include "decoded_clip.h"

namespace flux::video {
namespace {

using test::Decoded;
using test::Units;

struct Clip {
  const char* name;
  const char* size;
  const char* arguments;  ///< ffmpeg's
  int heldBack;           ///< units before the first picture, at most
};

void PrintTo(const Clip& clip, std::ostream* out) {
  *out << clip.name;
}

#define X264 "-c:v libx264 -preset veryfast -g 12 -sc_threshold 0 "
#define X265 "-c:v libx265 -preset ultrafast -x265-params log-level=none:pools=1:frame-threads=1:"

constexpr Clip kClips[] = {
    {"H264", "128x96", X264 "-bf 0", 0},
    {"H264BPyramid", "128x96", X264 "-bf 3 -b_strategy 0 -x264-params b-pyramid=normal", 2},
    {"H264OpenGop", "128x96", X264 "-bf 2 -b_strategy 0 -x264-params open-gop=1", 2},
    {"H264Interlaced", "128x96", X264 "-bf 2 -flags +ilme+ildct -x264-params tff=1", 2},
    {"H264InterlacedBff", "128x96", X264 "-bf 0 -flags +ilme+ildct -x264-params bff=1", 0},
    {"H264High10", "128x96", X264 "-bf 2 -pix_fmt yuv420p10", 2},
    {"H264High422", "128x96", X264 "-bf 2 -pix_fmt yuv422p10", 2},
    {"H264High444", "128x96", X264 "-bf 0 -pix_fmt yuv444p", 0},
    {"H264Gray", "128x96", X264 "-bf 0 -pix_fmt gray", 0},
    {"H264Slices", "128x96", X264 "-bf 0 -slices 4", 0},
    {"H264Baseline", "128x96", X264 "-profile:v baseline -pix_fmt yuv420p", 0},
    {"H264Odd", "126x90", X264 "-bf 0", 0},
    {"H264OddBoth", "97x71", X264 "-bf 0 -pix_fmt yuv444p", 0},
    {"H265", "128x96", X265 "keyint=12:bframes=0:open-gop=0", 0},
    {"H265BPyramid", "128x96", X265 "keyint=12:bframes=4:b-adapt=0:b-pyramid=1:open-gop=0", 2},
    {"H265OpenGop", "128x96", X265 "keyint=12:bframes=3:b-adapt=0:open-gop=1", 2},
    {"H265Main10", "128x96", X265 "keyint=12:bframes=2 -pix_fmt yuv420p10", 2},
    {"H265Main422", "128x96", X265 "keyint=12:bframes=2 -pix_fmt yuv422p10", 2},
    {"H265Slices", "128x96", X265 "keyint=12:bframes=0:slices=2", 0},
    {"H265Wavefronts", "128x96", X265 "keyint=12:bframes=0:wpp=1", 0},
    {"H265Odd", "126x90", X265 "keyint=12:bframes=0", 0},
    {"Mjpeg", "128x96", "-c:v mjpeg -q:v 5 -pix_fmt yuvj420p", 0},
    {"Mjpeg422", "128x96", "-c:v mjpeg -q:v 5 -pix_fmt yuvj422p", 0},
    {"MjpegOdd", "127x93", "-c:v mjpeg -q:v 5 -pix_fmt yuvj420p", 0},
};

/// Encoded once per test program; 30 pictures.
std::string pathOf(const Clip& clip) {
  static const test::TempDir dir;
  const std::string path = dir.file(std::string(clip.name) + ".mkv");
  if (std::filesystem::exists(path)) return path;
  test::mustRun(std::string("ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=") + clip.size +
                ":rate=25 -frames:v 30 -threads 1 " + clip.arguments + " " + path);
  return path;
}

class AvDecoder : public testing::TestWithParam<Clip> {
 protected:
  [[nodiscard]] Decoded decode(int threads = 1) const {
    const auto decoder =
        makeAvDecoder({.parameters = units_.front().parameters, .threads = threads});
    return test::decodeAll(*decoder, units_);
  }

  const std::string path_ = pathOf(GetParam());
  const Units units_ = test::unitsOf(path_);
};

INSTANTIATE_TEST_SUITE_P(Clips, AvDecoder, testing::ValuesIn(kClips),
                         [](const auto& test) { return test.param.name; });

TEST_P(AvDecoder, GivesEveryPictureAsFfmpegDoes) {
  const Decoded decoded = decode();
  EXPECT_TRUE(decoded.errors.empty());
  EXPECT_EQ(decoded.md5(), test::ffmpegMd5(path_));
}

TEST_P(AvDecoder, GivesTheSameWithManyThreads) {
  EXPECT_EQ(decode(4).md5(), decode(1).md5());
}

TEST_P(AvDecoder, HandsEachUnitsMarksOnWithItsPicture) {
  const Decoded decoded = decode();
  ASSERT_EQ(decoded.frames.size(), units_.size());
  Units inOrder = units_;
  std::ranges::sort(inOrder, {}, &AccessUnit::mediaTime);
  for (size_t i = 0; i < inOrder.size(); ++i) {
    EXPECT_EQ(decoded.frames[i].timestamp, inOrder[i].mediaTime * 100 / 9) << i;
    EXPECT_EQ(decoded.frames[i].arrivalMicros, inOrder[i].arrivalMicros) << i;
    EXPECT_EQ(decoded.frames[i].arrivalWallMs, inOrder[i].arrivalWallMs) << i;
    EXPECT_EQ(decoded.frames[i].keyFrame, inOrder[i].keyFrame) << i;
    EXPECT_FALSE(decoded.frames[i].concealed) << i;
    EXPECT_GT(decoded.frames[i].decodedMicros, 0);
  }
}

TEST_P(AvDecoder, HoldsNoPictureLongerThanItsOrderAsksFor) {
  const auto decoder = makeAvDecoder({.parameters = units_.front().parameters});
  std::vector<DecodedFrame> frames;
  for (size_t i = 0; i < units_.size(); ++i) {
    decoder->submit(units_[i]);
    decoder->collect(frames, false);
    EXPECT_GE(static_cast<int>(frames.size()), static_cast<int>(i) + 1 - GetParam().heldBack) << i;
    EXPECT_EQ(frames.size() + decoder->pending(), i + 1);
  }
  decoder->flush(frames);
  EXPECT_EQ(decoder->pending(), 0);
}

}  // namespace
}  // namespace flux::video
