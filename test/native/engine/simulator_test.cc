// The simulator in front of the clients that people use: ffmpeg, ffprobe and GStreamer.
#include "../container/generated_clip.h"
#include "../rtsp/server_fixture.h"
#include "engine/clip_loader.h"

namespace flux::rtsp::test {
namespace {

using flux::test::CommandResult;
using flux::test::runCommand;

/// A clip at 100 frames per second, so that two seconds show its loop point several times.
ClipPtr realClip(int bFrames, bool h265 = false) {
  flux::test::ClipShape shape;
  shape.h265 = h265;
  shape.framesPerSecond = 100;
  shape.frames = 50;
  shape.keyFrameInterval = 20;
  shape.bFrames = bFrames;
  return loadClip(flux::test::generatedClip(shape));
}

class InteropTest : public ServerTest {
 protected:
  [[nodiscard]] std::string url(const std::string& path, const std::string& login = {}) const {
    return "rtsp://" + login + "127.0.0.1:" + std::to_string(server_->port()) + path;
  }
  [[nodiscard]] static CommandResult decode(const std::string& url, const std::string& options,
                                            int frames) {
    return runCommand("timeout 30 ffmpeg -nostdin -v warning " + options + " -threads 1 -i " + url +
                      " -fps_mode passthrough -frames:v " + std::to_string(frames) + " -f null -");
  }

  /// How many frames rtspsrc brings before it is told to stop. Judged by what arrived, not by the
  /// exit code: gst-launch also fails where its own PAUSE crosses the end of its connection.
  [[nodiscard]] int framesThroughGStreamer(int frames, const std::string& login,
                                           const std::string& codec = "h264") const {
    const flux::test::TemporaryDirectory dir;
    const std::string file = dir.file("received." + codec);
    runCommand("timeout 30 gst-launch-1.0 -q rtspsrc protocols=tcp " + login + " location=" +
               url("/cam1/main") + " ! rtp" + codec + "depay ! " + codec + "parse ! video/x-" +
               codec + ",stream-format=byte-stream,alignment=au ! identity eos-after=" +
               std::to_string(frames + 1) + " ! filesink location=" + file);
    const CommandResult count = runCommand(
        "ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 " + file);
    return count.status == 0 ? std::atoi(count.output.c_str()) : 0;
  }
};

class ServerInterop : public InteropTest, public testing::WithParamInterface<int> {
 protected:
  void SetUp() override { startWith({}, {}); }
  void startWith(const std::string& username, const std::string& password) {
    ServerOptions options;
    options.main = realClip(GetParam());
    options.cameras = 2;
    options.username = username;
    options.password = password;
    start(options);
  }
};

INSTANTIATE_TEST_SUITE_P(BFrames, ServerInterop, testing::Values(0, 3));

TEST_P(ServerInterop, FfmpegDecodesOverTheLoopPointWithoutAnError) {
  const CommandResult result = decode(url("/cam1/main"), "-rtsp_transport tcp", 120);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output, "");
}

TEST_P(ServerInterop, FfmpegFallsBackFromUdpToTcp) {
  EXPECT_EQ(decode(url("/cam1/main"), "", 20).status, 0);
}

TEST_P(ServerInterop, FfprobeReadsTheStreamDescription) {
  const CommandResult result = runCommand(
      "timeout 30 ffprobe -v error -rtsp_transport tcp -of default=nw=1:nk=1 "
      "-show_entries stream=codec_name,width,height,has_b_frames " +
      url("/cam2/sub"));
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output, GetParam() == 0 ? "h264\n320\n180\n0\n" : "h264\n320\n180\n2\n");
}

TEST_P(ServerInterop, GStreamerPlays) {
  EXPECT_EQ(framesThroughGStreamer(60, ""), 60);
}

TEST_P(ServerInterop, ClientsLogInWithDigest) {
  startWith("admin", "secret");
  EXPECT_EQ(decode(url("/cam1/main", "admin:secret@"), "-rtsp_transport tcp", 20).status, 0);
  EXPECT_NE(decode(url("/cam1/main", "admin:wrong@"), "-rtsp_transport tcp", 20).status, 0);
  EXPECT_NE(decode(url("/cam1/main"), "-rtsp_transport tcp", 20).status, 0);
  EXPECT_EQ(framesThroughGStreamer(20, "user-id=admin user-pw=secret"), 20);
  EXPECT_EQ(framesThroughGStreamer(20, "user-id=admin user-pw=wrong"), 0);
}

class ServerInteropH265 : public InteropTest {
 protected:
  void SetUp() override { start(realClip(3, true)); }
};

TEST_F(ServerInteropH265, FfmpegDecodesOverTheLoopPointWithoutAnError) {
  const CommandResult result = decode(url("/cam1/main"), "-rtsp_transport tcp", 120);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output, "");
}

TEST_F(ServerInteropH265, GStreamerPlays) {
  EXPECT_EQ(framesThroughGStreamer(60, "", "h265"), 60);
}

TEST(ClipLoader, TimesStartAtZeroAndTheLoopIsWhole) {
  for (const int bFrames : {0, 3}) {
    const ClipPtr clip = realClip(bFrames);
    ASSERT_EQ(clip->units.size(), 50U);
    EXPECT_EQ(clip->duration90k, 45000);
    EXPECT_TRUE(clip->units[0].keyFrame);
    EXPECT_EQ(clip->units[0].dts90k, 0);
    for (size_t i = 0; i < clip->units.size(); ++i) {
      EXPECT_EQ(clip->units[i].dts90k, static_cast<int64_t>(i) * 900);
      EXPECT_GE(clip->units[i].pts90k, clip->units[i].dts90k);
    }
  }
}

TEST(ClipLoader, AFileThatIsNoVideoIsRefused) {
  const flux::test::TemporaryDirectory dir;
  const std::string path = dir.file("text.mp4");
  ASSERT_EQ(runCommand("echo hello > " + path).status, 0);
  try {
    loadClip(path);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_CONTAINER");
  }
}

}  // namespace
}  // namespace flux::rtsp::test
