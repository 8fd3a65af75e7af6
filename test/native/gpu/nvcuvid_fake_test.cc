// The fake libnvcuvid: that it does what NVIDIA's was seen to do, and notices what it must.
#include <sstream>

#include "gpu/result.h"
#include "gpu/stream.h"
#include "nvcuvid_trace.h"
#include "nvdec_fixture.h"

namespace flux::gpu::test {
namespace {

using Lines = std::vector<std::string>;

size_t countOf(const Lines& lines, const std::string& word) {
  return static_cast<size_t>(std::ranges::count_if(
      lines, [&](const std::string& line) { return line.starts_with(word + " "); }));
}

/// Packets that went in before the picture with this number was decoded, or shown.
size_t packetsBefore(const Lines& lines, const std::string& event) {
  size_t packets = 0;
  for (const std::string& line : lines) {
    if (line.starts_with("packet ")) ++packets;
    if (line.starts_with(event + " ")) return packets;
  }
  return 0;
}

int surfacesOf(const Lines& lines) {
  for (const std::string& line : lines) {
    const size_t at = line.find(" surfaces ");
    if (line.starts_with("sequence ") && at != std::string::npos) {
      return std::atoi(line.c_str() + at + 10);
    }
  }
  return 0;
}

class NvcuvidTrace : public NvdecTest {
 protected:
  Lines traceOf(const Units& units, bool lowDelay, bool endOfPicture = true) {
    TraceInput input = traceInputOf("clip", units, lowDelay);
    input.endOfPicture = endOfPicture;
    return trace(device_, input);
  }
};

TEST_F(NvcuvidTrace, HoldsAWholePictureBufferWhereTheSpsDoesNotTellTheOrder) {
  const Units units = withoutVui(unitsOf(kCamera));
  const int held = units.front().parameters->reorderDepth;
  ASSERT_GT(held, 2);
  const Lines lines = traceOf(units, false);
  EXPECT_EQ(surfacesOf(lines), held + 1);
  EXPECT_EQ(packetsBefore(lines, "show 0"), static_cast<size_t>(held) + 1);
  EXPECT_EQ(countOf(lines, "show"), units.size());
}

TEST_F(NvcuvidTrace, HoldsNothingWhereTheSpsPromisesDecodingOrder) {
  const Units units = withoutVui(unitsOf(kCamera));
  const Lines lines = traceOf(units, true);
  for (size_t i = 0; i < units.size(); ++i) {
    EXPECT_EQ(packetsBefore(lines, "show " + std::to_string(i)), i + 1);
  }
  EXPECT_LE(surfacesOf(lines), 1 + units.front().parameters->reorderDepth);
}

TEST_F(NvcuvidTrace, DecodesInTheSameCallWithEndOfPictureAndOneLaterWithout) {
  const Units units = unitsOf(kPlain);
  EXPECT_EQ(packetsBefore(traceOf(units, false, true), "decode 5"), 6U);
  EXPECT_EQ(packetsBefore(traceOf(units, false, false), "decode 5"), 7U);
}

TEST_F(NvcuvidTrace, AnnouncesASequenceOnceHoweverOftenItsSpsComes) {
  const Units units = unitsOf(kPlain);
  ASSERT_EQ(std::ranges::count(units, true, &AccessUnit::keyFrame), 3);
  EXPECT_EQ(countOf(traceOf(units, false), "sequence"), 1U);
}

TEST_F(NvcuvidTrace, ShowsPicturesInTheOrderOfPresentation) {
  for (const Clip& clip : {kWithB, Clip{"H265B", "192x160", X265 "bframes=4:b-adapt=0"}}) {
    const Lines lines = traceOf(unitsOf(clip), false);
    std::vector<int64_t> shown;
    for (const std::string& line : lines) {
      if (line.starts_with("show ")) shown.push_back(std::atoll(&line[line.find(" pts ") + 5]));
    }
    EXPECT_EQ(shown.size(), 30U);
    EXPECT_TRUE(std::ranges::is_sorted(shown)) << clip.name;
  }
}

TEST_F(NvcuvidTrace, ComesBackFromAFileAsItWasWritten) {
  const TraceInput input = traceInputOf("a clip", unitsOf(kH265), false);
  const Lines lines = trace(device_, input);
  const TraceFile file = readTrace(writeTrace(input, lines, "Fake GPU"));
  EXPECT_EQ(file.input.name, "a clip");
  EXPECT_EQ(file.input.codec, Codec::kH265);
  EXPECT_EQ(file.madeBy, "Fake GPU");
  EXPECT_EQ(file.lines, lines);
  EXPECT_EQ(trace(device_, file.input), lines);
  for (const char* bad : {"", "nothing", "nvcuvid trace 1\ndata 5", "nvcuvid trace 1\ndata 5 xx"}) {
    EXPECT_EQ(codeOf([&] { readTrace(bad); }), "ERR_CONTAINER") << bad;
  }
}

/// Traces that were recorded on GPUs: test/native/data/nvcuvid/*.txt.
TEST_F(NvcuvidTrace, DoesWhatWasRecordedOnAGpu) {
  const std::filesystem::path folder = FLUX_TEST_DATA "/nvcuvid";
  size_t compared = 0;
  if (std::filesystem::exists(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream in(entry.path());
      const TraceFile file = readTrace({std::istreambuf_iterator<char>(in), {}});
      EXPECT_EQ(trace(device_, file.input), file.lines) << entry.path() << ", " << file.madeBy;
      ++compared;
    }
  }
  if (compared == 0) GTEST_SKIP() << "no trace of a GPU has been recorded (scripts/gpu-check.sh)";
}

class NvcuvidContract : public NvdecTest {
 protected:
  static CUVIDDECODECREATEINFO info() {
    CUVIDDECODECREATEINFO out{};
    out.CodecType = cudaVideoCodec_H264;
    out.ChromaFormat = cudaVideoChromaFormat_420;
    out.ulWidth = out.ulMaxWidth = out.ulTargetWidth = 192;
    out.ulHeight = out.ulMaxHeight = out.ulTargetHeight = 160;
    out.ulNumDecodeSurfaces = 4;
    out.ulNumOutputSurfaces = 1;
    out.display_area = {0, 0, 192, 160};
    return out;
  }
  static int create(CUVIDDECODECREATEINFO from, CUvideodecoder& decoder) {
    return driver().cuvidCreateDecoder(&decoder, &from);
  }
  Lines violations() { return control().takeViolations(); }
};

TEST_F(NvcuvidContract, RefusesWhatTheDriverRefuses) {
  const ContextScope scope(*device_);
  CUvideodecoder decoder = nullptr;
  auto tooMany = info();
  tooMany.ulNumDecodeSurfaces = 33;
  EXPECT_EQ(create(tooMany, decoder), kInvalidValue);
  auto nowhere = info();
  nowhere.ulTargetWidth = 0;
  EXPECT_EQ(create(nowhere, decoder), kOutOfMemory);
  auto deep = info();
  deep.bitDepthMinus8 = 2;
  EXPECT_EQ(create(deep, decoder), kNotSupported);
  EXPECT_EQ(decoder, nullptr);
}

TEST_F(NvcuvidContract, NoticesThatNoContextIsCurrent) {
  fakeCudaCollectViolations(true);
  CUvideodecoder decoder = nullptr;
  EXPECT_EQ(create(info(), decoder), kInvalidContext);
  fakeCudaCollectViolations(false);
}

TEST_F(NvcuvidContract, NoticesMoreMappedFramesThanOutputSurfaces) {
  const ContextScope scope(*device_);
  const Stream stream(*device_);
  CUvideodecoder decoder = nullptr;
  ASSERT_EQ(create(info(), decoder), 0);
  CUVIDPROCPARAMS how{};
  how.output_stream = stream.get();
  unsigned long long address = 0;
  unsigned pitch = 0;
  ASSERT_EQ(driver().cuvidMapVideoFrame(decoder, 0, &address, &pitch, &how), 0);
  EXPECT_EQ(pitch, 512U);
  unsigned long long second = 0;
  EXPECT_NE(driver().cuvidMapVideoFrame(decoder, 1, &second, &pitch, &how), 0);
  EXPECT_EQ(violations().size(), 1U);
  stream.synchronize();
  ASSERT_EQ(driver().cuvidUnmapVideoFrame(decoder, address), 0);
  EXPECT_NE(driver().cuvidUnmapVideoFrame(decoder, address), 0);
  EXPECT_EQ(violations().size(), 1U) << "unmapped twice";
  ASSERT_EQ(driver().cuvidDestroyDecoder(decoder), 0);
}

TEST_F(NvcuvidContract, NoticesADecoderThatIsDestroyedWithAFrameMapped) {
  const ContextScope scope(*device_);
  const Stream stream(*device_);
  CUvideodecoder decoder = nullptr;
  ASSERT_EQ(create(info(), decoder), 0);
  CUVIDPROCPARAMS how{};
  how.output_stream = stream.get();
  unsigned long long address = 0;
  unsigned pitch = 0;
  ASSERT_EQ(driver().cuvidMapVideoFrame(decoder, 0, &address, &pitch, &how), 0);
  stream.synchronize();
  driver().cuvidDestroyDecoder(decoder);
  EXPECT_EQ(violations().size(), 1U);
  driver().cuvidDestroyDecoder(decoder);
  EXPECT_EQ(violations().size(), 1U) << "there is no such decoder any more";
}

TEST_F(NvcuvidContract, NoticesReconfiguringOutsideOfTheSequenceCallback) {
  const ContextScope scope(*device_);
  CUvideodecoder decoder = nullptr;
  ASSERT_EQ(create(info(), decoder), 0);
  CUVIDRECONFIGUREDECODERINFO smaller{};
  smaller.ulWidth = smaller.ulHeight = smaller.ulTargetWidth = smaller.ulTargetHeight = 96;
  smaller.ulNumDecodeSurfaces = 4;
  EXPECT_NE(driver().cuvidReconfigureDecoder(decoder, &smaller), 0);
  EXPECT_EQ(violations().size(), 1U);
  driver().cuvidDestroyDecoder(decoder);
}

}  // namespace
}  // namespace flux::gpu::test
