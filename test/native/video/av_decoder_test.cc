// Every picture of a clip as ffmpeg decodes it, in the same order, each with what its unit says.
#include "video/av_decoder.h"

#include <gtest/gtest.h>

#include "decoder_clips.h"

namespace flux::video {
namespace {

using test::Clip;
using test::Decoded;
using test::pathOf;
using test::Units;

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

INSTANTIATE_TEST_SUITE_P(Clips, AvDecoder, testing::ValuesIn(test::kClips),
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
