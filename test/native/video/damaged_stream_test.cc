// Streams with units missing, cut, flipped or lying: typed errors, pictures that say they are
// patched, and the very pictures of the undamaged stream from the next key frame on.
#include <gtest/gtest.h>
#include <malloc.h>

#include <random>

#include "codec/bit_writer.h"
#include "codec/h264.h"
#include "decoder_clips.h"
#include "video/av_decoder.h"
#include "video/decoder_context.h"
#include "video/decoder_packet.h"
#include "video/picture_memory.h"

namespace flux::video {
namespace {

using test::Decoded;
using test::Units;

/// Pictures between two key frames of the clips.
constexpr size_t kGroup = 12;

class DamagedStream : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] bool isMjpeg() const { return units_.front().parameters->codec == Codec::kMjpeg; }

  static Decoded decode(const Units& units, int threads = 1) {
    const auto decoder =
        makeAvDecoder({.parameters = units.front().parameters, .threads = threads});
    Decoded decoded = test::decodeAll(*decoder, units);
    EXPECT_EQ(decoder->pending(), 0);
    for (const std::string& code : decoded.errors) {
      EXPECT_TRUE(code == "ERR_DECODE" || code == "ERR_LIMIT") << code;
    }
    return decoded;
  }

  /// From the key frame at `from` on, all is as if nothing had happened.
  void expectCleanFrom(const Decoded& decoded, size_t from, const std::string& what = "") const {
    const int64_t begin = units_[from].arrivalMicros;
    ASSERT_TRUE(units_[from].keyFrame);
    std::map<int64_t, std::string> sums;
    for (const DecodedFrame& frame : decoded.frames) {
      if (frame.arrivalMicros < begin) continue;
      EXPECT_FALSE(frame.concealed) << what;
      sums[frame.timestamp] = test::md5Of(frame.picture.av());
    }
    for (const DecodedFrame& frame : whole_.frames) {
      if (frame.arrivalMicros < begin) continue;
      EXPECT_EQ(sums[frame.timestamp], test::md5Of(frame.picture.av())) << what;
    }
  }

  const Units units_ = test::withSets(test::unitsOf(test::pathOf(test::clip(GetParam()))));
  const Decoded whole_ = decode(units_);
};

