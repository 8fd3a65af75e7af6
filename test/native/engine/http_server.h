// An HTTP server for tests of the client: answers each request as the test says, on a thread each.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace flux {

class HttpServer final {
 public:
  struct Request {
    std::string path;
    std::string head;  ///< as received
  };
  /// Returns what is sent, headers included; the connection is then closed, or with `stays` kept
  /// open and silent until the server goes.
  struct Reply {
    std::string bytes;
    bool stays = false;
  };
  using Handler = std::function<Reply(const Request&)>;

  explicit HttpServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 128);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
  }
  ~HttpServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] int requests() const { return requests_; }

  static Reply ok(const std::string& type, const std::string& body, bool stays = false) {
    const std::string length =
        stays ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: " + type + "\r\n" + length +
                "\r\n" + body,
            stays};
  }
  static Reply status(const std::string& line, const std::string& headers = "") {
    return {"HTTP/1.1 " + line + "\r\nConnection: close\r\nContent-Length: 0\r\n" + headers +
            "\r\n"};
  }

 private:
  void accept() {
    for (;;) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd] { serve(fd); });
    }
  }
  void serve(int fd) {
    Request request;
    char buffer[4096];
    while (request.head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      request.head.append(buffer, static_cast<size_t>(count));
    }
    if (!request.head.empty()) {
      ++requests_;
      const size_t from = request.head.find(' ') + 1;
      request.path = request.head.substr(from, request.head.find(' ', from) - from);
      const Reply reply = handler_(request);
      size_t sent = 0;
      while (sent < reply.bytes.size()) {
        const ssize_t count =
            ::send(fd, reply.bytes.data() + sent, reply.bytes.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<size_t>(count);
      }
      while (reply.stays && ::recv(fd, buffer, sizeof buffer, 0) > 0) {
      }
    }
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    ::close(fd);
  }

  const Handler handler_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> requests_{0};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace flux
