#include "engine/camera.h"

#include "camera_fixture.h"

namespace flux {
namespace {

class CameraTest : public RecordingTest {
 protected:
  std::shared_ptr<Camera> makeCamera(uint16_t port) {
    CameraOptions options;
    options.id = "gate";
    options.client.url = "rtsp://127.0.0.1:" + std::to_string(port) + "/cam1/main";
    options.client.reconnectMinMs = 50;
    options.client.reconnectMaxMs = 200;
    return std::make_shared<Camera>(engine_, options, [this](CameraEvent event) {
      const std::lock_guard lock(mutex_);
      cameraEvents_.push_back(std::move(event));
    });
  }
  std::vector<std::string> failureCodes() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> codes;
    for (const CameraEvent& event : cameraEvents_) {
      const auto* state = std::get_if<CameraStateEvent>(&event);
      if (state != nullptr && !state->code.empty()) codes.push_back(state->code);
    }
    return codes;
  }

  EventLoop serverLoop_{"test-server"};
  std::vector<CameraEvent> cameraEvents_;
};

TEST_F(CameraTest, DeliversTheServersFramesByteForByteToEveryTap) {
  const auto clip = makeClip();
  const rtsp::Server server(serverLoop_, {.main = clip, .sub = clip});
  const auto camera = makeCamera(server.port());
  const auto first = std::make_shared<Collector>();
  const auto second = std::make_shared<Collector>();
  camera->addTap(first);
  camera->addTap(second);
  camera->start();
  ASSERT_TRUE(first->waitFor(60));
  ASSERT_TRUE(second->waitFor(60));
  camera->close();
  const auto units = first->units();
  for (size_t i = 0; i < units.size(); ++i) {
    EXPECT_EQ(units[i]->data, clip->units[i % 50].data) << "frame " << i;
    EXPECT_EQ(units[i]->keyFrame, clip->units[i % 50].keyFrame);
    EXPECT_EQ(units[i]->mediaTime - units[0]->mediaTime, static_cast<int64_t>(i) * 3600);
    EXPECT_EQ(units[i], second->units()[i]) << "taps share one buffer";
  }
  EXPECT_EQ(camera->stats()->packetsLost, 0U);
}

TEST_F(CameraTest, ReconnectsAfterTheServerDroppedItAndTellsItsTaps) {
  const auto clip = makeClip();
  rtsp::Server server(serverLoop_, {.main = clip, .sub = clip});
  const auto camera = makeCamera(server.port());
  const auto tap = std::make_shared<Collector>();
  camera->addTap(tap);
  camera->start();
  ASSERT_TRUE(tap->waitFor(10));
  server.disconnectAll();
  ASSERT_TRUE(tap->waitFor(10, 1));
  const size_t before = tap->units().size();
  ASSERT_TRUE(tap->waitFor(before + 20));
  camera->close();
  EXPECT_GE(camera->stats()->connects, 2U);
  EXPECT_FALSE(failureCodes().empty());
}

TEST_F(CameraTest, CloseIsIdempotentAndEndsTheSessionAtTheServer) {
  const auto clip = makeClip();
  const rtsp::Server server(serverLoop_, {.main = clip, .sub = clip});
  const auto camera = makeCamera(server.port());
  const auto tap = std::make_shared<Collector>();
  camera->addTap(tap);
  camera->start();
  ASSERT_TRUE(tap->waitFor(5));
  camera->close();
  camera->close();
  const size_t after = tap->units().size();
  EXPECT_EQ(server.stats()[0].sessions, 0U) << "TEARDOWN was sent and answered";
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(tap->units().size(), after);
}

TEST_F(CameraTest, RecordsFromTheSocketToASealedFile) {
  const auto clip = makeClip();
  const rtsp::Server server(serverLoop_,
                            {.main = clip, .sub = clip, .pacing = rtsp::Pacing::kPacket});
  const auto camera = makeCamera(server.port());
  auto recorder = makeRecorder(60000, false);
  recorder->setKey(wallMillis() / kMsPerDay, keyId(1), key_);
  recorder->setKey(wallMillis() / kMsPerDay + 1, keyId(1), key_);
  camera->addTap(recorder);
  const auto tap = std::make_shared<Collector>();
  camera->addTap(tap);
  camera->start();
  ASSERT_TRUE(tap->waitFor(40));
  camera->removeTap(recorder);
  recorder->close();
  camera->close();
  const auto segments = eventsOf<SegmentEvent>();
  ASSERT_EQ(segments.size(), 1U);
  const auto packets = packetsOf(segments[0]);
  const auto units = tap->units();
  ASSERT_GE(packets.size(), 40U);
  ASSERT_LE(packets.size(), units.size());
  for (size_t i = 0; i < packets.size(); ++i) EXPECT_EQ(packets[i].data, units[i]->data);
}

}  // namespace
}  // namespace flux
