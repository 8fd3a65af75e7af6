// Two streams of one camera: connected while needed, and changed over at a key frame.
#include <thread>

#include "camera_fixture.h"
#include "engine/stream_switch.h"

namespace flux {
namespace {

constexpr std::chrono::seconds kPatience{20};

class CameraStreamsTest : public RecordingTest {
 protected:
  std::shared_ptr<Camera> makeCamera(int64_t lingerMs, bool sub = true) {
    CameraOptions options;
    options.id = "gate";
    const std::string base = "rtsp://127.0.0.1:" + std::to_string(server_.port()) + "/cam1/";
    options.client.url = base + "main";
    options.client.reconnectMinMs = 50;
    if (sub) {
      options.subClient = options.client;
      options.subClient->url = base + "sub";
    }
    options.lingerMs = lingerMs;
    return std::make_shared<Camera>(engine_, options, [](const CameraEvent&) {});
  }
  uint64_t playing(const std::string& stream) { return stats(stream).sessions; }
  uint64_t connectedEver(const std::string& stream) { return stats(stream).sessionsTotal; }
  rtsp::StreamStats stats(const std::string& stream) {
    for (const rtsp::StreamStats& found : server_.stats()) {
      if (found.path == "/cam1/" + stream) return found;
    }
    return {};
  }
  template <typename Condition>
  static bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  static StreamKind streamOf(const AccessUnitPtr& unit) {
    return unit->data.size() < 1000 ? StreamKind::kSub : StreamKind::kMain;
  }

