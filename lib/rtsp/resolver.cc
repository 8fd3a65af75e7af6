// The look-up thread and the state that outlives whichever side goes first.
#include "rtsp/resolver.h"

#include <mutex>
#include <system_error>

#include "base/thread.h"

namespace flux::rtsp {

struct Lookup::Shared {
  std::mutex mutex;
  EventLoop* loop = nullptr;  ///< nullptr once nobody waits; guarded by the mutex
  Done done;                  ///< loop's thread only
};

Lookup::Lookup(EventLoop& loop, std::string host, uint16_t port, Done done)
    : shared_(std::make_shared<Shared>()) {
  shared_->loop = &loop;
  shared_->done = std::move(done);
  const auto work = [shared = shared_, host = std::move(host), port] {
    std::vector<SocketAddress> addresses;
    std::optional<Error> error;
    try {
      addresses = resolveHost(host, port);
    } catch (const Error& failure) {
      error = failure;
    }
    const std::lock_guard lock(shared->mutex);
    if (shared->loop == nullptr) return;
    shared->loop->post([shared, addresses = std::move(addresses), error = std::move(error)] {
      const Done deliver = std::exchange(shared->done, nullptr);
      if (deliver) deliver(addresses, error);
    });
  };
  try {
    NamedThread("fv-dns", work).detach();
  } catch (const std::system_error& failure) {
    throw Error("ERR_CONNECTION", std::string("no thread for a name look-up: ") + failure.what());
  }
}

Lookup::~Lookup() {
  const std::lock_guard lock(shared_->mutex);
  shared_->loop = nullptr;
  shared_->done = nullptr;
}

}  // namespace flux::rtsp
