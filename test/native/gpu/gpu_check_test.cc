// scripts/gpu-check.sh and what it measures with: that they work, not how fast anything is.
#include "../video/decoded_clip.h"
#include "fake_driver.h"
#include "gpu/nvdec_decoder.h"
#include "load.h"
#include "nvdec_clips.h"
#include "peer.h"

namespace flux::gpu::test {
namespace {

std::string textOf(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(GpuCheck, RunsFromTheTestsToTheTableOnTheFakeDriver) {
  const flux::test::TemporaryDirectory dir;
  const auto result =
      flux::test::runCommand("FLUXVISION_DRIVER_DIR=" FLUX_FAKE_DRIVER_DIR " " FLUX_SOURCE_DIR
                             "/scripts/gpu-check.sh --quick --build " FLUX_BINARY_DIR " --out " +
                             dir.path());
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_NE(textOf(dir.file("tests.txt")).find("1 test"), std::string::npos) << result.output;
  EXPECT_NE(textOf(dir.file("traces/trace-h264.txt")).find("\nshow 15 "), std::string::npos);
  EXPECT_NE(textOf(dir.file("fake-against-gpu.txt")).find("as on Fake GPU"), std::string::npos);
  const std::string lines = textOf(dir.file("results.jsonl"));
  for (const char* part :
       {R"("case":"H264 192x160, delay","value":0,"unit":"frames","peer":)",
        R"("case":"H265 192x160, 3 sessions","value":)",
        R"("case":"H265 192x160, 3 cameras of 25 frames/s, processor","value":)",
        R"("case":"H264 192x160, 3 cameras of 25 frames/s, latency, median","value":)"}) {
    EXPECT_NE(lines.find(part), std::string::npos) << part << "\n" << lines;
  }
  EXPECT_NE(textOf(dir.file("table.md")).find("| H264 192x160, 1 session |"), std::string::npos);
}

TEST(GpuCheck, CountsEveryPictureThatManySessionsDecode) {
  const Units units = unitsOf(kPlain);
  for (const double framesPerSecond : {0.0, 50.0}) {
    const LoadResult result = runLoad(
        units, [&](int) { return video::makeAvDecoder({.parameters = units.front().parameters}); },
        {.sessions = 5, .threads = 2, .seconds = 0.2, .framesPerSecond = framesPerSecond});
    EXPECT_EQ(result.sessions, 5);
    EXPECT_GT(result.frames, 0U);
    EXPECT_EQ(result.errors, 0U);
    EXPECT_EQ(result.missing, 0U);
    EXPECT_GE(result.threads, 3);
  }
}

TEST(GpuCheck, GoesOnWithTheSessionsThatCouldBeOpened) {
  const Units units = unitsOf(kPlain);
  const LoadResult result =
      runLoad(units,
              [&](int session) {
                if (session == 2) throw Error("ERR_GPU_MEMORY", "full");
                return video::makeAvDecoder({.parameters = units.front().parameters});
              },
              {.sessions = 5, .threads = 2, .seconds = 0.1});
  EXPECT_EQ(result.sessions, 2);
  EXPECT_EQ(result.whyNotMore, "ERR_GPU_MEMORY: full");
}

TEST(GpuCheck, MeasuresFfmpegProcessesAndEndsThem) {
  const PeerResult result = runPeers("ffmpeg", {"-threads", "1"}, pathOf(kPlain), 2, 0.3);
  EXPECT_EQ(result.processes, 2);
  EXPECT_GT(result.framesPerSecond, 0);
  EXPECT_EQ(codeOf([] { runPeers("ffmpeg", {}, "/nowhere.mkv", 1, 0.1); }), "ERR_DECODER");
  EXPECT_EQ(codeOf([] { runPeers("/nowhere/ffmpeg", {}, pathOf(kPlain), 1, 0.1); }),
            "ERR_NOT_FOUND");
}

}  // namespace
}  // namespace flux::gpu::test
