// Pictures and slices that are missing although no transport says so.
#include "damaged_parts.h"
#include "decoder_clips.h"
#include "video/av_decoder.h"

namespace flux::video {
namespace {

using test::Decoded;
using test::kGroup;
using test::Units;

std::string md5Of(const Frame& picture) {
  return test::md5Of(picture.av());
}

class UntoldLoss : public testing::TestWithParam<const char*> {
 protected:
  static Decoded decode(const Units& units, int threads = 1) {
    const auto decoder =
        makeAvDecoder({.parameters = units.front().parameters, .threads = threads});
    return test::decodeAll(*decoder, units);
  }
  const Units units_ = test::withSets(test::unitsOf(test::pathOf(test::clip(GetParam()))));
  const Decoded whole_ = decode(units_);
};

class EveryClip : public UntoldLoss {};
INSTANTIATE_TEST_SUITE_P(Clips, EveryClip,
                         testing::Values("H264", "H264BPyramid", "H264OpenGop", "H264Interlaced",
                                         "H264InterlacedBff", "H264High10", "H264High444",
                                         "H264Slices", "H264Baseline", "H265", "H265BPyramid",
                                         "H265OpenGop", "H265Main10", "H265Slices",
                                         "H265Wavefronts", "H265Small"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(EveryClip, IsTrustedWhereNothingIsMissing) {
  for (const DecodedFrame& frame : whole_.frames) EXPECT_FALSE(frame.concealed) << frame.timestamp;
  EXPECT_EQ(whole_.frames.size(), units_.size());
}

TEST_P(EveryClip, IsTrustedWithoutThePicturesThatNoneRefersTo) {
  Units units = units_;
  std::erase_if(units, [](const AccessUnit& unit) { return !isReference(unit); });
  for (const DecodedFrame& frame : decode(units).frames) {
    EXPECT_FALSE(frame.concealed) << frame.timestamp;
  }
}

class WithReferences : public UntoldLoss {};
INSTANTIATE_TEST_SUITE_P(Clips, WithReferences,
                         testing::Values("H264", "H264BPyramid", "H264Interlaced", "H264Slices",
                                         "H264Baseline", "H265", "H265BPyramid", "H265OpenGop",
                                         "H265Main10", "H265Slices", "H265Wavefronts"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(WithReferences, ShowsNoWrongPictureWhereOneIsMissing) {
  for (const size_t at : {size_t{1}, size_t{4}, size_t{9}}) {
    for (const int threads : {1, 3}) {
      Units units = units_;
      const size_t lost = test::referenceFrom(units, at);
      units.erase(units.begin() + static_cast<ptrdiff_t>(lost));
      const std::string what = "unit " + std::to_string(lost);
      const size_t concealed = expectNoWrongPicture(whole_, decode(units, threads),
                                                    test::cleanBehind(units_, lost), md5Of, what);
      if (lost % kGroup < kGroup - 1) {
        EXPECT_GT(concealed, 0) << what;
      }
    }
  }
}

class InSlices : public UntoldLoss {};
INSTANTIATE_TEST_SUITE_P(Clips, InSlices, testing::Values("H264Slices", "H265Slices"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(InSlices, ShowsNoWrongPictureWhereASliceIsMissing) {
  // Before a layout could be learned, behind that, and in a key frame.
  for (const size_t at : {size_t{2}, size_t{8}, kGroup}) {
    ASSERT_GT(test::slicesOf(units_[at]), 1);
    for (int slice = 0; slice < test::slicesOf(units_[at]); ++slice) {
      Units units = units_;
      units[at] = test::withoutSlice(units[at], slice);
      const std::string what = "slice " + std::to_string(slice) + " of " + std::to_string(at);
      const Decoded damaged = decode(units);
      const int64_t clean = test::cleanBehind(units_, at);
      const size_t concealed = expectNoWrongPicture(whole_, damaged, clean, md5Of, what);
      EXPECT_EQ(concealed + damaged.errors.size(), kGroup - at % kGroup) << what;
    }
  }
}

/// Where a slice of H.265 ends shows in nothing but what is decoded from it.
class Truncated : public UntoldLoss {};
INSTANTIATE_TEST_SUITE_P(Clips, Truncated, testing::Values("H264", "H264BPyramid", "H264Slices"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(Truncated, ShowsNoWrongPictureWhereTheEndOfASliceIsMissing) {
  for (const size_t at : {size_t{0}, size_t{3}, size_t{7}}) {
    for (const size_t percent : {10U, 30U, 50U, 70U, 90U}) {
      Units units = units_;
      Bytes cut;
      nal::forEachNal(units[at].data, [&](ByteView nal) {
        const bool slice = test::isSlice(units[at].parameters->codec, nal);
        nal::appendNal(cut,
                       slice ? nal.first(std::max<size_t>(4, nal.size() * percent / 100)) : nal);
      });
      units[at].data = std::move(cut);
      const std::string what = std::to_string(percent) + " % of " + std::to_string(at);
      expectNoWrongPicture(whole_, decode(units), test::cleanBehind(units_, at), md5Of, what);
    }
  }
}

}  // namespace
}  // namespace flux::video
