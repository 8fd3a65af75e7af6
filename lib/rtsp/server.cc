#include "rtsp/server.h"

#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "rtsp/clip_packetizer.h"
#include "rtsp/server_connection.h"
#include "rtsp/server_stream.h"

namespace flux::rtsp {
namespace {

constexpr int kMaxCameras = 4096;
constexpr size_t kMaxConnections = 16384;
constexpr int64_t kIdleMicros = 60000000;
constexpr int64_t kIdleCheckMicros = 10000000;
constexpr int64_t kAcceptPauseMicros = 100000;

const ServerOptions& checked(const ServerOptions& options) {
  if (options.cameras < 1 || options.cameras > kMaxCameras) {
    throw Error("ERR_INVALID_ARGUMENT", "cameras must be 1 to " + std::to_string(kMaxCameras));
  }
  if (options.username.empty() != options.password.empty()) {
    throw Error("ERR_INVALID_ARGUMENT", "username and password belong together");
  }
  return options;
}

}  // namespace

class Server::Impl final {
 public:
  Impl(EventLoop& loop, ServerOptions options)
      : loop_(loop),
        options_(std::move(options)),
        main_(std::make_unique<PacketizedClip>(checked(options_).main)),
        sub_(options_.sub == nullptr || options_.sub == options_.main
                 ? nullptr
                 : std::make_unique<PacketizedClip>(options_.sub)),
        context_{loop_, options_, [this](std::string_view path) { return findStream(path); },
                 [this](int fd) { connections_.erase(fd); }},
        listener_(Socket::listen(options_.host, options_.port)),
        port_(listener_.localPort()) {
    PacketizedClip& sub = sub_ ? *sub_ : *main_;
    const double cameras = options_.cameras;
    for (int i = 0; i < options_.cameras; ++i) {
      const std::string camera = "/cam" + std::to_string(i + 1);
      addStream(camera + "/main", *main_, i / cameras);
      addStream(camera + "/sub", sub, (i + 0.5) / cameras);
    }
    loop_.runAndWait([this] {
      listen();
      idleTimer_ = loop_.schedule(kIdleCheckMicros, [this] { closeIdle(); });
    });
  }

  ~Impl() {
    loop_.runAndWait([this] {
      loop_.cancel(idleTimer_);
      loop_.cancel(acceptTimer_);
      loop_.unwatch(listener_.fd());
      closeAll();
    });
  }

  [[nodiscard]] uint16_t port() const { return port_; }

  [[nodiscard]] std::vector<StreamStats> stats() const {
    std::vector<StreamStats> out;
    for (const auto& stream : streams_) out.push_back(stream->stats());
    return out;
  }

  [[nodiscard]] std::vector<SentFrame> sentFrames(const std::string& path) const {
    const ServerStream* stream = findStream(path);
    return stream != nullptr ? stream->sentFrames() : std::vector<SentFrame>{};
  }

  void disconnectAll() {
    loop_.runAndWait([this] { closeAll(); });
  }

 private:
  void addStream(std::string path, PacketizedClip& clip, double phase) {
    streams_.push_back(
        std::make_unique<ServerStream>(std::move(path), clip, phase, options_.sentLogCapacity));
    byPath_.emplace(streams_.back()->path(), streams_.back().get());
  }

  /// Any thread: the streams never change.
  [[nodiscard]] ServerStream* findStream(std::string_view path) const {
    const auto found = byPath_.find(std::string(path));
    return found != byPath_.end() ? found->second : nullptr;
  }

  void listen() {
    loop_.watch(listener_.fd(), EventLoop::kReadable, [this](uint32_t) { acceptAll(); });
  }

  void acceptAll() {
    size_t accepted = 0;
    while (connections_.size() < kMaxConnections) {
      Socket socket = listener_.accept();
      if (!socket.isOpen()) break;
      ++accepted;
      const int fd = socket.fd();
      try {
        auto connection = std::make_shared<ServerConnection>(context_, std::move(socket));
        connection->open();
        connections_.emplace(fd, std::move(connection));
      } catch (const Error&) {
        // Out of descriptors, watches or random bytes: this one reader is turned away.
      }
    }
    if (accepted > 0) return;
    // Somebody waits whom we cannot take: asking again at once would spin.
    loop_.unwatch(listener_.fd());
    acceptTimer_ = loop_.schedule(kAcceptPauseMicros, [this] { listen(); });
  }

  void closeIdle() {
    const int64_t limit = monotonicMicros() - kIdleMicros;
    std::vector<std::shared_ptr<ServerConnection>> idle;
    for (const auto& [fd, connection] : connections_) {
      if (connection->isIdleSince(limit)) idle.push_back(connection);
    }
    for (const auto& connection : idle) connection->close();
    idleTimer_ = loop_.schedule(kIdleCheckMicros, [this] { closeIdle(); });
  }

  void closeAll() {
    const auto all = std::exchange(connections_, {});
    for (const auto& [fd, connection] : all) connection->close();
  }

  EventLoop& loop_;
  const ServerOptions options_;
  const std::unique_ptr<PacketizedClip> main_;
  const std::unique_ptr<PacketizedClip> sub_;  ///< null where it is the main clip
  std::vector<std::unique_ptr<ServerStream>> streams_;
  std::unordered_map<std::string, ServerStream*> byPath_;
  ServerContext context_;
  Socket listener_;
  uint16_t port_;
  std::unordered_map<int, std::shared_ptr<ServerConnection>> connections_;
  EventLoop::TimerId idleTimer_ = 0;
  EventLoop::TimerId acceptTimer_ = 0;
};

Server::Server(EventLoop& loop, ServerOptions options)
    : impl_(std::make_unique<Impl>(loop, std::move(options))) {}

Server::~Server() = default;

uint16_t Server::port() const {
  return impl_->port();
}

std::vector<StreamStats> Server::stats() const {
  return impl_->stats();
}

std::vector<SentFrame> Server::sentFrames(const std::string& path) const {
  return impl_->sentFrames(path);
}

void Server::disconnectAll() {
  impl_->disconnectAll();
}

}  // namespace flux::rtsp
