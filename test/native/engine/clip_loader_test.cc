// Files as the clips that simulated cameras play.
#include "engine/clip_loader.h"

#include <gtest/gtest.h>

#include "../container/generated_media.h"

namespace flux {
namespace {

using test::MediaCodec;
using Case = std::pair<MediaCodec, MediaCodec>;

class ClipLoaderTest : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(Codecs, ClipLoaderTest,
                         testing::Values(Case(test::kH264Clip, test::kAac),
                                         Case(test::kH264WithBFrames, test::kPcmu),
                                         Case(test::kH265Clip, test::kOpus),
                                         Case(test::kH265Clip, test::kG726At40)),
                         [](const testing::TestParamInfo<Case>& test) {
                           return std::string(test.param.first.name) + test.param.second.name;
                         });

TEST_P(ClipLoaderTest, LoadsPicturesAndSoundOnOneClock) {
  const auto& [video, audio] = GetParam();
  const std::string path = test::generatedMedia(video, audio);
  const rtsp::ClipPtr clip = loadClip(path);
  EXPECT_EQ(clip->parameters->codec, video.codec);
  EXPECT_EQ(clip->units.size(), 75U);
  EXPECT_EQ(clip->duration90k, 3 * 90000);
  ASSERT_NE(clip->audio, nullptr);
  EXPECT_EQ(clip->audio->codec, audio.codec);
  EXPECT_EQ(clip->audio->sampleRate, audio.sampleRate);

  const test::Media source = test::readMedia(path);
  const auto sounds = source.of(1);
  // Nothing but what sounds before the first picture or behind the last is missing.
  ASSERT_GE(clip->audioUnits.size() + 6, sounds.size());
  const auto first = std::find_if(sounds.begin(), sounds.end(), [&](const Packet& packet) {
    return packet.data == clip->audioUnits.front().data &&
           packet.ptsMicros >= source.of(0).front().ptsMicros;
  });
  ASSERT_NE(first, sounds.end());
  const int64_t zeroMicros = source.of(0).front().dtsMicros;
  int64_t last = 0;
  for (size_t i = 0; i < clip->audioUnits.size(); ++i) {
    const auto& unit = clip->audioUnits[i];
    const Packet& packet = *(first + static_cast<ptrdiff_t>(i));
    EXPECT_EQ(unit.data, packet.data);
    EXPECT_NEAR(static_cast<double>(unit.pts90k),
                static_cast<double>(packet.ptsMicros - zeroMicros) * 0.09, 2);
    EXPECT_EQ(unit.dts90k, unit.pts90k);
    EXPECT_GE(unit.pts90k, last);
    EXPECT_LT(unit.pts90k, clip->duration90k);
    EXPECT_TRUE(unit.keyFrame);
    last = unit.pts90k;
  }
}

TEST(ClipLoader, AFileWithoutSoundIsAClipWithoutSound) {
  const rtsp::ClipPtr clip = loadClip(test::generatedVideo(test::kH265Clip));
  EXPECT_EQ(clip->parameters->codec, Codec::kH265);
  EXPECT_EQ(clip->audio, nullptr);
  EXPECT_TRUE(clip->audioUnits.empty());
}

TEST(ClipLoader, OtherCodecsAreRefusedByName) {
  const test::TemporaryDirectory dir;
  const std::string mpeg4 = dir.file("mpeg4.mp4");
  test::mustRun("ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=64x64:rate=5 -t 1 -c:v mpeg4 " +
                mpeg4);
  for (const auto& [path, name] :
       {std::pair(mpeg4, "mpeg4"), std::pair(test::generatedVideo(test::kMjpegClip), "MJPEG")}) {
    try {
      loadClip(path);
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      const std::string said = error.what();
      EXPECT_EQ(error.code(), "ERR_CONTAINER");
      for (const std::string& part : {path, std::string(name), std::string("ffmpeg -i")}) {
        EXPECT_NE(said.find(part), std::string::npos) << said;
      }
    }
  }
}

TEST(ClipLoader, ARawH265FileIsAClip) {
  const test::TemporaryDirectory dir;
  const std::string path = dir.file("clip.h265");
  test::mustRun("ffmpeg -nostdin -v error -i " + test::generatedVideo(test::kH265Clip) +
                " -c copy " + path);
  const rtsp::ClipPtr clip = loadClip(path);
  EXPECT_EQ(clip->units.size(), 75U);
  EXPECT_EQ(clip->duration90k, 3 * 90000);
}

}  // namespace
}  // namespace flux
