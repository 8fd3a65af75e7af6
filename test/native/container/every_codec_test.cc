// Every video codec beside every audio codec, through the reader and both writers.
#include <gtest/gtest.h>

#include "container/clip_writer.h"
#include "container/matroska_writer.h"
#include "generated_media.h"

namespace flux {
namespace {

using test::Media;
using test::MediaCodec;
using Case = std::tuple<MediaCodec, MediaCodec>;

constexpr int64_t kStartMs = 1700000000123;

int64_t wholeMillis(int64_t micros) {
  return (micros + (micros < 0 ? -500 : 500)) / 1000 * 1000;
}

/// ffprobe's name for what a clip holds.
std::string probedName(Codec codec, ClipFormat format) {
  if (ClipWriter::transcodes(format, codec)) return "aac";
  switch (codec) {
    case Codec::kH264:
      return "h264";
    case Codec::kH265:
      return "hevc";
    case Codec::kMjpeg:
      return "mjpeg";
    case Codec::kAac:
      return "aac";
    case Codec::kPcmu:
      return "pcm_mulaw";
    case Codec::kPcma:
      return "pcm_alaw";
    case Codec::kG726:
      return "adpcm_g726";
    case Codec::kOpus:
      return "opus";
    case Codec::kL16:
      return "pcm_s16be";
    default:
      return "";
  }
}

std::string nameOf(const testing::TestParamInfo<Case>& test) {
  return std::string(std::get<0>(test.param).name) + std::get<1>(test.param).name;
}

class EveryCodecTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override { source_ = test::readMedia(test::generatedMedia(video(), audio())); }
  static MediaCodec video() { return std::get<0>(GetParam()); }
  static MediaCodec audio() { return std::get<1>(GetParam()); }

