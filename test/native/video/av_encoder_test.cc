// Encoders of libavcodec, held to what every encoder promises.
#include "video/av_encoder.h"

#include "encoder_contract.h"

namespace flux::test {
namespace {

std::vector<EncoderCase> everyBackend() {
  std::vector<EncoderCase> out;
  for (const Codec codec : {Codec::kH264, Codec::kH265}) {
    for (const std::string& name : video::avEncoders(codec)) {
      out.push_back({.name = name,
                     .codec = codec,
                     .make =
                         [name](const video::EncoderOptions& options) {
                           return video::makeAvEncoder(options, name);
                         },
                     .changesBitrateAtOnce = name == "libx264"});
    }
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(Av, EncoderContract, testing::ValuesIn(everyBackend()),
                         [](const auto& tested) { return tested.param.name; });

TEST(AvEncoder, TakesTheFirstOfWhatLibavcodecHas) {
  const video::EncoderOptions options{.size = {64, 64}};
  const auto names = video::avEncoders(Codec::kH264);
  ASSERT_FALSE(names.empty()) << "this libavcodec has no H.264 encoder";
  EXPECT_EQ(video::makeAvEncoder(options)->backend(), names.front());
  EXPECT_TRUE(video::avEncoders(Codec::kMjpeg).empty());
}

TEST(AvEncoder, NamesWhatToInstallWhereAnEncoderIsMissing) {
  try {
    video::makeAvEncoder({.size = {64, 64}}, "libnonesuch");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_UNSUPPORTED");
    EXPECT_NE(std::string(error.what()).find("libx264 or libopenh264"), std::string::npos);
  }
}

TEST(AvEncoder, EncodesSlicesAtTheSameTimeWhereAskedTo) {
  const auto encoder = video::makeAvEncoder({.size = {640, 360}, .threads = 2});
  UnitDecoder decoder(Codec::kH264);
  for (int i = 0; i < 5; ++i) {
    const auto unit =
        encoder->encode({.picture = movingPicture(i, {640, 360}), .timestamp = int64_t{i} * 40000});
    ASSERT_EQ(decoder.decode(*unit).size(), 1U);
  }
}

TEST(AvEncoder, RefusesABitrateThatItCannotGive) {
  const auto encoder = video::makeAvEncoder({.size = {64, 64}});
  EXPECT_THROW(encoder->setBitrate(0), Error);
  EXPECT_THROW(encoder->setBitrate(INT64_MAX), Error);
  EXPECT_TRUE(encoder->encode({.picture = movingPicture(0, {64, 64})})->keyFrame);
}

}  // namespace
}  // namespace flux::test
