#include "render/grid_renderer.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/clock.h"
#include "render/render_loop.h"

namespace flux::render {
namespace {

constexpr int kMaxSide = 16384;
/// A frame rate is counted over this long, and forgotten where none comes for twice as long.
constexpr int64_t kRateMicros = 1'000'000;

void checkSize(Size size) {
  if (size.width < 1 || size.height < 1 || size.width > kMaxSide || size.height > kMaxSide ||
      int64_t{size.width} * size.height > video::kMaxPixels) {
    throw Error("ERR_INVALID_ARGUMENT", "the renderer's picture must be 1 to " +
                                            std::to_string(kMaxSide) +
                                            " pixels a side and at most 8192x5120 in all");
  }
}

}  // namespace

std::shared_ptr<GridRenderer> GridRenderer::open(GridRendererOptions options,
                                                 GridRendererEvents events) {
  checkLayout(options.layout);
  checkSize(options.size);
  std::shared_ptr<GridRenderer> renderer(new GridRenderer(std::move(options), std::move(events)));
  std::promise<void> opened;
  std::future<void> open = opened.get_future();
  renderer->thread_ = NamedThread("fv-render", [self = renderer.get(), &opened] {
    RenderLoop loop(*self);
    try {
      loop.open();
    } catch (...) {
      opened.set_exception(std::current_exception());
      return;
    }
    opened.set_value();
    loop.run();
  });
  open.get();
  return renderer;
}

GridRenderer::GridRenderer(GridRendererOptions options, GridRendererEvents events)
    : options_(std::move(options)),
      events_(std::move(events)),
      rates_(kMaxTiles),
      drawnVersions_(kMaxTiles),
      seen_(kMaxTiles) {
  scene_.output = options_.size;
  scene_.layout = options_.layout;
  scene_.tiles.resize(kMaxTiles);
}

GridRenderer::~GridRenderer() {
  close();
}

void GridRenderer::close() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  thread_.join();
  std::deque<CaptureDone> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(captures_);
    for (Tile& tile : scene_.tiles) {
      tile.frame.reset();
      tile.picture.reset();
    }
  }
  for (CaptureDone& done : left) {
    done({}, std::make_exception_ptr(Error("ERR_CLOSED", "the renderer is closed: open another")));
  }
}

Tile& GridRenderer::tileAt(int tile) {
  if (tile < 0 || tile >= kMaxTiles) {
    throw Error("ERR_INVALID_ARGUMENT",
                "tile must be 0 to " + std::to_string(kMaxTiles - 1) + ", counted from 0");
  }
  return scene_.tiles[static_cast<size_t>(tile)];
}

void GridRenderer::changed() {
  dirty_ = true;
  wake_.notify_all();
}

void GridRenderer::setLayout(Layout layout) {
  checkLayout(layout);
  const std::lock_guard lock(mutex_);
  scene_.layout = std::move(layout);
  changed();
}

void GridRenderer::setName(int tile, std::string name) {
  const std::lock_guard lock(mutex_);
  tileAt(tile).name = std::move(name);
  changed();
}

void GridRenderer::setStatus(int tile, TileStatus status) {
  const std::lock_guard lock(mutex_);
  tileAt(tile).status = status;
  changed();
}

void GridRenderer::setFit(int tile, video::Fit fit) {
  const std::lock_guard lock(mutex_);
  tileAt(tile).fit = fit;
  changed();
}

void GridRenderer::setBoxes(int tile, std::vector<OverlayBox> boxes) {
  if (boxes.size() > kMaxBoxes) {
    throw Error("ERR_INVALID_ARGUMENT",
                "a tile shows at most " + std::to_string(kMaxBoxes) + " boxes");
  }
  const std::lock_guard lock(mutex_);
  tileAt(tile).boxes = std::move(boxes);
  changed();
}

void GridRenderer::setOverlays(Overlays overlays) {
  const std::lock_guard lock(mutex_);
  scene_.overlays = overlays;
  changed();
}

void GridRenderer::setBackground(Rgba background, Rgba tileBackground) {
  const std::lock_guard lock(mutex_);
  scene_.background = background;
  scene_.tileBackground = tileBackground;
  changed();
}

void GridRenderer::fullscreen(std::optional<int> tile) {
  const std::lock_guard lock(mutex_);
  if (tile) tileAt(*tile);
  scene_.fullscreen = tile;
  changed();
}

