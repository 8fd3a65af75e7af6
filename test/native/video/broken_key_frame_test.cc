// Key frames that are damaged, cut, or lie: each is a picture or a typed error.
#include "video/key_frame_decoder.h"

#include <gtest/gtest.h>

#include <random>

#include "codec/bit_writer.h"
#include "codec/h264.h"
#include "codec/h265.h"
#include "codec/jpeg.h"
#include "key_frames.h"

namespace flux::video {
namespace {

using test::KeyFrame;
using test::MediaCodec;

/// The error's code; empty where there is a picture.
std::string outcome(const CodecParameters& parameters, ByteView unit) {
  try {
    const Frame frame = decodeKeyFrame(parameters, unit);
    EXPECT_GT(frame.size().width, 0);
    EXPECT_GT(frame.size().height, 0);
    return "";
  } catch (const Error& error) {
    EXPECT_STRNE(error.what(), "");
    return error.code();
  }
}

class BrokenKeyFrame : public testing::TestWithParam<MediaCodec> {
 protected:
  const KeyFrame key_ = test::firstKeyFrame(test::generatedVideo(GetParam()));
};

INSTANTIATE_TEST_SUITE_P(Codecs, BrokenKeyFrame,
                         testing::Values(test::kH264Clip, test::kH265Clip, test::kMjpegClip),
                         [](const auto& test) { return test.param.name; });

TEST_P(BrokenKeyFrame, DecodesWhole) {
  EXPECT_EQ(outcome(*key_.parameters, key_.data), "");
}

/// The last NAL unit, the picture's, is made shorter, and its length with it.
TEST_P(BrokenKeyFrame, IsRefusedWhereItIsCut) {
  for (const double part : {0.05, 0.3, 0.6}) {
    Bytes cut;
    const auto keep = [part](ByteView whole) {
      return whole.first(static_cast<size_t>(static_cast<double>(whole.size()) * part));
    };
    if (GetParam().codec == Codec::kMjpeg) {
      const ByteView kept = keep(key_.data);
      cut.assign(kept.begin(), kept.end());
    } else {
      nal::forEachNal(key_.data, [&](ByteView nal) {
        nal::appendNal(cut, nal.size() > key_.data.size() / 2 ? keep(nal) : nal);
      });
    }
    EXPECT_EQ(outcome(*key_.parameters, cut), "ERR_DECODE") << part;
  }
}

TEST_P(BrokenKeyFrame, IsAPictureOrATypedErrorWhereverItIsDamaged) {
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 60; ++round) {
    Bytes damaged = key_.data;
    for (int i = 0; i < 1 + round % 8; ++i) {
      damaged[random() % damaged.size()] ^= static_cast<uint8_t>(1U << random() % 8);
    }
    const std::string code = outcome(*key_.parameters, damaged);
    if (!code.empty()) ++refused;
    EXPECT_TRUE(code.empty() || code == "ERR_DECODE" || code == "ERR_LIMIT") << code;
  }
  EXPECT_GT(refused, 0);
}

TEST_P(BrokenKeyFrame, IsRefusedWhereItIsNothing) {
  EXPECT_EQ(outcome(*key_.parameters, {}), "ERR_DECODE");
  EXPECT_EQ(outcome(*key_.parameters, Bytes(100, 0xFF)), "ERR_DECODE");
  EXPECT_EQ(outcome(*key_.parameters, Bytes(100, 0)), "ERR_DECODE");
}

TEST_P(BrokenKeyFrame, IsRefusedWhereItIsTooLong) {
  Bytes endless = key_.data;
  endless.resize(kMaxKeyFrameBytes + 1);
  EXPECT_EQ(outcome(*key_.parameters, endless), "ERR_LIMIT");
}

TEST(LyingParameters, AreNoPicturesOfAnotherCodec) {
  const KeyFrame h264 = test::firstKeyFrame(test::generatedVideo(test::kH264Clip));
  const KeyFrame h265 = test::firstKeyFrame(test::generatedVideo(test::kH265Clip));
  const KeyFrame mjpeg = test::firstKeyFrame(test::generatedVideo(test::kMjpegClip));
  EXPECT_EQ(outcome(*h264.parameters, h265.data), "ERR_DECODE");
  EXPECT_EQ(outcome(*h265.parameters, h264.data), "ERR_DECODE");
  EXPECT_EQ(outcome(*mjpeg.parameters, h264.data), "ERR_DECODE");
  CodecParameters sound;
  sound.codec = Codec::kOpus;
  EXPECT_EQ(outcome(sound, h264.data), "ERR_INVALID_ARGUMENT");
}

TEST(LyingParameters, AreNotBelievedWithoutSets) {
  const KeyFrame key = test::firstKeyFrame(test::generatedVideo(test::kH264Clip));
  CodecParameters bare = *key.parameters;
  bare.decoderConfiguration.clear();
  Bytes slices;
  nal::forEachNal(key.data, [&](ByteView nal) {
    if (h264::nalType(nal) == h264::kNalIdr) nal::appendNal(slices, nal);
  });
  EXPECT_EQ(outcome(bare, slices), "ERR_DECODE");
  bare.decoderConfiguration = Bytes(40, 0xA5);
  EXPECT_EQ(outcome(bare, key.data), "ERR_DECODE");
}

Bytes hugeSps() {
  BitWriter out;
  out.bits(66, 8).bits(0, 8).bits(51, 8).ue(0).ue(0).ue(2);
  constexpr uint64_t kMacroblocks = 16384 / 16;
  out.ue(1).flag(false).ue(kMacroblocks - 1).ue(kMacroblocks - 1);
  out.flag(true).flag(true).flag(false).flag(false);
  return out.nal(0x67);
}

TEST(HugePictures, AreRefusedByTheirParameters) {
  const KeyFrame key = test::firstKeyFrame(test::generatedVideo(test::kH264Clip));
  const auto huge = h264::makeParameters(hugeSps(), key.parameters->pps);
  ASSERT_NE(huge, nullptr);
  EXPECT_EQ(huge->width, 16384);
  EXPECT_EQ(outcome(*huge, key.data), "ERR_LIMIT");
  // A record that claims another size than the parameters around it.
  CodecParameters lying = *huge;
  lying.width = 320;
  lying.height = 180;
  Bytes slices;
  nal::forEachNal(key.data, [&](ByteView nal) {
    if (h264::nalType(nal) == h264::kNalIdr) nal::appendNal(slices, nal);
  });
  EXPECT_EQ(outcome(lying, slices), "ERR_DECODE");
}

TEST(HugePictures, AreRefusedByTheSetsInTheUnit) {
  const KeyFrame key = test::firstKeyFrame(test::generatedVideo(test::kH264Clip));
  Bytes unit;
  nal::appendNal(unit, hugeSps());
  unit.insert(unit.end(), key.data.begin(), key.data.end());
  EXPECT_EQ(outcome(*key.parameters, unit), "ERR_LIMIT");
}

TEST(HugePictures, AreRefusedByAJpegsHeader) {
  const KeyFrame key = test::firstKeyFrame(test::generatedVideo(test::kMjpegClip));
  const Bytes frameHeader = {0xFF, 0xC0, 0x00, 0x11, 0x08};
  const auto claim = [&](uint16_t width, uint16_t height) {
    Bytes image = key.data;
    const auto at = std::search(image.begin(), image.end(), frameHeader.begin(), frameHeader.end());
    const auto size = ByteWriter().u16(height).u16(width).take();
    std::copy(size.begin(), size.end(), at + static_cast<std::ptrdiff_t>(frameHeader.size()));
    return image;
  };
  EXPECT_EQ(outcome(*key.parameters, claim(65500, 65500)), "ERR_LIMIT");
  EXPECT_EQ(outcome(*key.parameters, claim(4000, 4000)), "ERR_DECODE");
  EXPECT_EQ(outcome(*key.parameters, claim(0, 0)), "ERR_DECODE");
}

}  // namespace
}  // namespace flux::video
