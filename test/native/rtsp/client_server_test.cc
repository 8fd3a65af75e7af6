// Our client against our server: what arrives is what was sent, and nothing stays behind.
#include <gtest/gtest.h>

#include "fake_camera.h"
#include "rtsp/server.h"

namespace flux::rtsp {
namespace {

using test::Client;

ClipPtr makeClip() {
  auto clip = std::make_shared<Clip>();
  clip->parameters = h264::makeParameters(test::kSps, test::kPps);
  for (int i = 0; i < 10; ++i) {
    Clip::Unit unit;
    unit.keyFrame = i % 5 == 0;
    if (unit.keyFrame) {
      h264::appendNal(unit.data, test::kSps);
      h264::appendNal(unit.data, test::kPps);
    }
    const auto seed = static_cast<uint8_t>(i);
    const uint8_t header = unit.keyFrame ? 0x65 : 0x41;
    h264::appendNal(unit.data, test::slice(header, 20000 + static_cast<size_t>(i), true, seed));
    h264::appendNal(unit.data, test::slice(header, 500, false, seed));
    unit.pts90k = unit.dts90k = i * 900;
    clip->units.push_back(std::move(unit));
  }
  clip->duration90k = 9000;
  return clip;
}

class ClientAndServer : public testing::TestWithParam<Pacing> {};

TEST_P(ClientAndServer, CarryEveryUnitUnchanged) {
  EventLoop loop("test-server");
  ServerOptions options;
  options.main = options.sub = makeClip();
  options.pacing = GetParam();
  options.username = "admin";
  options.password = "p@ss";
  Server server(loop, options);
  {
    Client client("rtsp://admin:p%40ss@127.0.0.1:" + std::to_string(server.port()) + "/cam1/main");
    client.start();
    ASSERT_TRUE(client.waitForUnits(25));
    ASSERT_TRUE(client.stop());
    const auto units = client.units();
    const auto& sent = options.main->units;
    EXPECT_TRUE(units[0]->keyFrame);
    for (size_t i = 0; i < units.size(); ++i) {
      const Clip::Unit& unit = sent[i % sent.size()];
      EXPECT_EQ(units[i]->data, unit.data) << i;
      EXPECT_EQ(units[i]->keyFrame, unit.keyFrame) << i;
      EXPECT_FALSE(units[i]->discontinuity) << i;
      EXPECT_EQ(units[i]->mediaTime - units[0]->mediaTime, static_cast<int64_t>(i) * 900) << i;
    }
    EXPECT_EQ(client.stats().packetsLost, 0U);
    EXPECT_EQ(client.stats().packetsMalformed, 0U);
    EXPECT_EQ(client.stats().failures, 0U);
  }
  for (const StreamStats& stream : server.stats()) EXPECT_EQ(stream.sessions, 0U) << stream.path;
}

INSTANTIATE_TEST_SUITE_P(Pacing, ClientAndServer, testing::Values(Pacing::kFrame, Pacing::kPacket));

TEST(ClientAndServerCourse, ComeTogetherAgainAfterTheCameraLostPower) {
  EventLoop loop("test-server");
  ServerOptions options;
  options.main = options.sub = makeClip();
  Server server(loop, options);
  Client client("rtsp://127.0.0.1:" + std::to_string(server.port()) + "/cam1/sub");
  client.start();
  ASSERT_TRUE(client.waitForUnits(3));
  server.disconnectAll();
  ASSERT_TRUE(client.waitForState(ClientState::kPlaying, 2));
  const size_t before = client.units().size();
  EXPECT_TRUE(client.waitForUnits(before + 3));
  EXPECT_TRUE(client.stop());
  EXPECT_EQ(client.stats().connects, 2U);
}

TEST(ClientAndServerCourse, AgreeOnAWrongPasswordAndAPathThatIsNotThere) {
  EventLoop loop("test-server");
  ServerOptions options;
  options.main = options.sub = makeClip();
  options.username = "admin";
  options.password = "right";
  Server server(loop, options);
  const std::string port = std::to_string(server.port());
  Client wrong("rtsp://admin:wrong@127.0.0.1:" + port + "/cam1/main");
  wrong.start();
  EXPECT_EQ(wrong.waitForFailure().code, "ERR_RTSP_UNAUTHORIZED");
  EXPECT_TRUE(wrong.stop());
  Client lost("rtsp://admin:right@127.0.0.1:" + port + "/cam99/main");
  lost.start();
  EXPECT_EQ(lost.waitForFailure().code, "ERR_RTSP_NOT_FOUND");
  EXPECT_TRUE(lost.stop());
}

}  // namespace
}  // namespace flux::rtsp
