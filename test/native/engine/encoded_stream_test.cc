// Viewers of one quality of a camera: sent its stream as it is, or one that is encoded once.
#include "engine/encoder_pool.h"

#include <future>

#include "../video/moving_picture.h"
#include "camera_fixture.h"
#include "video/av_decoder.h"
#include "video/av_encoder.h"

namespace flux {
namespace {

constexpr std::chrono::seconds kPatience{20};
constexpr int kFps = 25;

/// Two seconds of a moving picture, encoded as a camera would.
rtsp::ClipPtr movingClip(video::Size size, int64_t bitrate) {
  const auto encoder = video::makeAvEncoder(
      {.size = size, .frameRate = kFps, .bitrate = bitrate, .keyFrameEvery = 10});
  auto clip = std::make_shared<rtsp::Clip>();
  for (int i = 0; i < 2 * kFps; ++i) {
    const AccessUnitPtr unit = encoder->encode(
        {.picture = test::movingPicture(i, size), .timestamp = int64_t{i} * 1000000 / kFps});
    clip->parameters = unit->parameters;
    clip->units.push_back({unit->data, i * 3600, i * 3600, unit->keyFrame});
  }
  clip->duration90k = 2 * kFps * 3600;
  return clip;
}

rtsp::ClipPtr mainClip() {
  static const rtsp::ClipPtr clip = movingClip({320, 180}, 600'000);
  return clip;
}
rtsp::ClipPtr subClip() {
  static const rtsp::ClipPtr clip = movingClip({160, 96}, 200'000);
  return clip;
}

class EncodedStreamTest : public testing::Test {
 protected:
  EncodedStreamTest() {
    CameraOptions options;
    options.id = "gate";
    options.client.url = "rtsp://127.0.0.1:" + std::to_string(server_.port()) + "/cam1/main";
    options.client.reconnectMinMs = 50;
    options.subClient = options.client;
    options.subClient->url = "rtsp://127.0.0.1:" + std::to_string(server_.port()) + "/cam1/sub";
    options.lingerMs = 0;
    camera_ = std::make_shared<Camera>(engine_, options, [](const CameraEvent&) {});
    camera_->start(false);
  }
  ~EncodedStreamTest() override {
    for (const auto& encoder : opened_) encoder->close();
    camera_->close();
  }

  std::shared_ptr<SharedEncoder> open(const EncodeTarget& target, int64_t lingerMs = 5000) {
    return opened_.emplace_back(pool_->open(camera_, {.target = target, .lingerMs = lingerMs},
                                            [this](const EncodedStreamEvent& event) {
                                              const std::lock_guard lock(mutex_);
                                              events_.push_back(event);
                                            }));
  }
  std::shared_ptr<Collector> watch(SharedEncoder& encoder) {
    auto viewer = std::make_shared<Collector>();
    encoder.addTap(viewer);
    return viewer;
  }
  uint64_t playing(const std::string& stream) {
    for (const rtsp::StreamStats& found : server_.stats()) {
      if (found.path == "/cam1/" + stream) return found.sessions;
    }
    return 0;
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
  template <typename Event>
  std::vector<Event> eventsOf() {
    const std::lock_guard lock(mutex_);
    std::vector<Event> found;
    for (const auto& event : events_) {
      if (const auto* match = std::get_if<Event>(&event)) found.push_back(*match);
    }
    return found;
  }
  /// Everything that a viewer got decodes: `size` everywhere, times that rise.
  static void expectWhole(const std::vector<AccessUnitPtr>& units, video::Size size) {
    test::UnitDecoder decoder(Codec::kH264);
    int64_t last = INT64_MIN;
    ASSERT_FALSE(units.empty());
    EXPECT_TRUE(units.front()->keyFrame);
    for (const auto& unit : units) {
      EXPECT_GT(unit->mediaTime, last);
      last = unit->mediaTime;
      for (const auto& picture : decoder.decode(*unit)) {
        EXPECT_EQ(picture->width, size.width);
        EXPECT_EQ(picture->height, size.height);
      }
    }
  }

  EventLoop serverLoop_{"test-server"};
  rtsp::Server server_{serverLoop_, {.main = mainClip(), .sub = subClip()}};
  std::shared_ptr<Engine> engine_ = Engine::start(1, 1);
  std::shared_ptr<DecoderPool> decoders_ = std::make_shared<DecoderPool>(
      engine_, std::make_shared<DecoderBackends>(nullptr, "this is a test"));
  std::shared_ptr<EncoderPool> pool_ = std::make_shared<EncoderPool>(
      engine_, std::make_shared<EncoderBackends>(), EncoderPool::picturesFrom(decoders_));
  std::shared_ptr<Camera> camera_;
  std::vector<std::shared_ptr<SharedEncoder>> opened_;
  std::mutex mutex_;
  std::vector<EncodedStreamEvent> events_;
};

constexpr EncodeRoute kPassMain{StreamKind::kMain, true};
constexpr EncodeRoute kPassSub{StreamKind::kSub, true};
constexpr EncodeRoute kEncodeMain{StreamKind::kMain, false};

TEST_F(EncodedStreamTest, PassesAStreamThroughThatKeepsToTheTarget) {
  const auto encoder = open({.box = {640, 360}, .frameRate = 25, .bitrate = 2'000'000});
  const auto viewer = watch(*encoder);
  ASSERT_TRUE(viewer->waitFor(30));
  const auto units = viewer->units();
  expectWhole(units, {320, 180});
  for (const auto& unit : units) {
    EXPECT_TRUE(std::ranges::any_of(mainClip()->units, [&](const auto& sent) {
      return sent.data == unit->data;
    })) << "untouched";
  }
  const EncodedStreamStats stats = encoder->stats();
  EXPECT_EQ(stats.route, kPassMain);
  EXPECT_EQ(stats.encoder.encodersMade, 0U);
  EXPECT_GE(stats.framesPassed, 30U);
  EXPECT_FALSE(encoder->requestKeyFrame()) << "only the camera can make one";
  EXPECT_TRUE(eventually([&] { return playing("sub") == 0; })) << "nobody needs it";
  // Who comes later has a picture at once.
  const auto late = watch(*encoder);
  EXPECT_FALSE(late->units().empty());
  EXPECT_TRUE(late->units().front()->keyFrame);
}

TEST_F(EncodedStreamTest, PassesTheSubStreamThroughWhereMainIsTooLarge) {
  const auto encoder = open({.box = {160, 96}, .bitrate = 2'000'000});
  const auto viewer = watch(*encoder);
  ASSERT_TRUE(viewer->waitFor(10));
  EXPECT_EQ(encoder->stats().route, kPassSub);
  expectWhole(viewer->units(), {160, 96});
}

TEST_F(EncodedStreamTest, EncodesOnceForAllWhoWatch) {
  const EncodeTarget target{.box = {240, 240}, .bitrate = 500'000};
  const auto first = open(target);
  const auto second = open(target);
  EXPECT_TRUE(first->sharesWith(*second));
  EXPECT_EQ(pool_->size(), 1U);
  const auto viewer = watch(*first);
  ASSERT_TRUE(viewer->waitFor(10));
  const auto late = watch(*second);
  ASSERT_TRUE(late->waitFor(10));
  expectWhole(viewer->units(), {240, 136});
  expectWhole(late->units(), {240, 136});
  const EncodedStreamStats stats = first->stats();
  EXPECT_EQ(stats.route, kEncodeMain);
  EXPECT_EQ(stats.encoder.encodersMade, 1U);
  EXPECT_EQ(stats.viewers, 2U);
  EXPECT_GE(stats.encoder.keyFrames, 2U) << "one was made for who came later";
  // One unit, not one for each.
  const auto lateUnits = late->units();
  EXPECT_TRUE(std::ranges::any_of(viewer->units(),
                                  [&](const auto& unit) { return unit == lateUnits.front(); }));
  EXPECT_EQ(decoders_->stats().decoders, 1U);
  // Another target is another encoder.
  const auto other = open({.box = {120, 120}, .bitrate = 500'000});
  EXPECT_FALSE(other->sharesWith(*first));
  EXPECT_EQ(pool_->size(), 2U);
}

TEST_F(EncodedStreamTest, EncodesWhatItIsToldNeverToPassThrough) {
  const auto encoder = open({.box = {640, 360}, .bitrate = 2'000'000, .passthrough = false});
  const auto viewer = watch(*encoder);
  ASSERT_TRUE(viewer->waitFor(5));
  EXPECT_EQ(encoder->stats().route, kEncodeMain);
  EXPECT_TRUE(encoder->requestKeyFrame());
}

TEST_F(EncodedStreamTest, LeavesAndResumesPassthroughAsTheBitrateAllows) {
  const auto encoder = open({.box = {640, 360}, .bitrate = 2'000'000});
  const auto viewer = watch(*encoder);
  ASSERT_TRUE(viewer->waitFor(60)) << "measured by then";
  ASSERT_EQ(encoder->stats().route, kPassMain);
  encoder->setBitrate(50'000);
  ASSERT_TRUE(eventually([&] { return encoder->stats().route == kEncodeMain; }));
  const size_t before = viewer->units().size();
  ASSERT_TRUE(viewer->waitFor(before + 10));
  encoder->setBitrate(2'000'000);
  ASSERT_TRUE(eventually([&] { return encoder->stats().route == kPassMain; }));
  ASSERT_TRUE(viewer->waitFor(viewer->units().size() + 5));
  expectWhole(viewer->units(), {320, 180});
  EXPECT_EQ(encoder->stats().switches, 2U);
  EXPECT_EQ(eventsOf<EncodeRouteEvent>().size(), 3U);
  EXPECT_TRUE(eventually([&] { return decoders_->stats().decoders == 0; })) << "not needed now";
}

TEST_F(EncodedStreamTest, StopsAWhileAfterTheLastViewerLeaves) {
  const auto encoder = open({.box = {240, 240}}, 50);
  auto viewer = watch(*encoder);
  ASSERT_TRUE(viewer->waitFor(5));
  encoder->removeTap(viewer);
  EXPECT_TRUE(eventually([&] { return playing("main") == 0 && playing("sub") == 0; }));
  EXPECT_TRUE(eventually([&] { return decoders_->stats().decoders == 0; }));
  EXPECT_TRUE(eventually([&] { return encoder->stats().route == std::nullopt; }));
  // And begins again with the next.
  viewer = watch(*encoder);
  ASSERT_TRUE(viewer->waitFor(5));
  expectWhole(viewer->units(), {240, 136});
  EXPECT_EQ(encoder->stats().encoder.encodersMade, 2U);
}

TEST_F(EncodedStreamTest, GoesOnWithAKeyFrameAfterTheCameraWasAway) {
  const auto encoder = open({.box = {240, 240}});
  const auto viewer = watch(*encoder);
  ASSERT_TRUE(viewer->waitFor(10));
  server_.disconnectAll();
  ASSERT_TRUE(viewer->waitFor(10, 1));
  ASSERT_TRUE(viewer->waitFor(viewer->units().size() + 10, 1));
}

TEST_F(EncodedStreamTest, EncodesWhatADecoderGivesWithoutACamera) {
  const auto source = std::make_shared<int>();
  std::mutex mutex;
  std::function<void(const video::DecodedFrame&)> sink;
  const auto encoder =
      pool_->open(source,
                  [&](StreamKind, double, std::function<void(const video::DecodedFrame&)> to) {
                    const std::lock_guard lock(mutex);
                    sink = std::move(to);
                    return std::shared_ptr<void>(source);
                  },
                  {.target = {.box = {160, 96}}}, {});
  const auto viewer = watch(*encoder);
  int number = 0;
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    if (sink) {
      sink({.picture = test::movingPicture(number, {160, 96}),
            .timestamp = int64_t{number} * 40000});
      ++number;
    }
    return viewer->units().size() >= 5;
  }));
  expectWhole(viewer->units(), {160, 96});
  encoder->close();
}

TEST_F(EncodedStreamTest, RefusesTargetsThatNoEncoderTakes) {
  EXPECT_THROW(open({.box = {100000, 100000}}), Error);
  EXPECT_THROW(open({.codec = Codec::kMjpeg}), Error);
  EXPECT_THROW(open({.frameRate = 0}), Error);
  const auto encoder = open({});
  EXPECT_THROW(encoder->setBitrate(-5), Error);
}

TEST_F(EncodedStreamTest, OpensAndClosesAtAnyMoment) {
  for (int i = 0; i < 9; ++i) {
    const auto encoder = open({.box = {240, 240}}, 0);
    const auto viewer = watch(*encoder);
    if (i % 4 == 0) {
      ASSERT_TRUE(viewer->waitFor(1));
    }
    if (i % 3 == 0) encoder->removeTap(viewer);
    encoder->close();
  }
  EXPECT_EQ(pool_->size(), 0U);
  EXPECT_EQ(decoders_->stats().decoders, 0U);
}

}  // namespace
}  // namespace flux
