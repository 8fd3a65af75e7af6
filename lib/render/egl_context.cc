#include "render/egl_context.h"

#include <algorithm>
#include <string>

#include "render/egl_library.h"

namespace flux::render {
namespace {

std::string errorText(EGLint error) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", static_cast<unsigned>(error));
  return text;
}

class EglContext final : public GlContext {
 public:
  EglContext(EglLibrary& egl, const EglDevice& device, bool es) : egl_(egl), device_(device) {
    egl_.BindAPI(es ? EGL_OPENGL_ES_API : EGL_OPENGL_API);
    context_ = create(es, device.robustness);
    if (context_ == EGL_NO_CONTEXT && device.robustness) context_ = create(es, false);
    if (context_ == EGL_NO_CONTEXT) fail("make a context");
    if (egl_.MakeCurrent(device.display, EGL_NO_SURFACE, EGL_NO_SURFACE, context_) != EGL_TRUE) {
      egl_.DestroyContext(device.display, context_);
      fail("use its context");
    }
    try {
      gl_ = Gl::load(
          [this](const char* name) { return reinterpret_cast<void*>(egl_.GetProcAddress(name)); });
    } catch (...) {
      destroy();
      throw;
    }
  }
  ~EglContext() override { destroy(); }

  [[nodiscard]] const Gl& gl() const noexcept override { return gl_; }
  [[nodiscard]] bool isSoftware() const noexcept override {
    return device_.software || gl_.renderer.find("llvmpipe") != std::string::npos ||
           gl_.renderer.find("softpipe") != std::string::npos;
  }
  [[nodiscard]] std::optional<int> cudaDevice() const noexcept override {
    return device_.cudaDevice;
  }
  [[nodiscard]] bool isLost() override {
    return gl_.GetGraphicsResetStatus != nullptr && gl_.GetGraphicsResetStatus() != GL_NO_ERROR;
  }

 private:
  EGLContext create(bool es, bool robust) {
    const EGLint configAttributes[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE,
                                       es ? EGL_OPENGL_ES3_BIT : EGL_OPENGL_BIT, EGL_NONE};
    EGLConfig config = nullptr;  // EGL_NO_CONFIG_KHR where the device has none
    EGLint count = 0;
    if (egl_.ChooseConfig(device_.display, configAttributes, &config, 1, &count) != EGL_TRUE ||
        count == 0) {
      config = nullptr;
    }
    std::vector<EGLint> attributes = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION,
                                      es ? 0 : 3};
    const auto add = [&](EGLint name, EGLint value) {
      attributes.push_back(name);
      attributes.push_back(value);
    };
    if (!es) add(EGL_CONTEXT_OPENGL_PROFILE_MASK, EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT);
    if (robust) {
      add(EGL_CONTEXT_OPENGL_ROBUST_ACCESS, EGL_TRUE);
      add(EGL_CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY, EGL_LOSE_CONTEXT_ON_RESET);
    }
    attributes.push_back(EGL_NONE);
    return egl_.CreateContext(device_.display, config, EGL_NO_CONTEXT, attributes.data());
  }

  void destroy() {
    egl_.MakeCurrent(device_.display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    egl_.DestroyContext(device_.display, context_);
    egl_.ReleaseThread();
  }

  [[noreturn]] void fail(const std::string& action) {
    throw Error("ERR_GL_UNAVAILABLE", "EGL (" + device_.vendor + ") cannot " + action + ": error " +
                                          errorText(egl_.GetError()));
  }

  EglLibrary& egl_;
  EglDevice device_;
  EGLContext context_ = EGL_NO_CONTEXT;
  Gl gl_;
};

/// The likeliest first: the GPU that was asked for, other GPUs, the CPU.
void order(std::vector<EglDevice>& devices, const EglOptions& options) {
  const auto rank = [&](const EglDevice& device) {
    if (options.cudaDevice && device.cudaDevice == options.cudaDevice) return 0;
    return device.software ? 2 : 1;
  };
  std::ranges::stable_sort(devices, {}, rank);
}

}  // namespace

std::unique_ptr<GlContext> openEglContext(const EglOptions& options) {
  EglLibrary& egl = EglLibrary::instance();
  std::string why;
  std::vector<EglDevice> devices = egl.devices(why);
  if (options.software) std::erase_if(devices, [](const auto& device) { return !device.software; });
  order(devices, options);
  for (const EglDevice& device : devices) {
    for (const bool es : {false, true}) {
      if (options.es && !es) continue;
      try {
        return std::make_unique<EglContext>(egl, device, es);
      } catch (const Error& error) {
        why += std::string("; ") + error.what();
      }
    }
  }
  throw Error(
      "ERR_GL_UNAVAILABLE",
      "there is no OpenGL 3.3 or OpenGL ES 3.0 on this machine: install libgl1-mesa-dri, or "
      "the GPU's driver (in a container: with the capability \"graphics\")" +
          why);
}

}  // namespace flux::render
