// The renderer's thread: what it draws when, and what it does when GL fails.
#include "render/grid_renderer.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <cstdlib>
#include <fstream>
#include <future>

#include "painted.h"
#include "video/libav.h"

namespace flux::render {
namespace {

using test::Pixels;

GridRendererOptions softly(Size size, Layout layout) {
  return {.size = size, .layout = std::move(layout), .maxFps = 200, .egl = {.software = true}};
}

Pixels captureOf(GridRenderer& renderer) {
  std::promise<Pixels> promise;
  renderer.capture([&](GridRenderer::Capture&& capture, const std::exception_ptr& error) {
    if (error) {
      promise.set_exception(error);
    } else {
      promise.set_value({capture.size, std::move(capture.rgba)});
    }
  });
  return promise.get_future().get();
}

std::string codeOf(const std::function<void()>& call) {
  try {
    call();
    return "";
  } catch (const Error& error) {
    return error.code();
  }
}

const Rgba kWhite{255, 255, 255, 255};

TEST(GridRendererTest, ShowsWhatWasSetBeforeACapture) {
  const auto renderer = GridRenderer::open(softly({200, 100}, GridLayout{2, 1}), {});
  renderer->show(1, test::makePlain({100, 100}, 235, 128, 128));
  EXPECT_EQ(captureOf(*renderer).at(150, 50), kWhite);
  renderer->fullscreen(1);
  EXPECT_EQ(captureOf(*renderer).at(60, 50), kWhite);
  renderer->resize({64, 32});
  EXPECT_EQ(captureOf(*renderer).size, (Size{64, 32}));
  renderer->clear(1);
  EXPECT_NE(captureOf(*renderer).at(32, 16), kWhite);
  EXPECT_TRUE(renderer->stats().software);
  EXPECT_EQ(renderer->stats().painter.drawCalls, renderer->stats().painter.pictures);
}

TEST(GridRendererTest, TakesADecodersPicturesAndOutlivesNone) {
  auto renderer = GridRenderer::open(softly({64, 64}, GridLayout{}), {});
  const auto sink = renderer->sink(0);
  video::DecodedFrame frame{.picture = test::makePlain({64, 64}, 235, 128, 128)};
  sink(frame);
  EXPECT_EQ(captureOf(*renderer).at(1, 1), kWhite);
  renderer.reset();
  sink(frame);  // nobody to show it
}

TEST(GridRendererTest, FindsADecodersPicturesAtTheirSizeWhenItDraws) {
  const auto renderer = GridRenderer::open(softly({128, 64}, GridLayout{2, 1}), {});
  const auto sink = renderer->sink(1);
  captureOf(*renderer);  // from here on it is known how large the tile is seen
  sink({.picture = test::makePlain({640, 320}, 235, 128, 128)});
  EXPECT_EQ(captureOf(*renderer).at(96, 32), kWhite);
  EXPECT_EQ(renderer->stats().painter.scaled, 1U);
  EXPECT_EQ(renderer->stats().painter.scaledLate, 0U);

  renderer->fullscreen(1);  // of another size than the picture was made for
  EXPECT_EQ(captureOf(*renderer).at(64, 32), kWhite);
  EXPECT_EQ(renderer->stats().painter.scaledLate, 1U);
}

TEST(GridRendererTest, ScalesNoPictureThatAnotherReplacesBeforeItIsDrawn) {
  GridRendererOptions options = softly({64, 64}, GridLayout{});
  options.maxFps = 0.1;
  const auto renderer = GridRenderer::open(options, {});
  const auto sink = renderer->sink(0);
  captureOf(*renderer);
  for (int i = 0; i < 3; ++i) sink({.picture = test::makePlain({64, 64}, 16, 128, 128)});
  sink({.picture = test::makePlain({64, 64}, 235, 128, 128)});
  EXPECT_EQ(captureOf(*renderer).at(1, 1), kWhite);
  EXPECT_EQ(renderer->stats().framesUnseen, 3U);
  EXPECT_EQ(renderer->stats().painter.scaledLate, 1U);  // the last one alone, for the capture
}

/// A picture that tells on which thread it was read.
class Witness final : public video::DeviceImage {
 public:
  [[nodiscard]] int device() const noexcept override { return 0; }
  [[nodiscard]] Size size() const noexcept override { return {64, 64}; }
  [[nodiscard]] int bitDepth() const noexcept override { return 8; }
  [[nodiscard]] std::array<Plane, 2> planes() const noexcept override { return {}; }
  [[nodiscard]] video::ColourSpec colour() const noexcept override { return test::kBt709; }
  [[nodiscard]] std::array<int, 2> pixelRatio() const noexcept override { return {1, 1}; }
  [[nodiscard]] std::shared_ptr<const AVFrame> download() const override {
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    thread = name.data();
    const auto white = std::make_shared<video::Frame>(test::makePlain({64, 64}, 235, 128, 128));
    return {white, &white->av()};
  }