  EventLoop serverLoop_{"test-server"};
  rtsp::Server server_{serverLoop_, {.main = makeClip(2000), .sub = makeClip(300)}};
};

TEST_F(CameraStreamsTest, ConnectsAStreamWhenSomebodyNeedsItAndLetsGoAfterwards) {
  const auto camera = makeCamera(100);
  camera->start(false);
  const auto tap = std::make_shared<Collector>();
  camera->addTap(tap, StreamKind::kSub);
  ASSERT_TRUE(tap->waitFor(5));
  EXPECT_EQ(playing("sub"), 1U);
  EXPECT_EQ(connectedEver("main"), 0U) << "nobody needs it";
  camera->removeTap(tap, StreamKind::kSub);
  ASSERT_TRUE(eventually([&] { return playing("sub") == 0; }));
  // And once more, with the same tap.
  const size_t before = tap->units().size();
  camera->addTap(tap, StreamKind::kSub);
  ASSERT_TRUE(tap->waitFor(before + 5));
  EXPECT_EQ(connectedEver("sub"), 2U);
  camera->close();
  EXPECT_EQ(connectedEver("main"), 0U);
}

TEST_F(CameraStreamsTest, StaysConnectedWhileTheNextOneComesInTime) {
  const auto camera = makeCamera(60000);
  camera->start(false);
  const auto first = std::make_shared<Collector>();
  camera->addTap(first);
  ASSERT_TRUE(first->waitFor(5));
  camera->removeTap(first);
  const auto second = std::make_shared<Collector>();
  camera->addTap(second);
  ASSERT_TRUE(second->waitFor(5));
  EXPECT_EQ(connectedEver("main"), 1U);
  camera->close();
}

TEST_F(CameraStreamsTest, HoldsTheMainStreamWhereAskedTo) {
  const auto camera = makeCamera(0);
  camera->start(true);
  ASSERT_TRUE(eventually([&] { return playing("main") == 1; }));
  const auto tap = std::make_shared<Collector>();
  camera->addTap(tap);
  ASSERT_TRUE(tap->waitFor(2));
  camera->removeTap(tap);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(playing("main"), 1U);
  camera->close();
  EXPECT_TRUE(eventually([&] { return playing("main") == 0; }));
}

TEST_F(CameraStreamsTest, ClosesWhileAStreamIsLeaving) {
  for (int i = 0; i < 10; ++i) {
    const auto camera = makeCamera(0);
    camera->start(false);
    const auto tap = std::make_shared<Collector>();
    camera->addTap(tap);
    ASSERT_TRUE(tap->waitFor(1));
    camera->removeTap(tap);
    std::this_thread::sleep_for(std::chrono::milliseconds(i % 3));
    camera->close();
  }
  EXPECT_TRUE(eventually([&] { return playing("main") == 0; }));
}

TEST_F(CameraStreamsTest, ChangesOverAtAKeyFrameWithoutAGapInThePicture) {
  const auto camera = makeCamera(50);
  camera->start(false);
  const auto viewer = std::make_shared<Collector>();
  const auto view = std::make_shared<StreamSwitch>(camera, viewer);
  view->setQuality(Quality::kGridView);
  ASSERT_TRUE(viewer->waitFor(10));
  EXPECT_EQ(view->shown(), StreamKind::kSub);
  view->setQuality(Quality::kFullscreen);
  ASSERT_TRUE(eventually([&] { return view->shown() == StreamKind::kMain; }));
  ASSERT_TRUE(viewer->waitFor(viewer->units().size() + 10));
  view->setQuality(Quality::kThumbnail);
  ASSERT_TRUE(eventually([&] { return view->shown() == StreamKind::kSub; }));
  ASSERT_TRUE(viewer->waitFor(viewer->units().size() + 10));
  view->close();
  EXPECT_EQ(view->switches(), 2U);

  const auto units = viewer->units();
  int changes = 0;
  for (size_t i = 1; i < units.size(); ++i) {
    const bool changed = streamOf(units[i]) != streamOf(units[i - 1]);
    if (changed) {
      ++changes;
      EXPECT_TRUE(units[i]->keyFrame) << "unit " << i;
    } else {
      EXPECT_EQ(units[i]->mediaTime - units[i - 1]->mediaTime, 3600) << "unit " << i;
    }
    // A frame every 40 ms, and the change-over in between: the old stream goes on until the new one
    // has its key frame.
    EXPECT_LT(units[i]->arrivalMicros - units[i - 1]->arrivalMicros, 1000000) << "unit " << i;
  }
  EXPECT_EQ(changes, 2);
  EXPECT_TRUE(eventually([&] { return playing("main") == 0 && playing("sub") == 0; }));
  camera->close();
}

TEST_F(CameraStreamsTest, KeepsShowingTheOldStreamWhileTheOtherCannotBeHad) {
  CameraOptions options;
  options.id = "gate";
  const std::string base = "rtsp://127.0.0.1:" + std::to_string(server_.port()) + "/";
  options.client.url = base + "cam1/main";
  options.client.reconnectMinMs = 50;
  options.subClient = options.client;
  options.subClient->url = base + "nowhere";
  const auto camera = std::make_shared<Camera>(engine_, options, [](const CameraEvent&) {});
  camera->start(false);
  const auto viewer = std::make_shared<Collector>();
  const auto view = std::make_shared<StreamSwitch>(camera, viewer);
  view->setQuality(Quality::kFocused);
  ASSERT_TRUE(viewer->waitFor(5));
  view->setQuality(Quality::kGridView);
  ASSERT_TRUE(eventually([&] { return camera->stats(StreamKind::kSub)->failures > 0; }));
  ASSERT_TRUE(viewer->waitFor(viewer->units().size() + 10));
  EXPECT_EQ(view->shown(), StreamKind::kMain);
  view->close();
  camera->close();
}

TEST_F(CameraStreamsTest, GivesAPausedViewerKeyFramesOnly) {
  const auto camera = makeCamera(50);
  camera->start(false);
  const auto viewer = std::make_shared<Collector>();
  const auto view = std::make_shared<StreamSwitch>(camera, viewer);
  view->setQuality(Quality::kPaused);
  ASSERT_TRUE(viewer->waitFor(3));
  view->close();
  for (const AccessUnitPtr& unit : viewer->units()) EXPECT_TRUE(unit->keyFrame);
  camera->close();
}

TEST_F(CameraStreamsTest, ShowsTheOnlyStreamOfACameraWithoutASubStream) {
  const auto camera = makeCamera(50, false);
  camera->start(false);
  const auto viewer = std::make_shared<Collector>();
  const auto view = std::make_shared<StreamSwitch>(camera, viewer);
  view->setQuality(Quality::kThumbnail);
  ASSERT_TRUE(viewer->waitFor(3));
  EXPECT_EQ(view->shown(), StreamKind::kMain);
  view->setQuality(Quality::kFullscreen);
  ASSERT_TRUE(viewer->waitFor(viewer->units().size() + 3));
  EXPECT_EQ(view->switches(), 0U);
  view->close();
  camera->close();
}

TEST(Quality, FollowsTheLargerSideOfATile) {
  EXPECT_EQ(qualityForTile(0, 0), Quality::kPaused);
  EXPECT_EQ(qualityForTile(320, -1), Quality::kPaused);
  EXPECT_EQ(qualityForTile(99, 56), Quality::kThumbnail);
  EXPECT_EQ(qualityForTile(100, 56), Quality::kGridView);
  EXPECT_EQ(qualityForTile(399, 224), Quality::kGridView);
  EXPECT_EQ(qualityForTile(225, 400), Quality::kFocused);
  EXPECT_EQ(qualityForTile(799, 450), Quality::kFocused);
  EXPECT_EQ(qualityForTile(1920, 1080), Quality::kFullscreen);
}

}  // namespace
}  // namespace flux