void GridRenderer::resize(Size size) {
  checkSize(size);
  const std::lock_guard lock(mutex_);
  scene_.output = size;
  changed();
}

void GridRenderer::setWindowFullscreen(bool on) {
  const std::lock_guard lock(mutex_);
  windowFullscreen_ = on;
  changed();
}

void GridRenderer::countFrame(int tile) {
  Rate& rate = rates_[static_cast<size_t>(tile)];
  const int64_t now = monotonicMicros();
  if (now - rate.last > 2 * kRateMicros) rate = {.since = now};
  rate.last = now;
  // The first one begins the second; it does not count in it.
  if (now == rate.since) return;
  ++rate.frames;
  if (now - rate.since < kRateMicros) return;
  scene_.tiles[static_cast<size_t>(tile)].fps =
      rate.frames * 1e6 / static_cast<double>(now - rate.since);
  rate.since = now;
  rate.frames = 0;
}

bool GridRenderer::agePictureRates(int64_t now) {
  bool changed = false;
  for (size_t i = 0; i < rates_.size(); ++i) {
    if (scene_.tiles[i].fps == 0 || now - rates_[i].last <= 2 * kRateMicros) continue;
    scene_.tiles[i].fps = 0;
    changed = true;
  }
  return changed;
}

void GridRenderer::show(int tile, video::Frame frame) {
  put(tile, std::move(frame), nullptr);
}

void GridRenderer::put(int tile, video::Frame frame, TilePicturePtr picture) {
  // What they replace may be the last of its kind, and is freed without the lock.
  std::optional<video::Frame> before(std::move(frame));
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  Tile& target = tileAt(tile);
  ++stats_.framesIn;
  if (target.version != 0 && drawnVersions_[static_cast<size_t>(tile)] != target.version) {
    ++stats_.framesUnseen;
  }
  target.frame.swap(before);
  target.picture.swap(picture);
  target.version = ++version_;
  countFrame(tile);
  if (!seen_[static_cast<size_t>(tile)].empty()) changed();
}

TilePicturePtr GridRenderer::scaled(int tile, const video::Frame& frame) {
  const auto index = static_cast<size_t>(tile);
  PixelRect rect;
  video::Fit fit{};
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || seen_[index].empty()) return nullptr;
    // Of a GPU's pictures the painter makes more, unless it had to give that up.
    if (frame.onDevice() != nullptr && stats_.painter.notShared.empty()) return nullptr;
    // Where pictures come faster than they are drawn, most would be scaled for nothing.
    const Tile& shown = scene_.tiles[index];
    const int64_t now = monotonicMicros();
    const bool anotherComes = now + (now - rates_[index].last) < nextDraw_;
    if (anotherComes || shown.version != drawnVersions_[index]) return nullptr;
    rect = seen_[index];
    fit = shown.fit;
  }
  const Content content = place(frame.size(), frame.displaySize(), rect, fit);
  if (content.target.empty()) return nullptr;
  try {
    return scaler_->scale(index, frame, content.target.size(), fit);
  } catch (const std::exception&) {
    return nullptr;  // the painter finds the same, and says it
  }
}

std::function<void(const video::DecodedFrame&)> GridRenderer::sink(int tile) {
  {
    const std::lock_guard lock(mutex_);
    tileAt(tile);
  }
  return [weak = weak_from_this(), tile](const video::DecodedFrame& frame) {
    const auto renderer = weak.lock();
    if (renderer == nullptr) return;
    renderer->put(tile, frame.picture, renderer->scaled(tile, frame.picture));
  };
}

void GridRenderer::clear(int tile) {
  std::optional<video::Frame> before;
  TilePicturePtr picture;
  const std::lock_guard lock(mutex_);
  Tile& target = tileAt(tile);
  target.frame.swap(before);
  target.picture.swap(picture);
  target.version = 0;
  target.fps = 0;
  changed();
}

void GridRenderer::capture(CaptureDone done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      captures_.push_back(std::move(done));
      wake_.notify_all();
      return;
    }
  }
  done({}, std::make_exception_ptr(Error("ERR_CLOSED", "the renderer is closed: open another")));
}

GridRendererStats GridRenderer::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace flux::render