  mutable std::string thread;
};

TEST(GridRendererTest, NeverScalesOnTheThreadThatDraws) {
  const auto renderer = GridRenderer::open(softly({32, 32}, GridLayout{}), {});
  const auto picture = std::make_shared<Witness>();
  renderer->show(0, video::Frame(picture));
  EXPECT_EQ(captureOf(*renderer).at(1, 1), kWhite);
  EXPECT_EQ(picture->thread.substr(0, 9), "fv-scale-");
}

TEST(GridRendererTest, DrawsNothingWhileNothingChanges) {
  const auto renderer = GridRenderer::open(softly({64, 64}, GridLayout{}), {});
  captureOf(*renderer);
  captureOf(*renderer);
  const uint64_t before = renderer->stats().drawn;
  renderer->show(5, test::makePlain({64, 64}, 16, 128, 128));  // a tile that is not seen
  captureOf(*renderer);
  EXPECT_EQ(renderer->stats().drawn, before + 1);
}

TEST(GridRendererTest, NeverShowsHalfOfAPicture) {
  const auto renderer = GridRenderer::open(softly({96, 96}, GridLayout{}), {});
  const video::Frame frames[] = {test::makePlain({96, 96}, 235, 128, 128),
                                 test::makePlain({96, 96}, 16, 128, 128)};
  renderer->show(0, frames[0]);
  const auto sink = renderer->sink(0);
  std::atomic<bool> stop{false};
  std::thread camera([&] {
    for (unsigned i = 0; !stop; ++i) {
      if (i % 4 < 2) {
        renderer->show(0, frames[i % 2]);
      } else {
        sink({.picture = frames[i % 2]});
      }
    }
  });
  for (int i = 0; i < 20; ++i) {
    const Pixels pixels = captureOf(*renderer);
    for (int y = 0; y < 96; ++y) {
      if (pixels.at(y, y) != pixels.at(0, 0)) {
        stop = true;
        ADD_FAILURE() << "two pictures in one";
        break;
      }
    }
  }
  stop = true;
  camera.join();
  EXPECT_GT(renderer->stats().framesUnseen, 0U);
}

TEST(GridRendererTest, TellsHowLargeEachTileIsSeen) {
  std::mutex mutex;
  std::map<int, Size> views;
  const auto renderer = GridRenderer::open(softly({400, 200}, GridLayout{2, 2}),
                                           {.onViews = [&](const std::vector<TileView>& changes) {
                                             const std::lock_guard lock(mutex);
                                             for (const TileView& view : changes)
                                               views[view.tile] = view.size;
                                           }});
  const auto now = [&] {
    captureOf(*renderer);
    const std::lock_guard lock(mutex);
    return views;
  };
  EXPECT_EQ(now(), (std::map<int, Size>{
                       {0, {200, 100}}, {1, {200, 100}}, {2, {200, 100}}, {3, {200, 100}}}));
  renderer->fullscreen(2);
  EXPECT_EQ(now(), (std::map<int, Size>{{0, {}}, {1, {}}, {2, {400, 200}}, {3, {}}}));
  renderer->fullscreen({});
  renderer->setLayout(GridLayout{1, 1});
  EXPECT_EQ(now(), (std::map<int, Size>{{0, {400, 200}}, {1, {}}, {2, {}}, {3, {}}}));
}

TEST(GridRendererTest, RefusesWhatIsNoTile) {
  const auto renderer = GridRenderer::open(softly({64, 64}, GridLayout{}), {});
  const char* const code = "ERR_INVALID_ARGUMENT";
  EXPECT_EQ(codeOf([&] { renderer->setName(-1, ""); }), code);
  EXPECT_EQ(codeOf([&] { renderer->fullscreen(kMaxTiles); }), code);
  EXPECT_EQ(codeOf([&] { renderer->sink(64); }), code);
  EXPECT_EQ(codeOf([&] { renderer->setLayout(GridLayout{9, 9}); }), code);
  EXPECT_EQ(codeOf([&] { renderer->resize({0, 5}); }), code);
  EXPECT_EQ(codeOf([&] { renderer->setBoxes(0, std::vector<OverlayBox>(kMaxBoxes + 1)); }), code);
  EXPECT_EQ(codeOf([] { GridRenderer::open({.size = {20000, 1}}, {}); }), code);
}

TEST(GridRendererTest, AnswersCapturesThatCloseCutsOff) {
  const auto renderer = GridRenderer::open(softly({64, 64}, GridLayout{}), {});
  renderer->close();
  renderer->close();
  EXPECT_EQ(codeOf([&] { captureOf(*renderer); }), "ERR_CLOSED");
}

TEST(GridRendererTest, SaysWhatItCannotShowAndShowsTheRest) {
  std::promise<std::string> code;
  const auto renderer =
      GridRenderer::open(softly({128, 64}, GridLayout{2, 1}),
                         {.onError = [&](const Error& error) { code.set_value(error.code()); }});
  auto strange = std::make_shared<AVFrame>();
  strange->format = AV_PIX_FMT_VAAPI;
  strange->width = strange->height = 64;
  renderer->show(0, video::Frame(strange));
  renderer->show(1, test::makePlain({64, 64}, 235, 128, 128));
  EXPECT_EQ(captureOf(*renderer).at(100, 30), kWhite);
  EXPECT_EQ(code.get_future().get(), "ERR_UNSUPPORTED");
}

/// A context whose GPU is reset when the test says so.
class Fragile final : public GlContext {
 public:
  Fragile(std::unique_ptr<GlContext> real, std::atomic<bool>& lost)
      : real_(std::move(real)), lost_(lost) {}
  [[nodiscard]] const Gl& gl() const noexcept override { return real_->gl(); }
  [[nodiscard]] bool isSoftware() const noexcept override { return true; }
  [[nodiscard]] std::optional<int> cudaDevice() const noexcept override { return {}; }
  [[nodiscard]] bool isLost() override { return lost_.exchange(false); }

