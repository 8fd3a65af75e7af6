// What a Wayland compositor says of its seat, by way of one that says nothing else.
#include "render/wayland_seat.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "../temporary_directory.h"

namespace flux::render {
namespace {

/// Answers one client's get_registry and sync with a list of interfaces.
class Compositor {
 public:
  explicit Compositor(std::vector<std::string> interfaces) : interfaces_(std::move(interfaces)) {
    sockaddr_un address{.sun_family = AF_UNIX};
    const std::string path = folder_.file("display");
    EXPECT_LT(path.size(), sizeof address.sun_path);
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    setenv("WAYLAND_DISPLAY", path.c_str(), 1);  // an absolute path needs no XDG_RUNTIME_DIR
    thread_ = std::thread([this] { serve(); });
  }
  ~Compositor() {
    unsetenv("WAYLAND_DISPLAY");
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

 private:
  static void put(std::string& to, uint32_t value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  static void putMessage(std::string& to, uint32_t object, uint32_t opcode,
                         const std::string& body) {
    put(to, object);
    put(to, static_cast<uint32_t>(body.size() + 8) << 16 | opcode);
    to += body;
  }

  void serve() const {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    std::string reply;
    for (uint32_t name = 1; const std::string& interface : interfaces_) {
      std::string body;
      put(body, name++);
      const auto length = static_cast<uint32_t>(interface.size() + 1);
      put(body, length);
      body += interface + std::string((length + 3) / 4 * 4 - interface.size(), '\0');
      put(body, 1);
      putMessage(reply, 2, 0, body);  // wl_registry.global: the first object that a client makes
    }
    putMessage(reply, 3, 0, std::string(4, '\0'));  // wl_callback.done: the second
    std::string requests(24, '\0');                 // get_registry and sync, 12 bytes each
    if (recv(client, requests.data(), requests.size(), MSG_WAITALL) == 24) {
      send(client, reply.data(), reply.size(), MSG_NOSIGNAL);
      recv(client, requests.data(), requests.size(), 0);  // until it goes
    }
    close(client);
  }

  const std::vector<std::string> interfaces_;
  const test::TemporaryDirectory folder_;
  int listener_ = -1;
  std::thread thread_;
};

TEST(WaylandSeatTest, FindsACompositorThatHasNone) {
  const Compositor compositor({"wl_compositor", "wl_output"});
  EXPECT_TRUE(waylandLacksSeat());
}

TEST(WaylandSeatTest, LeavesOneWithASeatToSdl) {
  const Compositor compositor({"wl_compositor", "wl_seat", "wl_output"});
  EXPECT_FALSE(waylandLacksSeat());
}

TEST(WaylandSeatTest, SaysNothingWithoutACompositor) {
  setenv("WAYLAND_DISPLAY", "/nowhere/display", 1);
  EXPECT_FALSE(waylandLacksSeat());
  unsetenv("WAYLAND_DISPLAY");
}

}  // namespace
}  // namespace flux::render
