// What every video::Encoder keeps to, whatever is behind it: instantiated by the tests of each.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <ostream>
#include <string>

#include "codec/h264.h"
#include "codec/h265.h"
#include "moving_picture.h"

namespace flux::test {

struct EncoderCase {
  std::string name;
  Codec codec = Codec::kH264;
  std::function<std::unique_ptr<video::Encoder>(const video::EncoderOptions&)> make;
  bool changesBitrateAtOnce = true;
};

inline void PrintTo(const EncoderCase& tested, std::ostream* out) {
  *out << tested.name;
}

class EncoderContract : public testing::TestWithParam<EncoderCase> {
 protected:
  static constexpr video::Size kSize{320, 180};
  static constexpr int kFps = 25;

  static video::EncoderOptions options() {
    video::EncoderOptions out;
    out.codec = GetParam().codec;
    out.size = kSize;
    out.frameRate = kFps;
    out.bitrate = 1'000'000;
    out.keyFrameEvery = 50;
    return out;
  }
  static std::unique_ptr<video::Encoder> make(const video::EncoderOptions& options) {
    return GetParam().make(options);
  }
  static video::Encoder::Input input(int number, bool keyFrame = false) {
    return {.picture = movingPicture(number, kSize),
            .timestamp = int64_t{number} * 1000000 / kFps,
            .arrivalMicros = 7000 + number,
            .arrivalWallMs = 9000 + number,
            .keyFrame = keyFrame};
  }
  /// Types of the NAL units in `unit`, in order.
  static std::vector<int> typesOf(const AccessUnit& unit) {
    std::vector<int> types;
    const bool whole = nal::forEachNal(unit.data, [&](ByteView nal) {
      types.push_back(GetParam().codec == Codec::kH264 ? h264::nalType(nal) : h265::nalType(nal));
    });
    EXPECT_TRUE(whole) << "a length leads outside the unit";
    return types;
  }
  static std::vector<int> parameterSetTypes() {
    if (GetParam().codec == Codec::kH264) return {h264::kNalSps, h264::kNalPps};
    return {h265::kNalVps, h265::kNalSps, h265::kNalPps};
  }
};

TEST_P(EncoderContract, GivesTheUnitOfEveryFrameAtOnceAndItDecodes) {
  const auto encoder = make(options());
  UnitDecoder decoder(GetParam().codec);
  std::vector<std::shared_ptr<AVFrame>> decoded;
  for (int i = 0; i < 60; ++i) {
    const AccessUnitPtr unit = encoder->encode(input(i));
    ASSERT_NE(unit, nullptr);
    EXPECT_EQ(unit->keyFrame, i == 0 || i == 50) << i;
    EXPECT_EQ(unit->clockRate, 90000U);
    EXPECT_EQ(unit->mediaTime, i * 3600);
    EXPECT_EQ(unit->arrivalMicros, 7000 + i);
    EXPECT_EQ(unit->arrivalWallMs, 9000 + i);
    std::ranges::move(decoder.decode(*unit), std::back_inserter(decoded));
  }
  std::ranges::move(decoder.flush(), std::back_inserter(decoded));
  ASSERT_EQ(decoded.size(), 60U);
  for (int i = 0; i < 60; ++i) {
    EXPECT_GT(lumaPsnr(*decoded[i], movingPicture(i, kSize).av()), 35) << i;
  }
}

TEST_P(EncoderContract, PutsParameterSetsBeforeEachKeyFrameAndNothingElseBesidesPictures) {
  const auto encoder = make(options());
  CodecParametersPtr parameters;
  for (int i = 0; i < 55; ++i) {
    const AccessUnitPtr unit = encoder->encode(input(i));
    if (i == 0) parameters = unit->parameters;
    EXPECT_EQ(unit->parameters, parameters) << "one object as long as they are the same";
    const std::vector<int> types = typesOf(*unit);
    const std::vector<int> sets = parameterSetTypes();
    ASSERT_GT(types.size(), unit->keyFrame ? sets.size() : 0);
    if (unit->keyFrame) {
      EXPECT_TRUE(std::equal(sets.begin(), sets.end(), types.begin()));
    }
    EXPECT_EQ(
        std::ranges::count_if(types, [&](int type) { return std::ranges::count(sets, type) > 0; }),
        unit->keyFrame ? static_cast<ptrdiff_t>(sets.size()) : 0);
  }
  EXPECT_EQ(parameters->codec, GetParam().codec);
  EXPECT_EQ(parameters->width, kSize.width);
  EXPECT_EQ(parameters->height, kSize.height);
  EXPECT_EQ(parameters->reorderDepth, 0);
  EXPECT_FALSE(parameters->decoderConfiguration.empty());
}

TEST_P(EncoderContract, MakesAKeyFrameOfExactlyTheFrameThatItIsAskedFor) {
  const auto encoder = make(options());
  for (int i = 0; i < 90; ++i) {
    const AccessUnitPtr unit = encoder->encode(input(i, i == 13 || i == 14 || i == 70));
    // And the distance counts from the one that was asked for.
    EXPECT_EQ(unit->keyFrame, i == 0 || i == 13 || i == 14 || i == 64 || i == 70) << i;
  }
}

TEST_P(EncoderContract, FollowsANewBitrateWithinTwoSecondsWithoutNewParameterSets) {
  auto wanted = options();
  wanted.bitrate = 1'500'000;
  wanted.keyFrameEvery = 25;
  const auto encoder = make(wanted);
  std::mt19937 random(7);
  const auto noisy = [&](int i) {
    auto in = input(i);
    const auto frame = newFrame(kSize, AV_PIX_FMT_YUV420P);
    av_frame_copy(frame.get(), &in.picture.av());
    for (int y = 0; y < kSize.height; ++y) {
      for (int x = 0; x < kSize.width; ++x) {
        uint8_t& pixel = frame->data[0][y * frame->linesize[0] + x];
        pixel = static_cast<uint8_t>(
            std::clamp<int>(pixel + static_cast<int>(random() % 41) - 20, 16, 235));
      }
    }
    frame->colorspace = AVCOL_SPC_BT709;
    in.picture = video::Frame(std::shared_ptr<const AVFrame>(frame));
    return in;
  };
  CodecParametersPtr parameters;
  const auto bitsOf = [&](int from, int to) {
    size_t bytes = 0;
    for (int i = from; i < to; ++i) {
      const AccessUnitPtr unit = encoder->encode(noisy(i));
      if (parameters == nullptr) parameters = unit->parameters;
      if (GetParam().changesBitrateAtOnce) {
        EXPECT_EQ(unit->parameters, parameters);
        EXPECT_EQ(unit->keyFrame, i % 25 == 0) << i;
      }
      bytes += unit->data.size();
    }
    return static_cast<double>(bytes) * 8 * kFps / (to - from);
  };
  bitsOf(0, 50);
  const double before = bitsOf(50, 100);
  EXPECT_NEAR(before, 1.5e6, 0.3e6);
  encoder->setBitrate(400'000);
  bitsOf(100, 150);
  EXPECT_NEAR(bitsOf(150, 200), 0.4e6, 0.1e6);
  if (!GetParam().changesBitrateAtOnce) return;  // slow ones need not show it twice
  encoder->setBitrate(1'200'000);
  bitsOf(200, 250);
  EXPECT_NEAR(bitsOf(250, 300), 1.2e6, 0.25e6);
}

TEST_P(EncoderContract, SpendsOnNoFrameMoreThanItsBufferHolds) {
  auto wanted = options();
  wanted.bitrate = 300'000;
  const auto encoder = make(wanted);
  for (int i = 0; i < 50; ++i) {
    // A cut in every tenth frame, and a key frame in some.
    auto in = input(i, i == 25);
    in.picture = movingPicture(i / 10 * 1000 + i, kSize);
    const AccessUnitPtr unit = encoder->encode(in);
    EXPECT_LT(static_cast<double>(unit->data.size()) * 8, 0.6 * 300'000) << i;
  }
}

TEST_P(EncoderContract, ScalesPicturesOfAnotherSizeAndFormat) {
  const auto encoder = make(options());
  UnitDecoder decoder(GetParam().codec);
  int number = 0;
  for (const AVPixelFormat format : {AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P}) {
    for (const video::Size size : {video::Size{640, 360}, kSize, video::Size{322, 182}}) {
      auto in = input(number++);
      in.picture = movingPicture(0, size, format);
      const auto decoded = decoder.decode(*encoder->encode(in));
      ASSERT_EQ(decoded.size(), 1U);
      EXPECT_EQ(decoded[0]->width, kSize.width);
      EXPECT_EQ(decoded[0]->height, kSize.height);
      if (size == kSize) {
        EXPECT_GT(lumaPsnr(*decoded[0], in.picture.av()), 33);
      }
    }
  }
}

TEST_P(EncoderContract, SaysInTheStreamWhatItsColoursAre) {
  for (const bool full : {false, true}) {
    auto wanted = options();
    wanted.colour = {video::Matrix::kBt601, full};
    const auto encoder = make(wanted);
    UnitDecoder decoder(GetParam().codec);
    const auto decoded = decoder.decode(*encoder->encode(input(0)));
    ASSERT_EQ(decoded.size(), 1U);
    EXPECT_EQ(decoded[0]->colorspace, AVCOL_SPC_SMPTE170M);
    EXPECT_EQ(decoded[0]->color_range, full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG);
  }
}

TEST_P(EncoderContract, RefusesWhatNoEncoderTakes) {
  const auto codeOf = [](const std::function<void(video::EncoderOptions&)>& change) {
    auto wanted = options();
    change(wanted);
    try {
      make(wanted);
    } catch (const Error& error) {
      return error.code();
    }
    return std::string("none");
  };
  const std::string refused = "ERR_INVALID_ARGUMENT";
  EXPECT_EQ(codeOf([](auto& wanted) { wanted.size = {321, 180}; }), refused);
  EXPECT_EQ(codeOf([](auto& wanted) { wanted.size = {0, 0}; }), refused);
  EXPECT_EQ(codeOf([](auto& wanted) { wanted.size = {1 << 30, 1 << 30}; }), refused);
  EXPECT_EQ(codeOf([](auto& wanted) { wanted.frameRate = 0; }), refused);
  EXPECT_EQ(codeOf([](auto& wanted) { wanted.frameRate = NAN; }), refused);
  EXPECT_EQ(codeOf([](auto& wanted) { wanted.bitrate = -1; }), refused);
  EXPECT_EQ(codeOf([](auto& wanted) { wanted.keyFrameEvery = 0; }), refused);
  EXPECT_EQ(codeOf([](auto& wanted) { wanted.codec = Codec::kMjpeg; }), refused);
  EXPECT_EQ(codeOf([](auto&) {}), "none");
}

}  // namespace flux::test