 private:
  std::unique_ptr<GlContext> real_;
  std::atomic<bool>& lost_;
};

TEST(GridRendererTest, BeginsAnewWhereTheGpuWasReset) {
  std::atomic<bool> lost{false};
  std::atomic<int> refused{0};
  std::mutex mutex;
  std::vector<std::string> errors;
  GridRendererOptions options = softly({64, 64}, GridLayout{});
  options.makeContext = [&]() -> std::unique_ptr<GlContext> {
    if (refused > 0) {
      --refused;
      throw Error("ERR_GL_UNAVAILABLE", "not yet");
    }
    return std::make_unique<Fragile>(openEglContext({.software = true}), lost);
  };
  const auto renderer = GridRenderer::open(options, {.onError = [&](const Error& error) {
                                             const std::lock_guard lock(mutex);
                                             errors.push_back(error.code());
                                           }});
  renderer->show(0, test::makePlain({64, 64}, 235, 128, 128));
  EXPECT_EQ(captureOf(*renderer).at(5, 5), kWhite);

  refused = 2;
  lost = true;
  EXPECT_EQ(codeOf([&] { captureOf(*renderer); }), "ERR_GL_LOST");
  // It comes back by itself, with the pictures that it had.
  while (renderer->stats().contexts < 2) std::this_thread::yield();
  EXPECT_EQ(captureOf(*renderer).at(5, 5), kWhite);
  EXPECT_EQ(refused, 0);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(errors, std::vector<std::string>{"ERR_GL_LOST"});
}

TEST(GridRendererTest, SaysWhyThereIsNoContext) {
  GridRendererOptions options = softly({64, 64}, GridLayout{});
  options.makeContext = []() -> std::unique_ptr<GlContext> {
    throw Error("ERR_GL_UNAVAILABLE", "none");
  };
  EXPECT_EQ(codeOf([&] { GridRenderer::open(options, {}); }), "ERR_GL_UNAVAILABLE");
}

size_t residentKilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmRSS:") continue;
    size_t kilobytes = 0;
    status >> kilobytes;
    return kilobytes;
  }
  return 0;
}

/// FLUX_RENDER_CYCLES=10000 for the whole of it.
TEST(GridRendererTest, OpensAndClosesWithoutGrowing) {
  const char* wanted = std::getenv("FLUX_RENDER_CYCLES");
  const int cycles = wanted != nullptr ? std::atoi(wanted) : 20;
  const video::Frame picture = test::makePicture({64, 64}, test::kBt709, 1);
  size_t before = 0;
  for (int i = 0; i < cycles; ++i) {
    const auto renderer = GridRenderer::open(softly({64, 64}, GridLayout{2, 2}), {});
    for (int tile = 0; tile < 4; ++tile) renderer->show(tile, picture);
    renderer->setName(0, "문");
    ASSERT_EQ(captureOf(*renderer).size, (Size{64, 64}));
    renderer->close();
    // Caches of the driver's and the allocator's have filled by then.
    if (i == std::min(cycles / 2, 200)) before = residentKilobytes();
  }
  EXPECT_LT(residentKilobytes(), before + 8192) << "after " << cycles;
}

}  // namespace
}  // namespace flux::render