INSTANTIATE_TEST_SUITE_P(Clips, DamagedStream,
                         testing::Values("H264", "H264BPyramid", "H264Interlaced", "H264Slices",
                                         "H264High422", "H265", "H265BPyramid", "H265Slices",
                                         "H265Main422", "Mjpeg"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(DamagedStream, SaysWhichPicturesLackALostOne) {
  Units units = units_;
  constexpr size_t kLost = 3;
  units.erase(units.begin() + kLost);
  units[kLost].discontinuity = true;
  const Decoded decoded = decode(units);
  EXPECT_TRUE(decoded.errors.empty());
  expectCleanFrom(decoded, kGroup);
  size_t concealed = 0;
  for (const DecodedFrame& frame : decoded.frames) {
    const auto unit = static_cast<size_t>(frame.arrivalMicros / 1'000'000);
    EXPECT_EQ(frame.concealed, !isMjpeg() && unit > kLost && unit < kGroup) << unit;
    if (frame.concealed) ++concealed;
  }
  EXPECT_EQ(concealed, isMjpeg() ? 0 : kGroup - kLost - 1);
}

TEST_P(DamagedStream, IsCleanAgainAfterALostKeyFrame) {
  Units units = units_;
  units.erase(units.begin() + kGroup);
  units[kGroup].discontinuity = true;
  expectCleanFrom(decode(units), 2 * kGroup);
}

TEST_P(DamagedStream, IsCleanAgainAfterHalfAUnit) {
  for (const size_t at : {size_t{4}, kGroup}) {
    Units units = units_;
    Bytes cut;
    if (isMjpeg()) {
      cut = units[at].data;
      cut.resize(cut.size() / 2);
    } else {
      nal::forEachNal(units[at].data, [&cut](ByteView nal) {
        nal::appendNal(cut, nal.size() > 100 ? nal.first(nal.size() / 2) : nal);
      });
    }
    units[at].data = std::move(cut);
    const Decoded decoded = decode(units);
    const bool noticed =
        !decoded.errors.empty() || std::ranges::any_of(decoded.frames, &DecodedFrame::concealed);
    // Of a slice of H.265 that ends early nothing is heard where its bits happen to make blocks.
    EXPECT_TRUE(noticed || units[at].parameters->codec == Codec::kH265) << at;
    expectCleanFrom(decoded, at == kGroup ? 2 * kGroup : kGroup);
  }
}

/// The length of the last NAL unit leads behind the end.
TEST_P(DamagedStream, IsCleanAgainAfterALengthThatLies) {
  if (isMjpeg()) return;
  Units units = units_;
  units[5].data.resize(units[5].data.size() - 7);
  expectCleanFrom(decode(units), kGroup);
}

TEST_P(DamagedStream, IsCleanAgainAfterGarbage) {
  std::mt19937 random(3);
  Units units = units_;
  for (size_t i = 1; i < 2 * kGroup; ++i) {
    if (i == kGroup) continue;
    for (uint8_t& byte : units[i].data) byte = static_cast<uint8_t>(random());
    if (isMjpeg() || i % 2 == 0) continue;
    // Right lengths and types, and nothing right behind them.
    Bytes slice(200);
    for (uint8_t& byte : slice) byte = static_cast<uint8_t>(random());
    slice[0] = units[i].parameters->codec == Codec::kH264 ? 0x41 : 0x02;
    slice[1] = units[i].parameters->codec == Codec::kH264 ? 0x9A : 0x01;
    units[i].data.clear();
    nal::appendNal(units[i].data, slice);
  }
  const Decoded decoded = decode(units);
  EXPECT_GE(decoded.errors.size(), kGroup - 1);
  expectCleanFrom(decoded, 2 * kGroup);
}

TEST_P(DamagedStream, IsCleanAgainAfterFlippedBits) {
  // More rounds where somebody has the time.
  const char* wish = std::getenv("FLUX_DAMAGE_ROUNDS");
  const unsigned rounds = wish != nullptr ? static_cast<unsigned>(std::atoi(wish)) : 16;
  size_t noticed = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    std::mt19937 random(round);
    Units units = units_;
    for (size_t i = 1; i < 2 * kGroup; ++i) {
      if (random() % 4 != 0) continue;
      Bytes& data = units[i].data;
      for (auto flips = 1 + random() % 6; flips > 0; --flips) {
        data[random() % data.size()] ^= static_cast<uint8_t>(1U << random() % 8);
      }
    }
    const Decoded decoded = decode(units, round % 4 == 3 ? 3 : 1);
    noticed += decoded.errors.size();
    for (const DecodedFrame& frame : decoded.frames) noticed += frame.concealed ? 1 : 0;
    expectCleanFrom(decoded, 2 * kGroup, "round " + std::to_string(round));
  }
  EXPECT_GT(noticed, 0);
}

TEST_P(DamagedStream, HasNoPictureInAnEmptyUnit) {
  Units units = units_;
  units[4].data.clear();
  units[6].data = {0, 0, 0, 0};
  units[8].data = {0, 0, 0, 1};
  units[kGroup].data.clear();
  const Decoded decoded = decode(units);
  EXPECT_GE(std::ranges::count(decoded.errors, "ERR_DECODE"), 4);
  expectCleanFrom(decoded, 2 * kGroup);
}

TEST_P(DamagedStream, BeginsWithAKeyFrame) {
  if (isMjpeg()) return;
  Units units = units_;
  units.erase(units.begin());
  const Decoded decoded = decode(units);
  EXPECT_EQ(decoded.errors.size(), kGroup - 1);
  expectCleanFrom(decoded, kGroup);
  EXPECT_TRUE(decoded.frames.front().keyFrame);
}

TEST_P(DamagedStream, GoesOnAfterItsEnd) {
  const auto decoder = makeAvDecoder({.parameters = units_.front().parameters});
  const Decoded first = test::decodeAll(*decoder, units_);
  const Decoded second = test::decodeAll(*decoder, units_);
  EXPECT_EQ(first.md5(), whole_.md5());
  EXPECT_EQ(second.md5(), whole_.md5());
  std::vector<DecodedFrame> none;
  decoder->flush(none);
  decoder->flush(none);
  EXPECT_TRUE(none.empty());
  if (isMjpeg()) return;
  EXPECT_THROW(decoder->submit(units_[1]), Error);
}

// Claims

/// An SPS of H.264 of so many macroblocks.
Bytes spsOf(uint64_t width, uint64_t height) {
  BitWriter out;
  out.bits(66, 8).bits(0, 8).bits(51, 8).ue(0).ue(0).ue(2);
  out.ue(1).flag(false).ue(width - 1).ue(height - 1);
  out.flag(true).flag(true).flag(false).flag(false);
  return out.nal(0x67);
}

Units withSpsBefore(Units units, size_t at, const Bytes& sps) {
  Bytes data;
  nal::appendNal(data, sps);
  data.insert(data.end(), units[at].data.begin(), units[at].data.end());
  units[at].data = std::move(data);
  return units;
}

class ClaimedSize : public testing::Test {
 protected:
  const Units units_ = test::withSets(test::unitsOf(test::pathOf(test::clip("H264"))));
};

TEST_F(ClaimedSize, IsRefusedInTheParameters) {
  const auto huge = h264::makeParameters(spsOf(1024, 1024), units_.front().parameters->pps);
  ASSERT_NE(huge, nullptr);
  try {
    makeAvDecoder({.parameters = huge});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_LIMIT");
  }
}

TEST_F(ClaimedSize, IsRefusedInMidStreamAndForgottenWithTheNextKeyFrame) {
  const auto huge = h264::makeParameters(spsOf(1024, 1024), units_.front().parameters->pps);
  Units units = units_;
  for (size_t i = kGroup; i < 2 * kGroup; ++i) units[i].parameters = huge;
  const auto decoder = makeAvDecoder({.parameters = units.front().parameters});
  const Decoded decoded = test::decodeAll(*decoder, units);
  EXPECT_EQ(decoded.errors.size(), kGroup);
  EXPECT_EQ(std::ranges::count(decoded.errors, "ERR_LIMIT"), 1);
  EXPECT_EQ(decoded.frames.size(), units.size() - kGroup);
}

TEST_F(ClaimedSize, IsRefusedInTheUnit) {
  const Units units = withSpsBefore(units_, kGroup, spsOf(1024, 1024));
  const auto decoder = makeAvDecoder({.parameters = units.front().parameters});
  const Decoded decoded = test::decodeAll(*decoder, units);
  EXPECT_EQ(decoded.errors, std::vector<std::string>{"ERR_LIMIT"});
  EXPECT_EQ(decoded.frames.back().concealed, false);
}

/// Another size between pictures that go on with the old one.
TEST_F(ClaimedSize, MayChangeBetweenPictures) {
  for (const Bytes& sps : {spsOf(4, 4), spsOf(1, 1), spsOf(40, 2)}) {
    const Units units = withSpsBefore(units_, 5, sps);
    const auto decoder = makeAvDecoder({.parameters = units.front().parameters});
    const Decoded decoded = test::decodeAll(*decoder, units);
    for (const DecodedFrame& frame : decoded.frames) {
      if (frame.arrivalMicros < units[kGroup].arrivalMicros) continue;
      EXPECT_FALSE(frame.concealed);
      EXPECT_EQ(frame.picture.size(), (Size{128, 96}));
    }
    EXPECT_EQ(decoded.frames.back().timestamp, units.back().mediaTime * 100 / 9);
  }
}

// Memory

TEST(DecoderMemory, StaysFlatOverManyDecoders) {
  const char* wish = std::getenv("FLUX_DECODER_CYCLES");
  const int cycles = wish != nullptr ? std::atoi(wish) : 300;
  const auto allocated = [] {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  const Units units[] = {test::unitsOf(test::pathOf(test::clip("H264BPyramid"))),
                         test::unitsOf(test::pathOf(test::clip("H265BPyramid"))),
                         test::unitsOf(test::pathOf(test::clip("Mjpeg")))};
  size_t settled = 0;
  for (int i = 0; i < cycles; ++i) {
    const Units& some = units[i % 3];
    const auto decoder = makeAvDecoder({.parameters = some.front().parameters});
    std::vector<DecodedFrame> frames;
    for (size_t unit = 0; unit < 4; ++unit) decoder->submit(some[unit]);
    decoder->collect(frames, false);
    // Half of them end with pictures held back.
    if (i % 2 == 0) decoder->flush(frames);
    EXPECT_FALSE(frames.empty());
    if (i == cycles / 2) settled = allocated();
  }
  EXPECT_LE(allocated(), settled + (64U << 10));
}

TEST(DecoderMemory, IsThatOfThePicturesThatSomebodyHolds) {
  for (const int threads : {1, 3}) {
    const Units units = test::unitsOf(test::pathOf(test::clip("H264BPyramid")));
    auto decoder = makeAvDecoder({.parameters = units.front().parameters, .threads = threads});
    EXPECT_EQ(decoder->memoryBytes(), 0);
    std::vector<DecodedFrame> frames;
    for (const AccessUnit& unit : units) {
      decoder->submit(unit);
      decoder->collect(frames, false);
    }
    constexpr uint64_t kPicture = 128 * 96 * 3 / 2;
    EXPECT_GE(decoder->memoryBytes(), frames.size() * kPicture);
    frames.clear();
    EXPECT_GE(decoder->memoryBytes(), kPicture);
    EXPECT_LE(decoder->memoryBytes(), units.size() * kPicture);
    decoder->flush(frames);
    // A picture outlives its decoder.
    decoder.reset();
    ASSERT_FALSE(frames.empty());
    EXPECT_FALSE(test::md5Of(frames.back().picture.av()).empty());
  }
}

TEST(DecoderMemory, IsBounded) {
  const Units units = test::unitsOf(test::pathOf(test::clip("H264")));
  const auto memory = std::make_shared<PictureMemory>(128 * 96 * 6);
  const CodecContextPtr context = makeDecoderContext(*units.front().parameters);
  memory->watch(*context);
  openDecoderContext(*context, *units.front().parameters);
  std::vector<AvFramePtr> held;
  int status = 0;
  for (const AccessUnit& unit : units) {
    const AvPacketPtr packet = makeDecoderPacket(unit.data, Codec::kH264);
    status = avcodec_send_packet(context.get(), packet.get());
    held.push_back(makeAvFrame());
    if (status >= 0) status = avcodec_receive_frame(context.get(), held.back().get());
    if (status < 0) break;
  }
  EXPECT_LT(status, 0);
  EXPECT_LT(held.size(), 10);
  held.clear();
  avcodec_flush_buffers(context.get());
  const AvPacketPtr packet = makeDecoderPacket(units.front().data, Codec::kH264);
  EXPECT_EQ(avcodec_send_packet(context.get(), packet.get()), 0);
}

// Options

TEST(DecoderOptions, AreCheckedAtTheDoor) {
  const auto code = [](const DecoderOptions& options) -> std::string {
    try {
      makeAvDecoder(options);
      return "";
    } catch (const Error& error) {
      return error.code();
    }
  };
  const Units units = test::unitsOf(test::pathOf(test::clip("H264")));
  const CodecParametersPtr parameters = units.front().parameters;
  EXPECT_EQ(code({.parameters = parameters}), "");
  EXPECT_EQ(code({.parameters = nullptr}), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(code({.parameters = parameters, .threads = 0}), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(code({.parameters = parameters, .threads = 65}), "ERR_INVALID_ARGUMENT");
  auto sound = std::make_shared<CodecParameters>();
  sound->codec = Codec::kOpus;
  EXPECT_EQ(code({.parameters = sound}), "ERR_INVALID_ARGUMENT");
}

TEST(DecoderOptions, NameAnotherColourThanTheStream) {
  for (const char* clip : {"H264", "Mjpeg"}) {
    const Units units = test::unitsOf(test::pathOf(test::clip(clip)));
    const ColourSpec colour{Matrix::kBt2020, false};
    const auto decoder = makeAvDecoder({.parameters = units.front().parameters, .colour = colour});
    const Decoded decoded = test::decodeAll(*decoder, units);
    EXPECT_EQ(decoded.frames.size(), units.size());
    for (const DecodedFrame& frame : decoded.frames) EXPECT_EQ(frame.picture.colour(), colour);
    EXPECT_EQ(decoded.md5(), test::ffmpegMd5(test::pathOf(test::clip(clip))));
  }
}

}  // namespace
}  // namespace flux::video
