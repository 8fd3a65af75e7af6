// Connections that a session has left: each says TEARDOWN and waits a moment for the reply, because
// a camera that is not told keeps the session for a minute and has few of them.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "base/event_loop.h"
#include "rtsp/client_connection.h"

namespace flux::rtsp {

class Farewells final {
 public:
  explicit Farewells(EventLoop& loop);
  ~Farewells();
  Farewells(const Farewells&) = delete;
  Farewells& operator=(const Farewells&) = delete;

  /// How many connections may be leaving at once.
  static constexpr size_t kMaxLeaving = 8;
  using Left = std::function<void(bool answered)>;

  /// Sends `request` and closes the connection with its reply, or after 500 ms; then calls `left`,
  /// unless all this is destroyed before. False where too many are leaving already: then the
  /// connection is closed at once, and `left` is not called.
  bool say(std::shared_ptr<ClientConnection> connection, Request request, Left left = {});
  /// Calls `then` once no connection is left, which may be at once.
  void whenAllLeft(std::function<void()> then);

 private:
  class Leaving;
  void left(const Leaving* who, bool answered);

  EventLoop& loop_;
  std::list<std::unique_ptr<Leaving>> leaving_;
  std::function<void()> then_;
};

}  // namespace flux::rtsp
