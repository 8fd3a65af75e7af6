// Name look-up off the event loop: one short-lived thread per name, because the system's resolver
// can block for many seconds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/event_loop.h"
#include "base/socket.h"

namespace flux::rtsp {

/// A look-up under way. Destroying it, on the loop's thread, forgets the result; the thread then
/// ends by itself and touches neither loop nor callback.
class Lookup final {
 public:
  /// `error` is set where there are no addresses. Called on the loop's thread.
  using Done =
      std::function<void(std::vector<SocketAddress> addresses, std::optional<Error> error)>;

  Lookup(EventLoop& loop, std::string host, uint16_t port, Done done);
  ~Lookup();
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace flux::rtsp
