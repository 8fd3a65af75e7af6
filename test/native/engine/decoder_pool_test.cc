// Many streams on few threads, from cameras over RTSP and by hand.
#include "engine/decoder_pool.h"

#include <malloc.h>

#include "base/file.h"
#include "camera_fixture.h"
#include "decoding_fixture.h"
#include "engine/clip_loader.h"
#include "engine/frame_queue.h"

// AddressSanitizer's, where it is in the program.
extern "C" __attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes();

namespace flux::test {
namespace {

constexpr ClipShape kMain{.width = 320, .height = 180, .frames = 50};
constexpr ClipShape kSub{.width = 160, .height = 96, .frames = 50};

class DecoderPoolTest : public RecordingTest {
 protected:
  std::shared_ptr<Camera> makeCamera() {
    CameraOptions options;
    options.id = "gate";
    const std::string base = "rtsp://127.0.0.1:" + std::to_string(server_.port()) + "/cam1/";
    options.client.url = base + "main";
    options.client.reconnectMinMs = 50;
    options.subClient = options.client;
    options.subClient->url = base + "sub";
    auto camera = std::make_shared<Camera>(engine_, options, [](const CameraEvent&) {});
    camera->start(false);
    return camera;
  }
  std::shared_ptr<DecoderBackends> cpu() {
    return std::make_shared<DecoderBackends>(nullptr, "no GPU here");
  }
  std::shared_ptr<DecoderBackends> withGpu() {
    return std::make_shared<DecoderBackends>(std::make_shared<FaultyFactory>(faults_), "");
  }

