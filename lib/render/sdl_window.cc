#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/library.h"
#include "render/wayland_seat.h"
#include "render/window.h"

namespace flux::render {
namespace {

// Of SDL 2's stable interface, which no release of it changes: SDL.h, SDL_video.h, SDL_events.h.
constexpr uint32_t kInitVideo = 0x20;
constexpr uint32_t kWindowOpenGl = 0x2;
constexpr uint32_t kWindowResizable = 0x20;
constexpr uint32_t kWindowHighDpi = 0x2000;
constexpr uint32_t kWindowFullscreenDesktop = 0x1001;
constexpr int kPositionUndefined = 0x1FFF0000;
constexpr uint32_t kEventQuit = 0x100;
constexpr uint32_t kEventWindow = 0x200;
constexpr uint32_t kEventKeyDown = 0x300;
constexpr uint32_t kEventMouseDown = 0x401;
constexpr uint8_t kWindowShown = 1;
constexpr uint8_t kWindowHidden = 2;
constexpr uint8_t kWindowSizeChanged = 6;
constexpr uint8_t kWindowMinimized = 7;
constexpr uint8_t kWindowRestored = 9;
constexpr uint8_t kLeftButton = 1;
constexpr int kGlDoubleBuffer = 5;
constexpr int kGlMajor = 17;
constexpr int kGlMinor = 18;
constexpr int kGlProfile = 21;
constexpr int kGlProfileCore = 1;
constexpr int kGlProfileEs = 4;

/// The fields that are read of SDL_Event, which is 56 bytes long.
struct Event {
  uint32_t type;
  uint32_t timestamp;
  uint32_t window;
  union {
    struct {
      uint8_t event;
      uint8_t padding[3];
      int32_t data[2];
    } change;
    struct {
      uint8_t state;
      uint8_t repeat;
      uint8_t padding[2];
      int32_t scancode;
      int32_t key;
    } key;
    struct {
      uint32_t mouse;
      uint8_t button;
      uint8_t state;
      uint8_t clicks;
      uint8_t padding;
      int32_t x;
      int32_t y;
    } button;
    uint8_t rest[116];
  };
};
static_assert(sizeof(Event) == 128);

// NOLINTBEGIN(bugprone-macro-parentheses)
struct Sdl {
  std::unique_ptr<Library> library;

#define FLUX_SDL_FUNCTIONS(X)                                         \
  X(int, InitSubSystem, (uint32_t))                                   \
  X(void, QuitSubSystem, (uint32_t))                                  \
  X(void, GetVersion, (uint8_t*))                                     \
  X(const char*, GetError, (void))                                    \
  X(const char*, GetCurrentVideoDriver, (void))                       \
  X(const char*, GetHint, (const char*))                              \
  X(int, SetHint, (const char*, const char*))                         \
  X(int, PollEvent, (Event*))                                         \
  X(void*, CreateWindow, (const char*, int, int, int, int, uint32_t)) \
  X(void, DestroyWindow, (void*))                                     \
  X(int, SetWindowFullscreen, (void*, uint32_t))                      \
  X(void, GetWindowSize, (void*, int*, int*))                         \
  X(const char*, GetKeyName, (int32_t))                               \
  X(int, GL_SetAttribute, (int, int))                                 \
  X(void*, GL_CreateContext, (void*))                                 \
  X(void, GL_DeleteContext, (void*))                                  \
  X(int, GL_SetSwapInterval, (int))                                   \
  X(void, GL_SwapWindow, (void*))                                     \
  X(void, GL_GetDrawableSize, (void*, int*, int*))                    \
  X(void*, GL_GetProcAddress, (const char*))
#define FLUX_SDL_MEMBER(result, name, arguments) result(*name) arguments = nullptr;
  FLUX_SDL_FUNCTIONS(FLUX_SDL_MEMBER)
#undef FLUX_SDL_MEMBER

