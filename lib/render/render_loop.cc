#include "render/render_loop.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.h"

namespace flux::render {
namespace {

/// How often a window's events are asked for: its own clock, for SDL's cannot be woken by ours.
constexpr int64_t kWindowMicros = 10'000;
/// How often rates of tiles without frames are looked at.
constexpr int64_t kIdleMicros = 1'000'000;
constexpr int64_t kFirstRetryMicros = 100'000;
constexpr int64_t kLastRetryMicros = 10'000'000;

int tileUnder(const Scene& scene, int x, int y) {
  const std::vector<PixelRect> rects = visibleTiles(scene);
  for (size_t i = rects.size(); i-- > 0;) {  // later ones lie over earlier ones
    const PixelRect& rect = rects[i];
    if (x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

}  // namespace

void RenderLoop::open() {
  const GridRendererOptions& options = renderer_.options_;
  if (fonts_ == nullptr) fonts_ = std::make_unique<FontSet>(options.font, fontProblem_);
  if (options.makeContext) {
    context_ = options.makeContext();
  } else if (options.window) {
    auto window = openWindow(*options.window);
    window_ = window.get();
    context_ = std::move(window);
  } else {
    context_ = openEglContext(options.egl);
  }
  painter_ = std::make_unique<GridPainter>(*context_, *fonts_, renderer_.scaler_);
  ++contexts_;
  const std::lock_guard lock(renderer_.mutex_);
  if (window_ != nullptr) renderer_.scene_.output = window_->size();
  renderer_.dirty_ = true;
  renderer_.stats_.backend = context_->gl().renderer;
  renderer_.stats_.software = context_->isSoftware();
  renderer_.stats_.text = fonts_->available();
  renderer_.stats_.contexts = contexts_;
}

RenderLoop::Job RenderLoop::nextJob() {
  const auto period = static_cast<int64_t>(1e6 / renderer_.options_.maxFps);
  Job job;
  std::unique_lock lock(renderer_.mutex_);
  while (!renderer_.stopping_) {
    const int64_t now = monotonicMicros();
    if (renderer_.agePictureRates(now)) renderer_.dirty_ = true;
    const int64_t due = std::max(lastDraw_ + period, retryAt_);
    const bool ready = renderer_.dirty_ && now >= due;
    if (ready || !renderer_.captures_.empty()) {
      job.draw = true;
      break;
    }
    if (renderer_.windowFullscreen_) break;
    int64_t wait = kIdleMicros;
    if (renderer_.dirty_) wait = std::min(wait, due - now);
    if (window_ != nullptr) wait = std::min(wait, kWindowMicros);
    renderer_.wake_.wait_for(lock, std::chrono::microseconds(wait));
    if (window_ != nullptr) break;
  }
  job.stop = renderer_.stopping_;
  job.captures.swap(renderer_.captures_);
  job.windowFullscreen = std::exchange(renderer_.windowFullscreen_, {});
  if (job.stop || !job.draw) return job;
  renderer_.dirty_ = false;
  renderer_.nextDraw_ = monotonicMicros() + std::max(period, static_cast<int64_t>(drawMicros_));
  job.scene = renderer_.scene_;
  const std::vector<PixelRect> rects = visibleTiles(job.scene);
  for (size_t i = 0; i < job.scene.tiles.size(); ++i) {
    renderer_.drawnVersions_[i] = job.scene.tiles[i].version;
    renderer_.seen_[i] = hidden_ ? PixelRect{} : rects[i];
  }
  return job;
}

void RenderLoop::run() {
  if (!fontProblem_.empty() && renderer_.events_.onError) {
    renderer_.events_.onError(Error("ERR_FONT", fontProblem_));
  }
  while (true) {
    Job job = nextJob();
    if (job.stop) {
      const std::lock_guard lock(renderer_.mutex_);
      // close() answers them.
      for (auto& done : job.captures) renderer_.captures_.push_back(std::move(done));
      break;
    }
    if (job.windowFullscreen && window_ != nullptr) window_->setFullscreen(*job.windowFullscreen);
    if (job.draw) draw(job);
    pollWindow();
  }
}

void RenderLoop::draw(Job& job) {
  lastDraw_ = monotonicMicros();
  tellViews(job.scene);
  if (hidden_ && job.captures.empty()) return;
  try {
    if (painter_ == nullptr) reopen();
    paint(job);
    noteStats();  // whoever hears of the picture finds it counted
    answer(job);
  } catch (const Error& error) {
    for (auto& done : job.captures) done({}, std::make_exception_ptr(error));
    recover(error);
  }
}

void RenderLoop::paint(Job& job) {
  painter_->paint(job.scene);
  if (window_ != nullptr && !hidden_) {
    painter_->present(window_->size());
    window_->swap();
  }
  retryDelay_ = 0;
  ++drawn_;
  drawMicros_ = static_cast<uint64_t>(monotonicMicros() - lastDraw_);
  std::string problem = painter_->takeProblem();
  if (!problem.empty() && problem != lastProblem_ && renderer_.events_.onError) {
    renderer_.events_.onError(Error("ERR_UNSUPPORTED", problem));
  }
  if (!problem.empty()) lastProblem_ = std::move(problem);
}

void RenderLoop::answer(Job& job) {
  while (!job.captures.empty()) {
    GridRenderer::Capture capture{.size = job.scene.output};
    painter_->readPixels(capture.rgba);
    const auto done = std::move(job.captures.front());
    job.captures.pop_front();
    done(std::move(capture), nullptr);
  }
}

/// A new context may show what the old one could not; what is too large it does not.
void RenderLoop::recover(const Error& error) {
  if (painter_ != nullptr && renderer_.events_.onError) renderer_.events_.onError(error);
  if (error.code() == "ERR_LIMIT") return;
  dropContext();
  if (const int64_t now = monotonicMicros(); now >= retryAt_) {
    retryDelay_ = std::clamp(2 * retryDelay_, kFirstRetryMicros, kLastRetryMicros);
    retryAt_ = now + retryDelay_;
  }
  const std::lock_guard lock(renderer_.mutex_);
  renderer_.dirty_ = true;
}

void RenderLoop::dropContext() {
  painter_.reset();
  context_.reset();
  window_ = nullptr;
}

void RenderLoop::reopen() {
  if (monotonicMicros() < retryAt_) {
    throw Error("ERR_GL_LOST", "OpenGL was lost, and is not to be had anew yet: try again later");
  }
  try {
    open();
  } catch (...) {
    dropContext();
    throw;
  }
}

void RenderLoop::tellViews(const Scene& scene) {
  std::vector<PixelRect> rects = visibleTiles(scene);
  views_.resize(kMaxTiles);
  std::vector<TileView> changes;
  for (size_t i = 0; i < views_.size(); ++i) {
    Size size;
    if (!hidden_ && i < rects.size() && !rects[i].empty()) size = rects[i].size();
    if (size == views_[i]) continue;
    views_[i] = size;
    changes.push_back({static_cast<int>(i), size});
  }
  if (!changes.empty() && renderer_.events_.onViews) renderer_.events_.onViews(changes);
}

void RenderLoop::pollWindow() {
  if (window_ == nullptr) return;
  std::vector<WindowEvent> events;
  window_->poll(events);
  for (const WindowEvent& event : events) {
    int tile = -1;
    {
      const std::lock_guard lock(renderer_.mutex_);
      if (event.type == WindowEvent::Type::kResize) renderer_.scene_.output = event.size;
      if (event.type == WindowEvent::Type::kHide) hidden_ = true;
      if (event.type == WindowEvent::Type::kShow) hidden_ = false;
      if (event.type != WindowEvent::Type::kKey) renderer_.dirty_ = true;
      tile = tileUnder(renderer_.scene_, event.x, event.y);
    }
    if (renderer_.events_.onWindow) renderer_.events_.onWindow(event, tile);
  }
}

void RenderLoop::noteStats() {
  const std::lock_guard lock(renderer_.mutex_);
  renderer_.stats_.drawn = drawn_;
  renderer_.stats_.drawMicros = drawMicros_;
  if (painter_ != nullptr) renderer_.stats_.painter = painter_->stats();
}

}  // namespace flux::render
