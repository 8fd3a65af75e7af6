// Pictures and slices that are missing although no transport says so: NVDEC's sessions show no
// wrong one, and say of each picture what the processor's decoder says of it.
#include "../video/damaged_parts.h"
#include "nvdec_fixture.h"

namespace flux::gpu::test {
namespace {

using flux::test::expectNoWrongPicture;

class NvdecUntoldLoss : public NvdecTest {
 protected:
  void expectAlike(const Units& whole, const Units& units, size_t at, const std::string& what) {
    const auto decoder = make(units);
    const Decoded onGpu = decodeEach(*decoder, units);
    const Decoded onCpu = onProcessor(units);
    const auto md5 = [](const video::Frame& picture) { return md5Of(picture); };
    expectNoWrongPicture(onProcessor(whole), onGpu, flux::test::cleanBehind(whole, at), md5, what);
    std::map<int64_t, bool> concealed;
    for (const auto& frame : onCpu.frames) concealed[frame.timestamp] = frame.concealed;
    for (const auto& frame : onGpu.frames) {
      const auto known = concealed.find(frame.timestamp);
      if (known == concealed.end()) continue;
      EXPECT_EQ(frame.concealed, known->second) << what << " at " << frame.timestamp;
    }
  }
};

TEST_F(NvdecUntoldLoss, OfAPictureIsSeenAsOnTheProcessor) {
  for (const Clip& clip : {kPlain, kWithB, kH265, clipOf("H265B"), clipOf("H265OpenGop")}) {
    const Units whole = unitsOf(clip);
    Units units = whole;
    const size_t lost = flux::test::referenceFrom(units, 4);
    units.erase(units.begin() + static_cast<ptrdiff_t>(lost));
    expectAlike(whole, units, lost, clip.name);
  }
}

TEST_F(NvdecUntoldLoss, OfASliceIsSeenAsOnTheProcessor) {
  for (const char* name : {"H264Slices", "H265Slices"}) {
    const Units whole = unitsOf(clipOf(name));
    ASSERT_GT(flux::test::slicesOf(whole[8]), 1) << name;
    Units units = whole;
    units[8] = flux::test::withoutSlice(units[8], 1);
    expectAlike(whole, units, 8, name);
  }
}

TEST_F(NvdecUntoldLoss, IsNotSeenWhereNothingIsMissing) {
  for (const Clip& clip : kClips) {
    const Units units = unitsOf(clip);
    const auto decoder = make(units);
    for (const auto& frame : decodeEach(*decoder, units).frames) {
      EXPECT_FALSE(frame.concealed) << clip.name << " at " << frame.timestamp;
    }
  }
}

}  // namespace
}  // namespace flux::gpu::test