  Sdl() {
    std::string why;
    library = Library::open("libSDL2-2.0.so.0", why);
    if (library == nullptr) {
      throw Error("ERR_WINDOW", "a window needs SDL 2: install libsdl2-2.0-0 (" + why + ")");
    }
#define FLUX_SDL_FIND(result, name, arguments)                                 \
  name = reinterpret_cast<result(*) arguments>(library->symbol("SDL_" #name)); \
  if (name == nullptr) throw Error("ERR_WINDOW", "libSDL2-2.0.so.0 has no SDL_" #name);
    FLUX_SDL_FUNCTIONS(FLUX_SDL_FIND)
#undef FLUX_SDL_FIND
  }
};
// NOLINTEND(bugprone-macro-parentheses)

std::atomic<bool> windowExists{false};

/// The one window that a process may have.
class Claim final {
 public:
  Claim() {
    if (windowExists.exchange(true)) {
      throw Error("ERR_WINDOW",
                  "this process has a window already: close it first, or render "
                  "without one");
    }
  }
  ~Claim() { windowExists = false; }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
};

class SdlWindow final : public Window {
 public:
  explicit SdlWindow(const WindowOptions& options) {
    // Node's process keeps its own ways with Ctrl+C.
    sdl_.SetHint("SDL_NO_SIGNAL_HANDLERS", "1");
    avoidWaylandWithoutSeat();
    if (sdl_.InitSubSystem(kInitVideo) != 0) {
      fail("finds no display (is DISPLAY or WAYLAND_DISPLAY set?)");
    }
    try {
      open(options);
    } catch (...) {
      close();
      throw;
    }
  }
  ~SdlWindow() override { close(); }

  [[nodiscard]] const Gl& gl() const noexcept override { return gl_; }
  [[nodiscard]] bool isSoftware() const noexcept override {
    return gl_.renderer.find("llvmpipe") != std::string::npos;
  }
  [[nodiscard]] std::optional<int> cudaDevice() const noexcept override { return {}; }
  [[nodiscard]] bool isLost() override {
    return gl_.GetGraphicsResetStatus != nullptr && gl_.GetGraphicsResetStatus() != GL_NO_ERROR;
  }

  void poll(std::vector<WindowEvent>& out) override {
    Event event{};
    while (sdl_.PollEvent(&event) == 1) translate(event, out);
  }

  [[nodiscard]] video::Size size() const override {
    video::Size size;
    sdl_.GL_GetDrawableSize(window_, &size.width, &size.height);
    return {std::max(1, size.width), std::max(1, size.height)};
  }

  void swap() override { sdl_.GL_SwapWindow(window_); }

  void setFullscreen(bool on) override {
    sdl_.SetWindowFullscreen(window_, on ? kWindowFullscreenDesktop : 0);
  }

 private:
  [[noreturn]] void fail(const char* what) {
    const char* reason = sdl_.GetError();
    throw Error("ERR_WINDOW", std::string("SDL ") + what + ": " + (reason ? reason : ""));
  }

  /// SDL before 2.30 reads a null pointer there (libsdl-org/SDL issue 8898), and the process ends.
  void avoidWaylandWithoutSeat() {
    std::array<uint8_t, 3> version{};  // SDL_version: major, minor, patch
    sdl_.GetVersion(version.data());
    if (version[0] != 2 || version[1] >= 30 || !waylandLacksSeat()) return;
    const char* chosen = std::getenv("SDL_VIDEODRIVER");
    const bool x11 = chosen != nullptr ? std::strstr(chosen, "wayland") == nullptr
                                       : std::getenv("DISPLAY") != nullptr;
    if (!x11) {
      throw Error("ERR_WINDOW",
                  "the Wayland compositor has no keyboard, mouse or touch screen, without which "
                  "SDL before 2.30 ends the process: attach one, or install a newer SDL 2");
    }
    if (chosen == nullptr) sdl_.SetHint("SDL_VIDEODRIVER", "x11");
  }

  /// SDL falls back to a window that nobody sees. It is given only where it was asked for.
  void refuseInvisible() {
    const char* driver = sdl_.GetCurrentVideoDriver();
    const std::string_view name = driver != nullptr ? driver : "";
    if (name != "offscreen" && name != "dummy" && name != "evdev") return;
    if (sdl_.GetHint("SDL_VIDEODRIVER") != nullptr) return;
    throw Error("ERR_WINDOW",
                "SDL finds no display: set DISPLAY or WAYLAND_DISPLAY, or render without a window");
  }

  void open(const WindowOptions& options) {
    refuseInvisible();
    if (!create(options, false) && !create(options, true)) {
      fail("cannot make a window with OpenGL 3.3 or OpenGL ES 3.0");
    }
    // Where a driver cannot wait for the screen it says no, and pictures come at their own pace.
    sdl_.GL_SetSwapInterval(1);
    gl_ = Gl::load([this](const char* name) { return sdl_.GL_GetProcAddress(name); });
  }

  bool create(const WindowOptions& options, bool es) {
    sdl_.GL_SetAttribute(kGlMajor, 3);
    sdl_.GL_SetAttribute(kGlMinor, es ? 0 : 3);
    sdl_.GL_SetAttribute(kGlProfile, es ? kGlProfileEs : kGlProfileCore);
    sdl_.GL_SetAttribute(kGlDoubleBuffer, 1);
    uint32_t flags = kWindowOpenGl | kWindowResizable | kWindowHighDpi;
    if (options.fullscreen) flags |= kWindowFullscreenDesktop;
    window_ = sdl_.CreateWindow(options.title.c_str(), kPositionUndefined, kPositionUndefined,
                                options.size.width, options.size.height, flags);
    if (window_ == nullptr) return false;
    context_ = sdl_.GL_CreateContext(window_);
    if (context_ != nullptr) return true;
    sdl_.DestroyWindow(window_);
    window_ = nullptr;
    return false;
  }

  void close() {
    if (context_ != nullptr) sdl_.GL_DeleteContext(context_);
    if (window_ != nullptr) sdl_.DestroyWindow(window_);
    sdl_.QuitSubSystem(kInitVideo);
  }

  void translate(const Event& event, std::vector<WindowEvent>& out) {
    using Type = WindowEvent::Type;
    switch (event.type) {
      case kEventQuit:
        out.push_back({.type = Type::kClose});
        break;
      case kEventKeyDown: {
        if (event.key.repeat != 0) break;
        const char* name = sdl_.GetKeyName(event.key.key);
        if (name != nullptr && *name != 0) out.push_back({.type = Type::kKey, .key = name});
        break;
      }
      case kEventMouseDown:
        if (event.button.button == kLeftButton) click(event, out);
        break;
      case kEventWindow:
        windowChanged(event.change.event, out);
        break;
      default:
        break;
    }
  }

  void click(const Event& event, std::vector<WindowEvent>& out) {
    // The mouse counts in the window's units, which a dense screen has several pixels to.
    int width = 0;
    int height = 0;
    sdl_.GetWindowSize(window_, &width, &height);
    const video::Size pixels = size();
    const auto scaled = [](int at, int units, int length) {
      return units > 0 ? static_cast<int>(int64_t{at} * length / units) : at;
    };
    out.push_back({.type = event.button.clicks == 2 ? WindowEvent::Type::kDoubleClick
                                                    : WindowEvent::Type::kClick,
                   .x = scaled(event.button.x, width, pixels.width),
                   .y = scaled(event.button.y, height, pixels.height)});
  }

  void windowChanged(uint8_t what, std::vector<WindowEvent>& out) const {
    using Type = WindowEvent::Type;
    if (what == kWindowSizeChanged) out.push_back({.type = Type::kResize, .size = size()});
    if (what == kWindowHidden || what == kWindowMinimized) out.push_back({.type = Type::kHide});
    if (what == kWindowShown || what == kWindowRestored) out.push_back({.type = Type::kShow});
  }

  Claim claim_;
  Sdl sdl_;
  void* window_ = nullptr;
  void* context_ = nullptr;
  Gl gl_;
};

}  // namespace

std::unique_ptr<Window> openWindow(const WindowOptions& options) {
  return std::make_unique<SdlWindow>(options);
}

}  // namespace flux::render
