// GL without a window, a screen or a display server: EGL on a device.
#pragma once

#include <optional>

#include "render/gl_context.h"

namespace flux::render {

struct EglOptions {
  /// CUDA's ordinal of the GPU that shall draw; a frame that was decoded there is then drawn
  /// without a copy through the machine's memory. Where no device of EGL's says that it is this
  /// one, any is taken. Not given: the first that has a context to give.
  std::optional<int> cudaDevice;
  /// Mesa's renderer on the CPU alone.
  bool software = false;
  /// OpenGL ES 3.0 even where there is OpenGL 3.3.
  bool es = false;
};

/// A context that is current on the calling thread. EGL_EXT_device_enumeration and
/// EGL_EXT_platform_device name the GPUs; without them Mesa's surfaceless platform is asked. Throws
/// ERR_GL_UNAVAILABLE, which names the package to install.
std::unique_ptr<GlContext> openEglContext(const EglOptions& options);

}  // namespace flux::render
