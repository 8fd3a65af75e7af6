// The wall of cameras: takes pictures from any thread, and draws them on a thread of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/thread.h"
#include "render/egl_context.h"
#include "render/grid_painter.h"
#include "render/scene.h"
#include "render/window.h"
#include "video/decoder.h"

namespace flux::render {

class RenderLoop;

struct GridRendererOptions {
  Size size{1280, 720};  ///< 1 to 16384 a side; of a window, what it begins with
  Layout layout = GridLayout{};
  double maxFps = 30;  ///< pictures of the grid in a second; it draws none while nothing changes
  EglOptions egl;
  std::string font;  ///< a font file that comes before the system's; may be empty
  std::optional<WindowOptions> window;  ///< instead of EGL
  MakeContext makeContext;              ///< instead of both, for tests
};

/// How large a tile is seen; {0, 0} where it is not. The quality of its pictures follows.
struct TileView {
  int tile = 0;
  Size size;
};

/// Called on the render thread; must be quick and must not throw.
struct GridRendererEvents {
  std::function<void(const std::vector<TileView>&)> onViews;  ///< those that changed
  /// ERR_GL_LOST, ERR_GL: the renderer begins anew by itself; ERR_LIMIT, ERR_UNSUPPORTED: something
  /// cannot be shown; ERR_FONT: there are no letters.
  std::function<void(const Error&)> onError;
  /// `tile` where there is one under a click, else -1.
  std::function<void(const WindowEvent&, int tile)> onWindow;
};

struct GridRendererStats {
  PainterStats painter;       ///< since the last context was made
  uint64_t framesIn = 0;      ///< pictures of cameras that came
  uint64_t framesUnseen = 0;  ///< of these, replaced by a newer one before they were drawn
  uint64_t drawn = 0;         ///< pictures of the grid
  uint64_t drawMicros = 0;    ///< last: writing and drawing one, scaling what had to wait
  uint64_t contexts = 0;      ///< made
  std::string backend;        ///< what the GL driver calls itself
  bool software = false;
  bool text = false;  ///< there are letters
};

/// Any thread may call everything here. Each picture of the grid shows whole pictures of cameras:
/// the newest that had come when it was begun.
class GridRenderer final : public std::enable_shared_from_this<GridRenderer> {
 public:
  /// Waits until the context is there. Throws ERR_GL_UNAVAILABLE, ERR_WINDOW,
  /// ERR_INVALID_ARGUMENT.
  static std::shared_ptr<GridRenderer> open(GridRendererOptions options, GridRendererEvents events);
  ~GridRenderer();
  GridRenderer(const GridRenderer&) = delete;
  GridRenderer& operator=(const GridRenderer&) = delete;

  // Tiles are 0 to kMaxTiles - 1, whatever the layout; what one has stays with it when it is not
  // seen. Another number throws ERR_INVALID_ARGUMENT.

  void setLayout(Layout layout);
  void setName(int tile, std::string name);
  void setStatus(int tile, TileStatus status);
  void setFit(int tile, video::Fit fit);
  void setBoxes(int tile, std::vector<OverlayBox> boxes);
  void setOverlays(Overlays overlays);
  void setBackground(Rgba background, Rgba tileBackground);
  /// One tile alone, or the layout again.
  void fullscreen(std::optional<int> tile);
  /// Of the picture; a window's own size comes from its events.
  void resize(Size size);
  void setWindowFullscreen(bool on);

  /// Returns at once: the picture is brought to size when it is to be drawn.
  void show(int tile, video::Frame frame);
  /// Takes what a decoder delivers for as long as the renderer lives, and brings it to size on the
  /// decoder's thread where the tile is seen.
  std::function<void(const video::DecodedFrame&)> sink(int tile);
  void clear(int tile);

  struct Capture {
    Size size;
    std::vector<uint8_t> rgba;
  };
  /// Calls `done` on the render thread with a picture that shows everything set before, or with
  /// what kept it from being drawn (ERR_CLOSED, ERR_GL, ...).
  using CaptureDone = std::function<void(Capture&&, const std::exception_ptr&)>;
  void capture(CaptureDone done);

  [[nodiscard]] GridRendererStats stats() const;
  /// After it returns no event is called any more. Idempotent; not on the render thread.
  void close();

 private:
  friend class RenderLoop;
  struct Rate {
    int64_t since = 0;
    int64_t last = 0;
    unsigned frames = 0;
  };

  GridRenderer(GridRendererOptions options, GridRendererEvents events);
  Tile& tileAt(int tile);
  void changed();
  void put(int tile, video::Frame frame, TilePicturePtr picture);
  /// `frame` as its tile needs it; null where that is the painter's to do.
  TilePicturePtr scaled(int tile, const video::Frame& frame);
  void countFrame(int tile);
  /// Frame rates of tiles whose frames stopped. True where one has to be drawn anew.
  bool agePictureRates(int64_t now);

  const GridRendererOptions options_;
  const GridRendererEvents events_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Scene scene_;
  std::vector<Rate> rates_;
  std::vector<uint64_t> drawnVersions_;
  std::vector<PixelRect> seen_;  ///< tiles as they were drawn last; empty: not seen
  int64_t nextDraw_ = 0;         ///< monotonic microseconds; the grid is hardly drawn before
  uint64_t version_ = 0;
  bool dirty_ = true;
  bool stopping_ = false;
  std::optional<bool> windowFullscreen_;
  std::deque<CaptureDone> captures_;
  GridRendererStats stats_;
  const std::shared_ptr<PictureScaler> scaler_ = std::make_shared<PictureScaler>();
  NamedThread thread_;  // last: the rest exists before it runs
};

}  // namespace flux::render
