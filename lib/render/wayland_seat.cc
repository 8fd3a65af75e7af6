#include "render/wayland_seat.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/library.h"

namespace flux::render {
namespace {

// Of libwayland-client's stable interface: wayland-client-core.h, and wl_display and wl_registry of
// wayland.xml.
constexpr uint32_t kGetRegistry = 1;
using Callback = void (*)();

struct Wayland {
  void* (*connect)(const char* name);
  void (*disconnect)(void* display);
  int (*roundtrip)(void* display);
  void* (*construct)(void* proxy, uint32_t opcode, const void* interface, ...);
  int (*addListener)(void* proxy, Callback* callbacks, void* data);
  void (*destroy)(void* proxy);
  const void* registryInterface;

  explicit Wayland(const Library& library)
      : connect(library.function<void*(const char*)>("wl_display_connect")),
        disconnect(library.function<void(void*)>("wl_display_disconnect")),
        roundtrip(library.function<int(void*)>("wl_display_roundtrip")),
        construct(library.function<void*(void*, uint32_t, const void*, ...)>(
            "wl_proxy_marshal_constructor")),
        addListener(library.function<int(void*, Callback*, void*)>("wl_proxy_add_listener")),
        destroy(library.function<void(void*)>("wl_proxy_destroy")),
        registryInterface(library.symbol("wl_registry_interface")) {}

  [[nodiscard]] bool complete() const {
    return connect != nullptr && disconnect != nullptr && roundtrip != nullptr &&
           construct != nullptr && addListener != nullptr && destroy != nullptr &&
           registryInterface != nullptr;
  }
};

void onGlobal(void* seat, void* /*registry*/, uint32_t /*name*/, const char* interface,
              uint32_t /*version*/) {
  if (std::strcmp(interface, "wl_seat") == 0) *static_cast<bool*>(seat) = true;
}

void onGlobalGone(void* /*seat*/, void* /*registry*/, uint32_t /*name*/) {}

}  // namespace

bool waylandLacksSeat() {
  if (std::getenv("WAYLAND_SOCKET") != nullptr) return false;
  std::string why;
  const auto library = Library::open("libwayland-client.so.0", why);
  if (library == nullptr) return false;
  const Wayland wayland(*library);
  if (!wayland.complete()) return false;
  void* display = wayland.connect(nullptr);
  if (display == nullptr) return false;
  bool seat = false;
  bool answered = false;
  std::array callbacks = {reinterpret_cast<Callback>(&onGlobal),
                          reinterpret_cast<Callback>(&onGlobalGone)};
  if (void* registry = wayland.construct(display, kGetRegistry, wayland.registryInterface, nullptr);
      registry != nullptr) {
    wayland.addListener(registry, callbacks.data(), &seat);
    answered = wayland.roundtrip(display) >= 0;
    wayland.destroy(registry);
  }
  wayland.disconnect(display);
  return answered && !seat;
}

}  // namespace flux::render
