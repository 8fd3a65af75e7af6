// Listens to a connection only for its last reply.
#include "rtsp/farewell.h"

#include <algorithm>
#include <utility>

namespace flux::rtsp {
namespace {

constexpr int64_t kPatienceMs = 500;

}  // namespace

class Farewells::Leaving final : public ClientConnection::Listener {
 public:
  Leaving(Farewells& owner, std::shared_ptr<ClientConnection> connection, Left left)
      : owner_(owner), connection_(std::move(connection)), left_(std::move(left)) {
    connection_->setListener(this);
    // Beside the request's own time limit: a login in between would begin that one anew.
    timer_ = owner_.loop_.schedule(kPatienceMs * 1000, [this] { owner_.left(this, false); });
  }
  ~Leaving() override {
    owner_.loop_.cancel(timer_);
    connection_->setListener(nullptr);
    connection_->close();
  }
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;

  void send(Request request) {
    connection_->request(
        std::move(request),
        [this](const ClientConnection::Reply& reply) {
          owner_.left(this, reply.response != nullptr);
        },
        kPatienceMs);
  }

  void onConnected() override {}
  void onBytes(size_t) override {}
  void onFrame(const InterleavedFrame&, const ClientConnection::Arrival&) override {}
  void onFailed(const Error&) override { owner_.left(this, false); }
  [[nodiscard]] Left takeLeft() { return std::move(left_); }

 private:
  Farewells& owner_;
  std::shared_ptr<ClientConnection> connection_;
  Left left_;
  EventLoop::TimerId timer_ = 0;
};

Farewells::Farewells(EventLoop& loop) : loop_(loop) {}
Farewells::~Farewells() = default;

bool Farewells::say(std::shared_ptr<ClientConnection> connection, Request request, Left left) {
  if (leaving_.size() == kMaxLeaving) {
    connection->close();
    return false;
  }
  leaving_.push_back(std::make_unique<Leaving>(*this, std::move(connection), std::move(left)));
  leaving_.back()->send(std::move(request));
  return true;
}

void Farewells::whenAllLeft(std::function<void()> then) {
  then_ = std::move(then);
  if (leaving_.empty()) std::exchange(then_, nullptr)();
}

void Farewells::left(const Leaving* who, bool answered) {
  const auto found = std::find_if(leaving_.begin(), leaving_.end(),
                                  [who](const auto& entry) { return entry.get() == who; });
  if (found == leaving_.end()) return;
  const Left report = (*found)->takeLeft();
  leaving_.erase(found);
  if (report) report(answered);
  if (leaving_.empty() && then_) std::exchange(then_, nullptr)();
}

}  // namespace flux::rtsp
