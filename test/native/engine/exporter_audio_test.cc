// Export of what was recorded with sound, and with every video codec.
#include "../container/generated_media.h"
#include "container/matroska_writer.h"
#include "engine/exporter.h"
#include "recording_fixture.h"
#include "segment/writer.h"

namespace flux {
namespace {

using test::Media;
using test::MediaCodec;

constexpr int64_t kSecond = 1000000;
const MediaCodec kOddL16 = {"OddL16", "-c:a pcm_s16be -ar 11000 -ac 1", Codec::kL16, 11000, 1, 16};

class ExportWithSoundTest : public RecordingTest {
 protected:
  enum class Sound : uint8_t { kKept, kNone };

  /// Seals second `second` of `media`, which begins with a key frame, as the recording of
  /// kStartMs + second.
  void seal(const Media& media, int second, Sound sound = Sound::kKept, bool finished = true) {
    segment::ReaderOptions reading{.path = storage_ + "/" + std::to_string(segments_.size()),
                                   .key = key_,
                                   .cameraId = "gate",
                                   .startMs = kStartMs + second * 1000,
                                   .allowUnfinished = !finished};
    segment::Writer file({.path = reading.path,
                          .keyId = keyId(1),
                          .key = key_,
                          .cameraId = "gate",
                          .startMs = reading.startMs,
                          .chunkLog2 = segment::kMinChunkLog2});
    std::vector<CodecParametersPtr> tracks = media.tracks;
    if (sound == Sound::kNone) tracks.resize(1);
    MatroskaWriter muxer(tracks, [&](ByteViews bytes) { file.write(bytes); });
    const int64_t zero = media.of(0).front().ptsMicros + second * kSecond;
    size_t pictures = 0;
    for (const Packet& packet : media.packets) {
      const int64_t pts = packet.ptsMicros - zero;
      // Pictures belong to the second in which their order in decoding puts them.
      const bool within = packet.track == 0 ? static_cast<int>(pictures++ / 25) == second
                                            : pts >= 0 && pts < kSecond && sound == Sound::kKept;
      if (within) muxer.write(packet.track, packet.data, pts, packet.keyFrame);
    }
    if (finished) {
      muxer.finish();
      file.finish();
    } else {
      muxer.flush();
    }
    segments_.push_back(reading);
  }

  void sealAll(const Media& media) {
    for (int second = 0; second < 3; ++second) seal(media, second);
  }

  [[nodiscard]] ExportOptions options(ClipFormat format, int64_t fromMs = 0,
                                      int64_t toMs = 3000) const {
    ExportOptions out{.fromMs = kStartMs + fromMs,
                      .toMs = kStartMs + toMs,
                      .out = storage_ + (format == ClipFormat::kMp4 ? "/clip.mp4" : "/clip.mkv"),
                      .format = format};
    for (const auto& segment : segments_) {
      if (segment.startMs < out.toMs && segment.startMs + 1000 > out.fromMs) {
        out.segments.push_back(segment);
      }
    }
    return out;
  }

  static Media media(const MediaCodec& video, const MediaCodec& audio) {
    return test::readMedia(test::generatedMedia(video, audio));
  }

  std::vector<segment::ReaderOptions> segments_;
};

using Pair = std::pair<MediaCodec, MediaCodec>;
using Case = std::tuple<Pair, ClipFormat>;

class ExportOfEveryCodec : public ExportWithSoundTest, public testing::WithParamInterface<Case> {
 protected:
  void SetUp() override {
    ExportWithSoundTest::SetUp();
    media_ = media(std::get<0>(GetParam()).first, std::get<0>(GetParam()).second);
    sealAll(media_);
  }
  static ClipFormat format() { return std::get<1>(GetParam()); }