  EventLoop serverLoop_{"test-server"};
  rtsp::Server server_{
      serverLoop_, {.main = loadClip(generatedClip(kMain)), .sub = loadClip(generatedClip(kSub))}};
  std::shared_ptr<Faults> faults_ = std::make_shared<Faults>();
  Watcher watcher_;
};

TEST_F(DecoderPoolTest, DecodesACameraOverRtsp) {
  DecoderPool pool(engine_, cpu());
  const auto decoder = pool.decoder(makeCamera(), {}, watcher_.listener());
  const auto sink = decoder->subscribe(watcher_.sink());
  ASSERT_TRUE(eventually([&] { return watcher_.count() >= 30; }));
  const auto frames = watcher_.frames();
  EXPECT_TRUE(frames[0].keyFrame);
  EXPECT_EQ(frames[0].picture.size(), (video::Size{320, 180}));
  for (const DecodedFrame& frame : frames) {
    EXPECT_GE(frame.decodedMicros, frame.arrivalMicros);
    EXPECT_FALSE(frame.concealed);
  }
  EXPECT_EQ(decoder->stats().shown, StreamKind::kMain);
  pool.close();
}

TEST_F(DecoderPoolTest, ChangesTheStreamWithTheQualityAndNeverStops) {
  DecoderPool pool(engine_, cpu());
  StreamDecoderOptions options;
  options.quality = Quality::kFullscreen;
  const auto decoder = pool.decoder(makeCamera(), options, watcher_.listener());
  const auto sink = decoder->subscribe(watcher_.sink());
  ASSERT_TRUE(eventually([&] { return watcher_.count() >= 5; }));
  decoder->setQuality(Quality::kGridView);
  const auto newest = [&] { return watcher_.frames().back().picture.size().width; };
  ASSERT_TRUE(eventually([&] { return newest() == 160; }));
  decoder->setQuality(Quality::kFocused);
  ASSERT_TRUE(eventually([&] { return newest() == 320; }));
  EXPECT_EQ(decoder->stats().switches, 2U);
  EXPECT_EQ(decoder->stats().errors, 0U);
  EXPECT_EQ(watcher_.eventsOf<DecoderParametersEvent>().size(), 3U);
  pool.close();
}

TEST_F(DecoderPoolTest, EachQualityDeliversWhatItsTileNeeds) {
  DecoderPool pool(engine_, cpu());
  const auto camera = makeCamera();
  struct Case {
    Quality quality;
    int width;
    int64_t interval;  ///< mean time between pictures, microseconds
  };
  for (const Case& expected :
       {Case{Quality::kThumbnail, 160, 200'000}, Case{Quality::kGridView, 160, 66'667},
        Case{Quality::kFullscreen, 320, 40'000}}) {
    Watcher watcher;
    StreamDecoderOptions options;
    options.quality = expected.quality;
    const auto decoder = pool.decoder(camera, options);
    const auto sink = decoder->subscribe(watcher.sink());
    ASSERT_TRUE(eventually([&] { return watcher.count() >= 7; }));
    decoder->close();
    const auto frames = watcher.frames();
    EXPECT_EQ(frames[0].picture.size().width, expected.width);
    const int64_t took = frames[6].timestamp - frames[0].timestamp;
    EXPECT_NEAR(static_cast<double>(took), 6.0 * static_cast<double>(expected.interval), 41'000);
  }
  pool.close();
}

TEST_F(DecoderPoolTest, APausedTileGetsKeyFramesAlone) {
  DecoderPool pool(engine_, cpu());
  StreamDecoderOptions options;
  options.quality = Quality::kPaused;
  const auto decoder = pool.decoder(makeCamera(), options);
  const auto sink = decoder->subscribe(watcher_.sink());
  ASSERT_TRUE(eventually([&] { return watcher_.count() >= 2; }));
  for (const DecodedFrame& frame : watcher_.frames()) EXPECT_TRUE(frame.keyFrame);
  pool.close();
}

TEST_F(DecoderPoolTest, RecordingNeverNoticesADecoderThatFailsOrHangs) {
  const auto recorder = makeRecorder(60'000, false);
  recorder->setKey(wallMillis() / kMsPerDay, keyId(1), key_);
  const auto camera = makeCamera();
  camera->addTap(recorder);
  faults_->failUnitFrom = 1;
  DecoderPool pool(engine_, withGpu());
  const auto failing = pool.decoder(camera);
  StreamDecoderOptions tight;
  tight.maxQueuedBytes = 1;
  const auto starved = pool.decoder(camera, tight);
  std::promise<void> gate;
  auto open = gate.get_future().share();
  DecoderPool other(engine_, cpu());
  const auto hanging = other.decoder(camera);
  const auto sink = hanging->subscribe([&](const DecodedFrame&) { open.wait(); });
  ASSERT_TRUE(eventually([&] { return recorder->stats().framesWritten >= 50; }));
  EXPECT_EQ(recorder->stats().framesDropped, 0U);
  EXPECT_EQ(recorder->stats().overflows, 0U);
  EXPECT_GE(failing->stats().errors, 1U);
  EXPECT_GT(starved->stats().unitsDropped, 0U);
  gate.set_value();
  pool.close();
  other.close();
  camera->close();
  recorder->close();
}

class ManyStreamsTest : public DecodingTest {
 protected:
  const AccessUnits units_ = unitsOfClip(generatedClip(kSub));
};

TEST_F(ManyStreamsTest, FortyTwoStreamsShareAHandfulOfThreads) {
  DecoderPool pool(engine_, withGpu());
  std::vector<std::shared_ptr<StreamDecoder>> decoders;
  for (int i = 0; i < 42; ++i) decoders.push_back(pool.decoder());
  for (const AccessUnitPtr& unit : units_) {
    for (const auto& decoder : decoders) ASSERT_TRUE(decoder->push(unit));
  }
  for (const auto& decoder : decoders) finish(*decoder);
  for (const auto& decoder : decoders) EXPECT_EQ(decoder->stats().framesOut, 50U);
  const DecoderPoolStats stats = pool.stats();
  EXPECT_EQ(stats.decoders, 42U);
  EXPECT_EQ(stats.onGpu, 42U);
  EXPECT_EQ(stats.framesOut, 42U * 50U);
  EXPECT_LE(stats.threads, stats.maxThreads);
  EXPECT_LE(stats.maxThreads, Engine::kMaxDecodeThreads);
  EXPECT_LE(faults_->threads.size(), stats.maxThreads);
  EXPECT_EQ(faults_->mostInside, 1) << "one thread at a time in each decoder";
  pool.close();
  EXPECT_EQ(faults_->open, 0);
  EXPECT_EQ(pool.stats().framesOut, 42U * 50U) << "sums outlive the decoders";
}

TEST_F(ManyStreamsTest, StreamsBeyondTheGpusRoomGoToTheProcessor) {
  faults_->failMakeFrom = 4;
  DecoderPool pool(engine_, withGpu());
  std::vector<std::shared_ptr<StreamDecoder>> decoders;
  for (int i = 0; i < 8; ++i) {
    decoders.push_back(pool.decoder());
    pushAll(*decoders.back(), units_);
    ASSERT_TRUE(eventually([&] { return decoders.back()->stats().queuedUnits == 0; }));
  }
  EXPECT_EQ(pool.stats().onGpu, 3U);
  EXPECT_EQ(pool.stats().onCpu, 5U);
  EXPECT_EQ(pool.stats().fallbacks, 5U);
  EXPECT_EQ(faults_->made, 4) << "a full GPU is not asked again for each stream";
  for (const auto& decoder : decoders) finish(*decoder);
  EXPECT_EQ(pool.stats().framesOut, 8U * 50U);
  pool.close();
}

TEST_F(ManyStreamsTest, AGpuThatIsLostIsLostForAllAndAskedByNobody) {
  DecoderPool pool(engine_, withGpu());
  std::vector<std::shared_ptr<StreamDecoder>> decoders;
  for (int i = 0; i < 8; ++i) decoders.push_back(pool.decoder());
  const AccessUnits first(units_.begin(), units_.begin() + 10);
  for (const auto& decoder : decoders) pushAll(*decoder, first);
  for (const auto& decoder : decoders) {
    ASSERT_TRUE(eventually([&] { return decoder->stats().framesOut == 10; }));
  }
  faults_->unitCode = "ERR_GPU_LOST";
  faults_->failUnitFrom = 1;
  const int before = faults_->units;
  for (const auto& decoder : decoders) {
    pushAll(*decoder, {units_.begin() + 10, units_.end()});
    finish(*decoder);
    EXPECT_EQ(decoder->stats().framesOut, 10U + 25U);
  }
  EXPECT_EQ(faults_->units, before + 1);
  EXPECT_EQ(faults_->made, 8);
  EXPECT_EQ(pool.stats().onCpu, 8U);
  EXPECT_FALSE(pool.stats().gpuAvailable);
  EXPECT_EQ(pool.stats().whyNoGpu, "made to fail");
  pool.close();
}

TEST_F(ManyStreamsTest, AStreamThatNeverStopsLeavesTurnsToTheOthers) {
  DecoderPool pool(engine_, cpu());
  std::vector<std::shared_ptr<StreamDecoder>> greedy;
  for (unsigned i = 0; i < Engine::kMaxDecodeThreads + 1; ++i) greedy.push_back(pool.decoder());
  const AccessUnits many = repeated(units_, 8);
  for (const auto& decoder : greedy) {
    for (const AccessUnitPtr& unit : many) ASSERT_TRUE(decoder->push(unit));
  }
  const auto modest = pool.decoder();
  ASSERT_TRUE(modest->push(units_[0]));
  ASSERT_TRUE(eventually([&] { return modest->stats().framesOut == 1; }));
  uint64_t waiting = 0;
  for (const auto& decoder : greedy) waiting += decoder->stats().queuedUnits;
  EXPECT_GT(waiting, 0U) << "it did not wait for the others' end";
  pool.close();
}

TEST_F(ManyStreamsTest, ThumbnailsGetTheirTurnWhileStreamsAreDecoded) {
  DecoderPool pool(engine_, cpu());
  const auto decoder = pool.decoder();
  for (const AccessUnitPtr& unit : repeated(units_, 8)) ASSERT_TRUE(decoder->push(unit));
  std::promise<void> ran;
  ASSERT_TRUE(engine_->decodePool().submit([&] { ran.set_value(); }));
  EXPECT_EQ(ran.get_future().wait_for(kPatience), std::future_status::ready);
  pool.close();
}

/// Allocated bytes, whoever allocates. What is freed and kept for later is none of them.
size_t liveBytes() {
  if (&__sanitizer_get_current_allocated_bytes != nullptr) {
    return __sanitizer_get_current_allocated_bytes();
  }
  const struct mallinfo2 heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

/// FLUXVISION_DECODER_CYCLES: how often; a soak takes 10000.
TEST_F(ManyStreamsTest, OpensAndClosesDecodersWithoutKeepingAnything) {
  const char* wanted = std::getenv("FLUXVISION_DECODER_CYCLES");
  const int cycles = wanted != nullptr ? std::atoi(wanted) : 60;
  DecoderPool pool(engine_, withGpu());
  size_t before = 0;
  for (int i = 0; i < cycles; ++i) {
    const auto decoder = pool.decoder();
    FrameQueue queue;
    const auto sink = decoder->subscribe([&](const DecodedFrame& frame) { queue.push(frame); });
    for (size_t at = 0; at < 5; ++at) ASSERT_TRUE(decoder->push(units_[at]));
    if (i % 2 == 0) finish(*decoder);  // the others are closed while they decode
    pool.remove(decoder);
    if (i == cycles / 2) before = liveBytes();
  }
  EXPECT_EQ(faults_->open, 0);
  EXPECT_EQ(pool.stats().decoders, 0U);
  EXPECT_LT(liveBytes(), before + (1 << 20)) << cycles << " cycles";
}

TEST_F(ManyStreamsTest, RefusesDecodersOnceItIsClosed) {
  DecoderPool pool(engine_, cpu());
  pool.close();
  try {
    const auto decoder = pool.decoder();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_CLOSED");
  }
}

}  // namespace
}  // namespace flux::test