  test::TemporaryDirectory dir_;
  Media source_;
};

INSTANTIATE_TEST_SUITE_P(
    SoundBesideH264, EveryCodecTest,
    testing::Combine(testing::Values(test::kH264Clip),
                     testing::Values(test::kAac, test::kAacStereo, test::kPcmu, test::kPcma,
                                     test::kG726At16, test::kG726At24, test::kG726At32,
                                     test::kG726At40, test::kOpus, test::kL16, test::kL16Stereo)),
    nameOf);
INSTANTIATE_TEST_SUITE_P(OtherPictures, EveryCodecTest,
                         testing::Combine(testing::Values(test::kH264WithBFrames, test::kH265Clip,
                                                          test::kH265WithBFrames, test::kMjpegClip),
                                          testing::Values(test::kAac, test::kPcmu)),
                         nameOf);

TEST_P(EveryCodecTest, TheReaderKnowsEachTrackAndGivesAllItsPackets) {
  ASSERT_EQ(source_.tracks.size(), 2U);
  const CodecParameters& picture = *source_.tracks[0];
  EXPECT_EQ(picture.codec, video().codec);
  EXPECT_EQ(picture.width, 320);
  EXPECT_EQ(picture.height, 180);
  const CodecParameters& sound = *source_.tracks[1];
  EXPECT_EQ(sound.codec, audio().codec);
  EXPECT_EQ(sound.sampleRate, audio().sampleRate);
  EXPECT_EQ(sound.channels, audio().channels);
  EXPECT_EQ(sound.bitsPerSample, audio().bitsPerSample);

  const auto pictures = source_.of(0);
  EXPECT_EQ(pictures.size(), static_cast<size_t>(test::kMediaFrames));
  EXPECT_TRUE(pictures.front().keyFrame);
  const auto sounds = source_.of(1);
  int64_t micros = 0;
  for (const Packet& packet : sounds) {
    EXPECT_TRUE(packet.keyFrame);
    EXPECT_GT(packet.durationMicros, 0);
    micros += packet.durationMicros;
  }
  // Encoders begin before and end behind the sound by part of a packet.
  EXPECT_NEAR(static_cast<double>(micros) / 1e6, test::kMediaSeconds, 0.14);
}

TEST_P(EveryCodecTest, TheReaderGivesThePicturesAloneUnlessAskedForMore) {
  const auto reader = PacketReader::openFile(test::generatedMedia(video(), audio()));
  EXPECT_EQ(reader->tracks().size(), 1U);
  const auto packets = test::readPackets(*reader);
  ASSERT_EQ(packets.size(), static_cast<size_t>(test::kMediaFrames));
  for (const Packet& packet : packets) EXPECT_EQ(packet.track, 0U);
}

TEST_P(EveryCodecTest, ASegmentKeepsEveryByteAndTimeAndDecodes) {
  Bytes bytes;
  MatroskaWriter writer(source_.tracks, test::appendTo(bytes));
  // A camera has no sound from before its first picture; ffmpeg's encoders begin before zero.
  const auto early = [](const Packet& packet) {
    return packet.ptsMicros < 0 && audio().codec != Codec::kOpus;
  };
  std::erase_if(source_.packets, early);
  size_t written = 0;
  for (const Packet& packet : source_.packets) {
    writer.write(packet.track, packet.data, packet.ptsMicros, packet.keyFrame);
    if (++written % 13 == 0) writer.flush();
  }
  writer.finish();

  PacketReader reader(test::memorySource(bytes), Tracks::kAll);
  const Media again = test::readMedia(reader);
  ASSERT_EQ(again.tracks.size(), 2U);
  for (size_t track = 0; track < 2; ++track) {
    EXPECT_TRUE(sameParameters(*again.tracks[track], *source_.tracks[track]));
    EXPECT_EQ(again.tracks[track]->codecString, source_.tracks[track]->codecString);
  }
  ASSERT_EQ(again.packets.size(), source_.packets.size());
  for (size_t i = 0; i < again.packets.size(); ++i) {
    SCOPED_TRACE("packet " + std::to_string(i));
    const Packet& expected = source_.packets[i];
    EXPECT_EQ(again.packets[i].track, expected.track);
    EXPECT_EQ(again.packets[i].data, expected.data);
    EXPECT_EQ(again.packets[i].keyFrame, expected.keyFrame);
    EXPECT_EQ(again.packets[i].ptsMicros, wholeMillis(expected.ptsMicros));
  }
  const std::string path = dir_.file("segment.mkv");
  test::writeBytes(path, bytes);
  EXPECT_EQ(test::strictDecodeErrors(path), "");
  EXPECT_EQ(test::probe(path, "stream=codec_name"),
            probedName(video().codec, ClipFormat::kMatroska) + "\n" +
                probedName(audio().codec, ClipFormat::kMatroska) + "\n");
  EXPECT_EQ(test::probe(path, "stream=nb_read_frames -select_streams v"), "75\n");
  const test::Tone tone = test::toneIn(path);
  const double firstShown = static_cast<double>(source_.of(0).front().ptsMicros) / 1e6;
  EXPECT_NEAR(tone.begin - firstShown, test::kToneAt, 0.02);
  EXPECT_NEAR(tone.end - firstShown, test::kToneEnd, 0.02);
}

TEST_P(EveryCodecTest, AClipOfEachFormatDecodesAndSoundsWhenItShould) {
  for (const ClipFormat format : {ClipFormat::kMp4, ClipFormat::kMatroska}) {
    const bool mp4 = format == ClipFormat::kMp4;
    SCOPED_TRACE(mp4 ? "MP4" : "Matroska");
    const std::string path = dir_.file(mp4 ? "clip.mp4" : "clip.mkv");
    ClipWriter writer(path, format, source_.tracks, kStartMs);
    std::vector<Packet> early;
    bool begun = false;
    const int64_t zero = source_.of(0).front().ptsMicros;
    for (Packet packet : source_.packets) {
      if (packet.track == 1 && packet.ptsMicros < zero) continue;
      packet.ptsMicros += 5000000;  // an interval from the middle of a recording
      packet.dtsMicros += 5000000;
      begun = begun || packet.track == 0;
      if (!begun) {
        early.push_back(packet);
        continue;
      }
      writer.write(packet);
      for (const Packet& sound : std::exchange(early, {})) writer.write(sound);
    }
    const uint64_t size = writer.finish();
    EXPECT_EQ(size, std::filesystem::file_size(path));

    EXPECT_EQ(test::strictDecodeErrors(path), "");
    EXPECT_EQ(test::probe(path, "stream=codec_name"),
              probedName(video().codec, format) + "\n" + probedName(audio().codec, format) + "\n");
    EXPECT_EQ(test::probe(path, "stream=nb_read_frames -select_streams v"), "75\n");
    EXPECT_EQ(test::probe(path, "stream=sample_rate,channels -select_streams a"),
              std::to_string(audio().sampleRate) + "\n" + std::to_string(audio().channels) + "\n");
    const test::Tone tone = test::toneIn(path);
    EXPECT_NEAR(tone.begin, test::kToneAt, 0.02);
    EXPECT_NEAR(tone.end, test::kToneEnd, 0.02);

    const Media again = test::readMedia(path);
    ASSERT_EQ(again.tracks.size(), 2U);
    const auto pictures = again.of(0), expected = source_.of(0);
    ASSERT_EQ(pictures.size(), expected.size());
    for (size_t i = 0; i < pictures.size(); ++i) {
      EXPECT_EQ(pictures[i].data, expected[i].data);
      EXPECT_EQ(pictures[i].ptsMicros, expected[i].ptsMicros - zero);
      EXPECT_EQ(pictures[i].keyFrame, expected[i].keyFrame);
    }
  }
}

TEST(Mp4OfH265, IsMarkedHvc1) {
  const test::TemporaryDirectory dir;
  const Media source = test::readMedia(test::generatedVideo(test::kH265Clip));
  ClipWriter writer(dir.file("out.mp4"), ClipFormat::kMp4, source.tracks, kStartMs);
  for (const Packet& packet : source.packets) writer.write(packet);
  writer.finish();
  EXPECT_EQ(test::probe(dir.file("out.mp4"), "stream=codec_tag_string"), "hvc1\n");
}

}  // namespace
}  // namespace flux
