// Streams that change, come as fields, or say nothing of their order.
#include <gtest/gtest.h>

#include "codec/bit_writer.h"
#include "codec/h264_low_delay.h"
#include "codec/h264_sps_layout.h"
#include "codec/h265.h"
#include "codec/picture_kind.h"
#include "decoder_clips.h"
#include "field_pictures.h"
#include "video/av_decoder.h"

namespace flux::video {
namespace {

using test::Decoded;
using test::Units;
using Sums = std::vector<std::string>;

Units unitsOf(const char* clip) {
  return test::unitsOf(test::pathOf(test::clip(clip)));
}
Sums ffmpegMd5(const char* clip) {
  return test::ffmpegMd5(test::pathOf(test::clip(clip)));
}
Sums operator+(Sums first, const Sums& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::unique_ptr<Decoder> decoderOf(const Units& units, int threads = 1) {
  return makeAvDecoder({.parameters = units.front().parameters, .threads = threads});
}
Decoded decode(const Units& units, int threads = 1) {
  return test::decodeAll(*decoderOf(units, threads), units);
}

/// With each unit, how many came after the one whose picture is the newest.
std::vector<size_t> delays(const Units& units) {
  const auto decoder = decoderOf(units);
  std::vector<DecodedFrame> frames;
  std::vector<size_t> out;
  for (const AccessUnit& unit : units) {
    decoder->submit(unit);
    decoder->collect(frames, false);
    int64_t newest = -1;
    for (const DecodedFrame& frame : frames) newest = std::max(newest, frame.arrivalMicros);
    out.push_back(static_cast<size_t>((unit.arrivalMicros - newest) / 1'000'000));
  }
  return out;
}

// Another size in mid-stream

struct Change {
  const char* name;
  const char* first;
  const char* second;
};

class MidStreamChange : public testing::TestWithParam<Change> {};

INSTANTIATE_TEST_SUITE_P(Clips, MidStreamChange,
                         testing::Values(Change{"H264Size", "H264BPyramid", "H264Small"},
                                         Change{"H264Depth", "H264BPyramid", "H264High10"},
                                         Change{"H264Chroma", "H264High422", "H264BPyramid"},
                                         Change{"H265Size", "H265BPyramid", "H265Small"},
                                         Change{"H265Depth", "H265BPyramid", "H265Main10"},
                                         Change{"MjpegSize", "Mjpeg", "MjpegOdd"},
                                         Change{"Codec", "H264BPyramid", "H265BPyramid"}),
                         [](const auto& test) { return test.param.name; });

TEST_P(MidStreamChange, LosesNoPictureOfEitherStream) {
  const auto& [name, first, second] = GetParam();
  const Units units = test::joined(test::joined(unitsOf(first), unitsOf(second)), unitsOf(first));
  const Sums expected = ffmpegMd5(first) + ffmpegMd5(second) + ffmpegMd5(first);
  const Decoded decoded = decode(units);
  EXPECT_TRUE(decoded.errors.empty());
  EXPECT_EQ(decoded.md5(), expected);
  EXPECT_EQ(decode(units, 3).md5(), expected);
}

/// The parameters of a unit may be behind what stands in it.
TEST(InBandChange, IsFollowedAsFfmpegDoes) {
  const test::TemporaryDirectory dir;
  for (const auto& [codec, first, second] :
       {std::tuple{"h264", "H264", "H264Odd"}, std::tuple{"hevc", "H265", "H265Odd"}}) {
    Units units = test::joined(test::withSets(unitsOf(first)), test::withSets(unitsOf(second)));
    const std::string path = dir.file(std::string("changing.") + codec);
    test::writeAnnexB(path, units);
    for (AccessUnit& unit : units) unit.parameters = units.front().parameters;
    const Sums expected = test::ffmpegMd5(path);
    EXPECT_EQ(expected.size(), units.size());
    EXPECT_EQ(decode(units).md5(), expected) << codec;
  }
}

TEST(EqualParameters, AreNoChange) {
  Units units = unitsOf("H264BPyramid");
  const Sums expected = decode(units).md5();
  for (AccessUnit& unit : units) {
    unit.parameters = std::make_shared<CodecParameters>(*unit.parameters);
  }
  EXPECT_EQ(decode(units).md5(), expected);
}

/// The sets stand in the parameters alone.
TEST(AnotherPps, IsTakenAlongWithThePicturesThatAreHeld) {
  const auto coded = [](const char* name, const char* coder) {
    static const std::string shape =
        "-c:v libx264 -preset medium -g 12 -sc_threshold 0 -bf 2 -b_strategy 0 -coder ";
    const std::string arguments = shape + coder;
    return test::pathOf({name, "128x96", arguments.c_str(), 2});
  };
  const std::string arithmetic = coded("H264Cabac", "1");
  const std::string variableLength = coded("H264Cavlc", "0");
  const Units first = test::unitsOf(arithmetic);
  const Units second = test::unitsOf(variableLength);
  ASSERT_EQ(first.front().parameters->sps, second.front().parameters->sps);
  ASSERT_NE(first.front().parameters->pps, second.front().parameters->pps);
  const Decoded decoded = decode(test::joined(first, second));
  EXPECT_TRUE(decoded.errors.empty());
  EXPECT_EQ(decoded.md5(), test::ffmpegMd5(arithmetic) + test::ffmpegMd5(variableLength));
}

// A beginning among pictures that refer to what was before

TEST(OpenGroups, BeginWithTheKeyFramesPicture) {
  for (const char* clip : {"H264OpenGop", "H265OpenGop"}) {
    const Units units = unitsOf(clip);
    const auto key = std::find_if(units.begin() + 1, units.end(),
                                  [](const AccessUnit& unit) { return unit.keyFrame; });
    ASSERT_NE(key, units.end()) << clip;
    // Pictures behind it are shown before it.
    EXPECT_LT(key[1].mediaTime, key->mediaTime) << clip;
    const int64_t begin = key->mediaTime * 100 / 9;
    Sums expected;
    for (const DecodedFrame& frame : decode(units).frames) {
      if (frame.timestamp >= begin) expected.push_back(test::md5Of(frame.picture.av()));
    }
    const Decoded decoded = decode(Units(key, units.end()));
    EXPECT_EQ(decoded.md5(), expected) << clip;
    EXPECT_TRUE(decoded.errors.empty()) << clip;
    for (const DecodedFrame& frame : decoded.frames) EXPECT_FALSE(frame.concealed) << clip;
  }
}

TEST(OpenGroups, ShowAfterALossWhichPicturesReferToIt) {
  Units units = unitsOf("H265OpenGop");
  const auto key = std::find_if(units.begin() + 1, units.end(),
                                [](const AccessUnit& unit) { return unit.keyFrame; });
  const int64_t begin = key->mediaTime * 100 / 9;
  key->discontinuity = true;
  units.erase(key - 1);
  const Decoded decoded = decode(units);
  size_t leading = 0;
  for (const DecodedFrame& frame : decoded.frames) {
    if (frame.timestamp >= begin) {
      EXPECT_FALSE(frame.concealed);
    } else if (frame.concealed) {
      ++leading;
    }
  }
  EXPECT_GT(leading, 0);
}

// Sets that break rules which do not matter

/// More pictures reordered than are buffered, as some cameras' SPS have it (H.265 §7.4.3.2.1).
Bytes withOneTooManyToReorder(const Bytes& sps) {
  const Bytes rbsp = nal::unescape(ByteView(sps).subspan(h265::kNalHeaderBytes));
  BitReader reader(rbsp);
  BitWriter out;
  const auto keep = [&](int codes) {
    for (int i = 0; i < codes; ++i) out.ue(reader.ue());
  };
  constexpr size_t kProfileBits = 96;
  out.copy(reader, 4 + 3 + 1 + kProfileBits);
  keep(4);  // numbers, chroma format, size
  const bool window = reader.flag();
  out.flag(window);
  if (window) keep(4);
  keep(3);  // depths, bits of the picture order count
  out.flag(reader.flag());
  const uint32_t buffered = reader.ue();
  reader.ue();
  out.ue(buffered).ue(buffered + 1);
  out.copy(reader, rbsp.size() * 8 - reader.position());
  Bytes nal = out.nal(ByteView(sps).first(h265::kNalHeaderBytes));
  // The stop bit was copied, and another stands behind it.
  nal.pop_back();
  return nal;
}

TEST(SloppySets, AreDecodedAsFfmpegDoes) {
  const test::TemporaryDirectory dir;
  Units units = unitsOf("H265");
  const CodecParameters& told = *units.front().parameters;
  const auto sloppy = h265::makeParameters(told.vps, withOneTooManyToReorder(told.sps), told.pps);
  ASSERT_NE(sloppy, nullptr);
  for (AccessUnit& unit : units) unit.parameters = sloppy;
  units = test::withSets(std::move(units));
  const std::string path = dir.file("sloppy.hevc");
  test::writeAnnexB(path, units);
  const Sums expected = test::ffmpegMd5(path);
  EXPECT_EQ(expected.size(), units.size());
  for (const int threads : {1, 3}) {
    const Decoded decoded = decode(units, threads);
    EXPECT_TRUE(decoded.errors.empty());
    EXPECT_EQ(decoded.md5(), expected);
  }
}

// Field pictures

TEST(FieldPictures, MakeFramesAsFfmpegsDo) {
  const test::TemporaryDirectory dir;
  const Units units = test::FieldPictures().units(20, 10);
  const std::string path = dir.file("fields.h264");
  test::writeAnnexB(path, units);
  const Decoded decoded = decode(units);
  EXPECT_TRUE(decoded.errors.empty());
  EXPECT_EQ(decoded.md5(), test::ffmpegMd5(path));
  ASSERT_EQ(decoded.frames.size(), 20);
  for (size_t i = 0; i < decoded.frames.size(); ++i) {
    EXPECT_EQ(decoded.frames[i].timestamp, 40'000 * static_cast<int64_t>(i)) << i;
    EXPECT_EQ(decoded.frames[i].keyFrame, i % 10 == 0) << i;
    EXPECT_FALSE(decoded.frames[i].concealed) << i;
  }
}

TEST(FieldPictures, ComeWithTheirSecondField) {
  const Units units = test::FieldPictures().units(12, 6);
  const auto decoder = decoderOf(units);
  std::vector<DecodedFrame> frames;
  for (size_t i = 0; i < units.size(); ++i) {
    decoder->submit(units[i]);
    decoder->collect(frames, false);
    EXPECT_EQ(frames.size(), (i + 1) / 2);
  }
}

TEST(FieldPictures, AreLeftOutWhereTheSecondFieldIsLost) {
  constexpr int64_t kHalved = 2;
  constexpr int64_t kNextKey = 6;
  Units units = test::FieldPictures().units(12, kNextKey);
  units.erase(units.begin() + 2 * kHalved + 1);
  units[2 * kHalved + 1].discontinuity = true;
  const Decoded decoded = decode(units);
  EXPECT_EQ(decoded.frames.size(), 11);
  for (const DecodedFrame& frame : decoded.frames) {
    const auto number = frame.timestamp / 40'000;
    EXPECT_NE(number, kHalved);
    EXPECT_EQ(frame.concealed, number > kHalved && number < kNextKey) << number;
  }
}

// Streams that say nothing of their order, as most cameras'

/// The SPS without its VUI.
Bytes silent(const Bytes& sps) {
  h264::SpsLayout layout;
  h264::parseSps(sps, layout);
  const Bytes rbsp = nal::unescape(ByteView(sps).subspan(1));
  BitReader reader(rbsp);
  BitWriter out;
  out.copy(reader, layout.vuiFlag).flag(false);
  return out.nal(sps[0]);
}

Units withSps(Units units, const Bytes& sps) {
  const auto parameters = h264::makeParameters(sps, units.front().parameters->pps);
  for (AccessUnit& unit : units) unit.parameters = parameters;
  return test::withSets(std::move(units));
}

TEST(SilentStreams, HaveAllPicturesInOrder) {
  for (const char* clip : {"H264", "H264BPyramid", "H264Interlaced", "H264InterlacedBff"}) {
    const Units units = withSps(unitsOf(clip), silent(unitsOf(clip).front().parameters->sps));
    EXPECT_FALSE(h264::parseSps(units.front().parameters->sps)->reorderDepthTold);
    EXPECT_EQ(decode(units).md5(), ffmpegMd5(clip)) << clip;
  }
}

TEST(SilentStreams, AreNotDelayedWithoutBSlices) {
  for (const char* clip : {"H264", "H264InterlacedBff"}) {
    const Units units = withSps(unitsOf(clip), silent(unitsOf(clip).front().parameters->sps));
    EXPECT_EQ(std::ranges::max(delays(units)), 0);
  }
}

TEST(SilentStreams, AreNotDelayedForGoodByALostKeyFrame) {
  // With so many frames from one key frame to the next, the numbers of frames go round just once:
  // without the second key frame they go on, and the order counts fall back.
  constexpr unsigned kInterval = 17;
  Units units = test::FieldPictures().units(3 * kInterval, kInterval);
  for (size_t i = 0; i < units.size(); ++i) {
    units[i].arrivalMicros = static_cast<int64_t>(i / 2) * 1'000'000;
  }
  const auto lost = units.begin() + 2 * kInterval;
  ASSERT_TRUE(lost->keyFrame);
  lost[2].discontinuity = true;
  units.erase(lost, lost + 2);

  const std::vector<size_t> delay = delays(units);
  constexpr std::ptrdiff_t kNextKey = 2 * 2 * kInterval - 2;
  ASSERT_TRUE(units[kNextKey].keyFrame);
  EXPECT_GT(delay[kNextKey - 1], 1);
  // A frame is there with its second field.
  EXPECT_LE(*std::max_element(delay.begin() + kNextKey, delay.end()), 1);
  EXPECT_EQ(delay.back(), 0);
}

// What a rewritten SPS promises

TEST(PromisedOrder, ChangesNoPicture) {
  for (const char* clip : {"H264", "H264InterlacedBff", "H264Slices", "H264Baseline", "H264Odd",
                           "H264High444", "H264Gray"}) {
    const Units told = unitsOf(clip);
    const Bytes& sps = told.front().parameters->sps;
    for (const Bytes& before : {sps, silent(sps)}) {
      const Units units = withSps(told, h264::withoutReordering(before));
      EXPECT_TRUE(std::ranges::none_of(units, hasBidirectionalSlice)) << clip;
      EXPECT_EQ(decode(units).md5(), ffmpegMd5(clip)) << clip;
      EXPECT_EQ(std::ranges::max(delays(units)), 0) << clip;
    }
  }
}

TEST(PromisedOrder, IsReadByFfmpeg) {
  const test::TemporaryDirectory dir;
  const std::string path = dir.file("promised.h264");
  const Bytes sps = silent(unitsOf("H264").front().parameters->sps);
  test::writeAnnexB(path, withSps(unitsOf("H264"), h264::withoutReordering(sps)));
  const auto traced = test::runCommand("ffmpeg -nostdin -v info -i " + path +
                                       " -c copy -bsf:v trace_headers -f null -");
  EXPECT_EQ(traced.status, 0);
  const auto says = [&traced](const std::string& field, const std::string& value) {
    const size_t at = traced.output.find(" " + field + " ");
    ASSERT_NE(at, std::string::npos) << field;
    const std::string line = traced.output.substr(at, traced.output.find('\n', at) - at);
    EXPECT_EQ(line.substr(line.rfind(' ') + 1), value) << line;
  };
  says("bitstream_restriction_flag", "1");
  says("max_num_reorder_frames", "0");
  says("max_dec_frame_buffering", std::to_string(h264::parseSps(sps)->maxRefFrames));
}

// Pictures that nobody refers to

TEST(Unreferenced, PicturesMayBeLeftOutWithoutHarmToOthers) {
  for (const char* clip : {"H264BPyramid", "H265BPyramid"}) {
    const Units units = unitsOf(clip);
    std::map<int64_t, std::string> whole;
    for (const DecodedFrame& frame : decode(units).frames) {
      whole[frame.timestamp] = test::md5Of(frame.picture.av());
    }
    Units kept;
    std::ranges::copy_if(units, std::back_inserter(kept), isReference);
    EXPECT_LT(kept.size(), units.size()) << clip;
    const Decoded decoded = decode(kept);
    EXPECT_EQ(decoded.frames.size(), kept.size()) << clip;
    for (const DecodedFrame& frame : decoded.frames) {
      EXPECT_EQ(test::md5Of(frame.picture.av()), whole[frame.timestamp]) << clip;
    }
  }
}

}  // namespace
}  // namespace flux::video
