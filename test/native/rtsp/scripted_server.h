// A server on loopback whose script runs on a thread of its own and may block, and a listener that
// writes down what a channel tells it.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/event_loop.h"
#include "base/socket.h"
#include "rtsp/channel.h"

namespace flux::rtsp::test {

/// One accepted connection. Whatever waits here ends when the other end does, or the server.
class Peer final {
 public:
  explicit Peer(Socket socket) : socket_(std::move(socket)) {}

  [[nodiscard]] const Socket& socket() const { return socket_; }
  bool wait(short events) const {
    pollfd entry{socket_.fd(), events, 0};
    return ::poll(&entry, 1, 10000) == 1;
  }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = socket_.send(asBytes(bytes));
      if (sent.outcome == Socket::Outcome::kFailed) return;
      if (sent.outcome == Socket::Outcome::kWouldBlock && !wait(POLLOUT)) return;
      bytes.remove_prefix(sent.count);
    }
  }
  /// Reads on until `end` has come, or the connection's end; returns all up to and with `end`.
  std::string readUntil(const std::string& end) {
    for (;;) {
      if (const size_t at = kept_.find(end); at != std::string::npos && !end.empty()) {
        std::string out = kept_.substr(0, at + end.size());
        kept_.erase(0, out.size());
        return out;
      }
      if (!readMore()) return std::exchange(kept_, "");
    }
  }
  std::string read(size_t count) {
    while (kept_.size() < count && readMore()) {
    }
    std::string out = kept_.substr(0, count);
    kept_.erase(0, out.size());
    return out;
  }
  void readToEnd() {
    while (readMore()) kept_.clear();
  }
  void close() { socket_.close(); }

 private:
  bool readMore() {
    uint8_t buffer[4096];
    for (;;) {
      if (!wait(POLLIN)) return false;
      const auto got = socket_.receive(buffer, sizeof buffer);
      if (got.outcome == Socket::Outcome::kWouldBlock) continue;
      if (got.outcome != Socket::Outcome::kDone) return false;
      kept_.append(asText({buffer, got.count}));
      return true;
    }
  }

  Socket socket_;
  std::string kept_;
};

class ScriptedServer final {
 public:
  using Script = std::function<void(ScriptedServer&)>;

  explicit ScriptedServer(Script script)
      : listener_(Socket::listen("127.0.0.1", 0)), port_(listener_.localPort()) {
    thread_ = std::thread([this, script = std::move(script)] {
      sigset_t pipe;
      sigemptyset(&pipe);
      sigaddset(&pipe, SIGPIPE);
      pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
      script(*this);
    });
  }
  /// Waits for the script; one that still waits for a client gets a closed one.
  ~ScriptedServer() {
    ::shutdown(listener_.fd(), SHUT_RDWR);
    thread_.join();
  }

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] SocketAddress address() const { return *parseAddress("127.0.0.1", port_); }
  Peer accept() const {
    pollfd entry{listener_.fd(), POLLIN, 0};
    ::poll(&entry, 1, 10000);
    return Peer(listener_.accept());
  }

 private:
  Socket listener_;
  const uint16_t port_;
  std::thread thread_;
};

class ChannelProbe final : public Channel::Listener {
 public:
  using Make = std::function<std::shared_ptr<Channel>(EventLoop&)>;

  ChannelProbe(const Make& make, const SocketAddress& address) {
    loop_.runAndWait([&] {
      channel_ = make(loop_);
      channel_->connect(address, *this);
    });
  }
  ~ChannelProbe() override {
    loop_.runAndWait([&] {
      channel_->close();
      channel_.reset();
    });
  }

  void write(std::string_view bytes) {
    loop_.runAndWait([&] { channel_->write(asBytes(bytes)); });
  }
  void withChannel(const std::function<void(Channel&)>& task) {
    loop_.runAndWait([&] { task(*channel_); });
  }
  bool waitForOpen() {
    return wait([&] { return open_ || !failure_.empty(); }) && open_;
  }
  bool waitForEnd() {
    return wait([&] { return ended_ || !failure_.empty(); }) && ended_;
  }
  /// The code of the failure; what() is then its message.
  std::string waitForFailure() {
    wait([&] { return !failure_.empty(); });
    return failure_;
  }
  std::string what() {
    const std::lock_guard lock(mutex_);
    return message_;
  }
  std::string waitForBytes(size_t count) {
    wait([&] { return bytes_.size() >= count || ended_ || !failure_.empty(); });
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

  void onOpen() override {
    tell([&] { open_ = true; });
  }
  std::span<uint8_t> space() override { return room_; }
  void onBytes(size_t count) override {
    tell([&] { bytes_.append(asText({room_.data(), count})); });
  }
  void onEnd() override {
    tell([&] { ended_ = true; });
  }
  void onFailed(const Error& error) override {
    tell([&] {
      failure_ = error.code();
      message_ = error.what();
    });
  }

 private:
  void tell(const std::function<void()>& change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
  bool wait(const std::function<bool()>& done) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), done);
  }

  Bytes room_ = Bytes(65536);
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool ended_ = false;
  std::string failure_;
  std::string message_;
  std::string bytes_;
  EventLoop loop_{"channel"};
  std::shared_ptr<Channel> channel_;
};

}  // namespace flux::rtsp::test
