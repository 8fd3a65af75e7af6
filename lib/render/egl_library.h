// libEGL's functions, and the displays of its devices, which every context of the process shares.
#pragma once

#include <EGL/egl.h>
#include <EGL/eglext.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace flux::render {

#define FLUX_EGL_FUNCTIONS(X)       \
  X(GetProcAddress, GETPROCADDRESS) \
  X(QueryString, QUERYSTRING)       \
  X(Initialize, INITIALIZE)         \
  X(BindAPI, BINDAPI)               \
  X(ChooseConfig, CHOOSECONFIG)     \
  X(CreateContext, CREATECONTEXT)   \
  X(DestroyContext, DESTROYCONTEXT) \
  X(MakeCurrent, MAKECURRENT)       \
  X(ReleaseThread, RELEASETHREAD)   \
  X(GetError, GETERROR)

/// One way to a GPU (or to Mesa's renderer), initialised.
struct EglDevice {
  EGLDisplay display = EGL_NO_DISPLAY;
  std::string vendor;
  std::optional<int> cudaDevice;  ///< EGL_NV_device_cuda
  bool software = false;
  bool robustness = false;  ///< tells when a context is lost
};

/// Lives as long as the process: drivers leave threads and thread-local data behind, for which they
/// must stay loaded, and eglTerminate() would take a display from whoever else draws on it.
class EglLibrary final {
 public:
  /// Throws ERR_GL_UNAVAILABLE.
  static EglLibrary& instance();

#define FLUX_EGL_MEMBER(name, type) PFNEGL##type##PROC name = nullptr;
  FLUX_EGL_FUNCTIONS(FLUX_EGL_MEMBER)
#undef FLUX_EGL_MEMBER

  /// Those that could be initialised, in EGL's order (which is not CUDA's). `why` says what became
  /// of the others.
  std::vector<EglDevice> devices(std::string& why);

 private:
  EglLibrary();
  std::optional<EglDevice> initialize(EGLDisplay display, std::string& why) const;
  std::vector<EglDevice> enumerate(std::string& why) const;

  std::mutex mutex_;
  std::vector<EglDevice> devices_;
};

}  // namespace flux::render
