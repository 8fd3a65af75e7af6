// A window on the screen, and what a person does in it.
#pragma once

#include <string>
#include <vector>

#include "render/gl_context.h"

namespace flux::render {

struct WindowOptions {
  std::string title = "fluxvision";  ///< UTF-8
  video::Size size{1280, 720};
  bool fullscreen = false;  ///< over a whole screen, without borders
};

struct WindowEvent {
  enum class Type : uint8_t { kClose, kKey, kClick, kDoubleClick, kResize, kHide, kShow };
  Type type = Type::kClose;
  std::string key;  ///< kKey: SDL's name of it, for example "F11", "Escape" or "A"
  int x = 0;        ///< clicks: pixels of the output
  int y = 0;
  video::Size size;  ///< kResize: pixels
};

/// Its context draws into it. Used by the thread that made it.
class Window : public GlContext {
 public:
  /// What was done since it was last asked.
  virtual void poll(std::vector<WindowEvent>& out) = 0;
  [[nodiscard]] virtual video::Size size() const = 0;  ///< pixels
  /// Shows what was drawn, with the screen's next picture where the driver can wait for that.
  virtual void swap() = 0;
  virtual void setFullscreen(bool on) = 0;
};

/// Through SDL 2, which is opened at run time. Throws ERR_WINDOW where there is no SDL, no display,
/// or a window already: SDL has one queue of events for the whole process, so that one thread has
/// to have them all.
std::unique_ptr<Window> openWindow(const WindowOptions& options);

}  // namespace flux::render
