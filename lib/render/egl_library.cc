#include "render/egl_library.h"

#include <string_view>

#include "base/error.h"
#include "base/library.h"

namespace flux::render {
namespace {

constexpr EGLint kMaxDevices = 32;

bool hasExtension(const char* extensions, std::string_view name) {
  std::string_view rest = extensions != nullptr ? extensions : "";
  while (!rest.empty()) {
    const size_t end = rest.find(' ');
    if (rest.substr(0, end) == name) return true;
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return false;
}

}  // namespace

EglLibrary& EglLibrary::instance() {
  static EglLibrary& library = *new EglLibrary();  // never freed: see the class
  return library;
}

EglLibrary::EglLibrary() {
  std::string why;
  static Library* library = nullptr;  // likewise
  if (library == nullptr) library = Library::open("libEGL.so.1", why).release();
  if (library == nullptr) {
    throw Error("ERR_GL_UNAVAILABLE",
                "libEGL.so.1 cannot be opened: install libegl1, and libgl1-mesa-dri or the GPU's "
                "driver (" +
                    why + ")");
  }
// NOLINTBEGIN(bugprone-macro-parentheses)
#define FLUX_EGL_FIND(name, type) \
  name = reinterpret_cast<PFNEGL##type##PROC>(library->symbol("egl" #name));
  FLUX_EGL_FUNCTIONS(FLUX_EGL_FIND)
#undef FLUX_EGL_FIND
#define FLUX_EGL_CHECK(name, type)                                                       \
  if (name == nullptr) {                                                                 \
    throw Error("ERR_GL_UNAVAILABLE",                                                    \
                "libEGL.so.1 has no egl" #name ": install libegl1 of EGL 1.4 or later"); \
  }
  FLUX_EGL_FUNCTIONS(FLUX_EGL_CHECK)
#undef FLUX_EGL_CHECK
  // NOLINTEND(bugprone-macro-parentheses)
}

std::optional<EglDevice> EglLibrary::initialize(EGLDisplay display, std::string& why) const {
  if (display == EGL_NO_DISPLAY || Initialize(display, nullptr, nullptr) != EGL_TRUE) {
    why += "; a device of EGL's cannot be initialised";
    return {};
  }
  const char* extensions = QueryString(display, EGL_EXTENSIONS);
  if (!hasExtension(extensions, "EGL_KHR_surfaceless_context")) {
    why += "; a device of EGL's cannot draw without a surface";
    return {};
  }
  const char* vendor = QueryString(display, EGL_VENDOR);
  return EglDevice{.display = display,
                   .vendor = vendor != nullptr ? vendor : "",
                   .robustness = hasExtension(extensions, "EGL_EXT_create_context_robustness")};
}

std::vector<EglDevice> EglLibrary::enumerate(std::string& why) const {
  std::vector<EglDevice> found;
  const char* client = QueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
  const auto getDisplay =
      reinterpret_cast<PFNEGLGETPLATFORMDISPLAYEXTPROC>(GetProcAddress("eglGetPlatformDisplayEXT"));
  const auto queryDevices =
      reinterpret_cast<PFNEGLQUERYDEVICESEXTPROC>(GetProcAddress("eglQueryDevicesEXT"));
  if (getDisplay == nullptr) {
    why += "; EGL has no EGL_EXT_platform_base";
    return found;
  }
  if (queryDevices != nullptr && hasExtension(client, "EGL_EXT_platform_device")) {
    const auto queryText =
        reinterpret_cast<PFNEGLQUERYDEVICESTRINGEXTPROC>(GetProcAddress("eglQueryDeviceStringEXT"));
    const auto queryNumber =
        reinterpret_cast<PFNEGLQUERYDEVICEATTRIBEXTPROC>(GetProcAddress("eglQueryDeviceAttribEXT"));
    std::vector<EGLDeviceEXT> all(kMaxDevices);
    EGLint count = 0;
    if (queryDevices(kMaxDevices, all.data(), &count) != EGL_TRUE) count = 0;
    for (EGLint i = 0; i < count; ++i) {
      auto device = initialize(getDisplay(EGL_PLATFORM_DEVICE_EXT, all[i], nullptr), why);
      if (!device) continue;
      const char* extensions = queryText ? queryText(all[i], EGL_EXTENSIONS) : nullptr;
      device->software = hasExtension(extensions, "EGL_MESA_device_software");
      EGLAttrib ordinal = 0;
      if (hasExtension(extensions, "EGL_NV_device_cuda") && queryNumber != nullptr &&
          queryNumber(all[i], EGL_CUDA_DEVICE_NV, &ordinal) == EGL_TRUE) {
        device->cudaDevice = static_cast<int>(ordinal);
      }
      found.push_back(*device);
    }
  }
  if (found.empty() && hasExtension(client, "EGL_MESA_platform_surfaceless")) {
    auto device =
        initialize(getDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr), why);
    if (device) found.push_back(*device);
  }
  return found;
}

std::vector<EglDevice> EglLibrary::devices(std::string& why) {
  const std::lock_guard lock(mutex_);
  // A driver that was installed meanwhile is found where there was none before.
  if (devices_.empty()) devices_ = enumerate(why);
  return devices_;
}

}  // namespace flux::render