  Media media_;
};

std::string nameOf(const testing::TestParamInfo<Case>& test) {
  const auto& [pair, format] = test.param;
  return std::string(pair.first.name) + pair.second.name +
         (format == ClipFormat::kMp4 ? "Mp4" : "Matroska");
}

INSTANTIATE_TEST_SUITE_P(Codecs, ExportOfEveryCodec,
                         testing::Combine(testing::Values(Pair(test::kH264Clip, test::kAac),
                                                          Pair(test::kH264Clip, test::kPcmu),
                                                          Pair(test::kH265Clip, test::kOpus),
                                                          Pair(test::kH265Clip, test::kG726At32),
                                                          Pair(test::kMjpegClip, test::kL16)),
                                          testing::Values(ClipFormat::kMp4, ClipFormat::kMatroska)),
                         nameOf);

TEST_P(ExportOfEveryCodec, HoldsPicturesAndSoundOfAllSegmentsInStep) {
  const auto request = options(format());
  const ExportResult result = exportClip(request, {});
  EXPECT_EQ(result.frames, 75U);
  EXPECT_EQ(result.fromMs, kStartMs);
  EXPECT_NEAR(static_cast<double>(result.toMs), kStartMs + 3000, 1);
  EXPECT_TRUE(result.gaps.empty());
  EXPECT_TRUE(result.leftOut.empty());
  ASSERT_NE(result.audio, nullptr);
  EXPECT_TRUE(sameParameters(*result.audio, *media_.tracks[1]));
  EXPECT_EQ(result.audioTranscoded, ClipWriter::transcodes(format(), media_.tracks[1]->codec));
  EXPECT_NEAR(static_cast<double>(result.audioFrames), static_cast<double>(media_.of(1).size()), 3);

  EXPECT_EQ(test::strictDecodeErrors(request.out), "");
  EXPECT_EQ(test::probe(request.out, "stream=nb_read_frames -select_streams v"), "75\n");
  const test::Tone tone = test::toneIn(request.out);
  EXPECT_NEAR(tone.begin, test::kToneAt, 0.025);
  EXPECT_NEAR(tone.end, test::kToneEnd, 0.025);
}

TEST_P(ExportOfEveryCodec, CutsTheSoundWhereItCutsThePictures) {
  const auto request = options(format(), 1000, 2800);
  const ExportResult result = exportClip(request, {});
  EXPECT_EQ(result.frames, 45U);
  EXPECT_EQ(result.fromMs, kStartMs + 1000);
  EXPECT_EQ(test::strictDecodeErrors(request.out), "");
  const test::Tone tone = test::toneIn(request.out);
  EXPECT_LT(tone.begin, 0.15) << "a decoder needs a frame or two to come in";
  EXPECT_NEAR(tone.end, test::kToneEnd - 1, 0.025);
  const auto seconds = std::stod(test::probe(request.out, "format=duration"));
  EXPECT_NEAR(seconds, 1.8, 0.15) << "the last frame of sound may outlast the pictures";
}

TEST_P(ExportOfEveryCodec, LeavesTheSoundOutWhereItIsNotWanted) {
  auto request = options(format());
  request.audio = false;
  const ExportResult result = exportClip(request, {});
  EXPECT_EQ(result.frames, 75U);
  EXPECT_EQ(result.audio, nullptr);
  EXPECT_EQ(result.audioFrames, 0U);
  EXPECT_TRUE(result.leftOut.empty());
  EXPECT_EQ(test::probe(request.out, "format=nb_streams"), "1\n");
}

TEST_F(ExportWithSoundTest, ASegmentWithoutSoundLeavesAHoleInTheTrack) {
  for (const MediaCodec& codec : {test::kAac, test::kPcmu}) {
    SCOPED_TRACE(codec.name);
    segments_.clear();
    std::filesystem::remove_all(storage_);
    std::filesystem::create_directory(storage_);
    const Media source = media(test::kH264Clip, codec);
    seal(source, 0);
    seal(source, 1, Sound::kNone);
    seal(source, 2);
    for (const ClipFormat format : {ClipFormat::kMp4, ClipFormat::kMatroska}) {
      const auto request = options(format);
      const ExportResult result = exportClip(request, {});
      EXPECT_EQ(result.frames, 75U);
      EXPECT_TRUE(result.leftOut.empty());
      EXPECT_EQ(test::strictDecodeErrors(request.out), "");
      const Media clip = test::readMedia(request.out);
      int64_t widest = 0, holeAt = 0, end = 0;
      for (const Packet& packet : clip.of(1)) {
        if (packet.ptsMicros - end > widest) {
          widest = packet.ptsMicros - end;
          holeAt = end;
        }
        end = packet.ptsMicros + packet.durationMicros;
      }
      EXPECT_NEAR(static_cast<double>(holeAt) / 1e6, 1.0, 0.15);
      EXPECT_NEAR(static_cast<double>(widest) / 1e6, 1.0, 0.15);
      const test::Tone tone = test::toneIn(request.out);
      EXPECT_NEAR(tone.begin, test::kToneAt, 0.025);
      EXPECT_NEAR(tone.end, test::kToneEnd, 0.025) << "behind the hole it must be in step again";
    }
  }
}

TEST_F(ExportWithSoundTest, SoundThatBeginsLaterIsInTheClipToo) {
  const Media source = media(test::kH265Clip, test::kPcma);
  seal(source, 0, Sound::kNone);
  seal(source, 1, Sound::kNone);
  seal(source, 2);
  const auto request = options(ClipFormat::kMp4);
  const ExportResult result = exportClip(request, {});
  EXPECT_GT(result.audioFrames, 0U);
  EXPECT_EQ(test::strictDecodeErrors(request.out), "");
  const test::Tone tone = test::toneIn(request.out);
  EXPECT_NEAR(tone.begin, 2.0, 0.03);
  EXPECT_NEAR(tone.end, test::kToneEnd, 0.03);
}

TEST_F(ExportWithSoundTest, ATrackWithoutAPacketIsNotInTheClip) {
  Media source = media(test::kH264Clip, test::kPcma);
  std::erase_if(source.packets, [](const Packet& packet) { return packet.track == 1; });
  sealAll(source);
  const auto request = options(ClipFormat::kMatroska);
  EXPECT_EQ(exportClip(request, {}).audio, nullptr);
  EXPECT_EQ(test::probe(request.out, "format=nb_streams"), "1\n");
}

TEST_F(ExportWithSoundTest, SoundOfAnotherCodecIsLeftOutAndReported) {
  seal(media(test::kH264Clip, test::kPcmu), 0);
  seal(media(test::kH264Clip, test::kPcma), 1);
  seal(media(test::kH264Clip, test::kPcma), 2);
  const auto request = options(ClipFormat::kMatroska);
  const ExportResult result = exportClip(request, {});
  EXPECT_EQ(result.frames, 75U);
  EXPECT_EQ(result.audio->codec, Codec::kPcmu);
  ASSERT_EQ(result.leftOut.size(), 1U);
  EXPECT_EQ(result.leftOut[0].kind, MediaKind::kAudio);
  EXPECT_EQ(result.leftOut[0].reason, LeftOutReason::kCodec);
  EXPECT_NEAR(static_cast<double>(result.leftOut[0].fromMs), kStartMs + 1000, 130);
  EXPECT_NEAR(static_cast<double>(result.leftOut[0].toMs), kStartMs + 3000, 130);
  EXPECT_EQ(test::strictDecodeErrors(request.out), "");
  EXPECT_LT(test::toneIn(request.out).end, 1.15);
}

TEST_F(ExportWithSoundTest, SoundWithOtherParametersIsAHoleUntilTheFirstOnesReturn) {
  const Media first = media(test::kH264Clip, test::kL16);
  seal(first, 0);
  seal(media(test::kH264Clip, test::kL16Stereo), 1);
  seal(first, 2);
  const auto request = options(ClipFormat::kMp4);
  const ExportResult result = exportClip(request, {});
  ASSERT_EQ(result.leftOut.size(), 1U);
  EXPECT_EQ(result.leftOut[0].reason, LeftOutReason::kParameters);
  EXPECT_EQ(test::strictDecodeErrors(request.out), "");
  EXPECT_NEAR(test::toneIn(request.out).end, test::kToneEnd, 0.025);
}

TEST_F(ExportWithSoundTest, SoundThatMp4CannotHoldIsReportedAndMatroskaKeepsIt) {
  sealAll(media(test::kH264Clip, kOddL16));
  const ExportResult mp4 = exportClip(options(ClipFormat::kMp4), {});
  EXPECT_EQ(mp4.audio, nullptr);
  ASSERT_EQ(mp4.leftOut.size(), 1U);
  EXPECT_EQ(mp4.leftOut[0].reason, LeftOutReason::kFormat);
  EXPECT_NEAR(static_cast<double>(mp4.leftOut[0].fromMs), kStartMs, 130);
  const auto request = options(ClipFormat::kMatroska);
  EXPECT_TRUE(exportClip(request, {}).leftOut.empty());
  EXPECT_NEAR(test::toneIn(request.out).begin, test::kToneAt, 0.025);
}

TEST_F(ExportWithSoundTest, PicturesOfAnotherCodecAreLeftOutAndAreNoGap) {
  seal(media(test::kH264Clip, test::kPcmu), 0);
  seal(media(test::kH265Clip, test::kPcmu), 1);
  seal(media(test::kH264Clip, test::kPcmu), 2);
  const auto request = options(ClipFormat::kMp4);
  const ExportResult result = exportClip(request, {});
  EXPECT_EQ(result.frames, 50U);
  EXPECT_TRUE(result.gaps.empty());
  ASSERT_EQ(result.leftOut.size(), 2U);
  for (const ExportLeftOut& entry : result.leftOut) {
    EXPECT_EQ(entry.reason, LeftOutReason::kCodec);
    EXPECT_NEAR(static_cast<double>(entry.fromMs), kStartMs + 1000, 130);
    EXPECT_NEAR(static_cast<double>(entry.toMs), kStartMs + 2000, 130);
  }
  EXPECT_EQ(test::strictDecodeErrors(request.out), "");
}

TEST_F(ExportWithSoundTest, RecoveryCountsPicturesOfEveryCodecAndNoSound) {
  for (const MediaCodec& video : {test::kH264Clip, test::kH265Clip, test::kMjpegClip}) {
    SCOPED_TRACE(video.name);
    const Media source = media(video, test::kOpus);
    seal(source, 0, Sound::kKept, false);
    const RecoveredSegment recovered = recoverSegment(segments_.back());
    EXPECT_FALSE(recovered.verification.finished);
    ASSERT_NE(recovered.parameters, nullptr);
    EXPECT_EQ(recovered.parameters->codec, video.codec);
    EXPECT_LE(recovered.frames, 25U);
    EXPECT_GE(recovered.frames, 15U) << "the last chunk was not whole";
    EXPECT_EQ(recovered.durationMs, static_cast<int64_t>(recovered.frames) * 40);
  }
}

}  // namespace
}  // namespace flux
