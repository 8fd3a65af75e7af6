#include "base/socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"

namespace flux {
namespace {

SocketAddress copyAddress(const void* address, size_t length) {
  SocketAddress out;
  std::memcpy(out.storage, address, length);
  out.length = static_cast<uint32_t>(length);
  return out;
}

const sockaddr* raw(const SocketAddress& address) {
  return reinterpret_cast<const sockaddr*>(address.storage);
}

void setFlag(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);
}

}  // namespace

std::string SocketAddress::toString() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (raw(*this)->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(storage);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    std::string out = "[";
    out.append(text).append("]:").append(std::to_string(ntohs(v6->sin6_port)));
    return out;
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(storage);
  ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
  return std::string(text) + ":" + std::to_string(ntohs(v4->sin_port));
}

std::optional<SocketAddress> parseAddress(const std::string& host, uint16_t port) {
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return copyAddress(&v4, sizeof v4);
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return copyAddress(&v6, sizeof v6);
  }
  return std::nullopt;
}

std::vector<SocketAddress> resolveHost(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (status != 0) {
    throw Error("ERR_HOST_NOT_FOUND", "cannot resolve " + host + ": " + ::gai_strerror(status));
  }
  std::vector<SocketAddress> out;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_addrlen <= sizeof(SocketAddress::storage)) {
      out.push_back(copyAddress(entry->ai_addr, entry->ai_addrlen));
    }
  }
  ::freeaddrinfo(found);
  if (out.empty()) throw Error("ERR_HOST_NOT_FOUND", host + " has no address");
  return out;
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Socket Socket::connect(const SocketAddress& address) {
  Socket socket(::socket(raw(address)->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.isOpen()) throw systemError("socket");
  setFlag(socket.fd_, IPPROTO_TCP, TCP_NODELAY);
  if (::connect(socket.fd_, raw(address), address.length) != 0 && errno != EINPROGRESS) {
    throw Error("ERR_CONNECTION", "connect to " + address.toString() + ": " + std::strerror(errno));
  }
  return socket;
}

Socket Socket::listen(const std::string& host, uint16_t port) {
  const auto address = parseAddress(host, port);
  if (!address) throw Error("ERR_INVALID_ARGUMENT", "listen host must be an IP address: " + host);
  Socket socket(::socket(raw(*address)->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.isOpen()) throw systemError("socket");
  setFlag(socket.fd_, SOL_SOCKET, SO_REUSEADDR);
  if (::bind(socket.fd_, raw(*address), address->length) != 0 ||
      ::listen(socket.fd_, SOMAXCONN) != 0) {
    if (errno == EADDRINUSE) {
      throw Error("ERR_ADDRESS_IN_USE",
                  address->toString() + " is in use; choose another port, or 0 for a free one");
    }
    throw systemError("listen on " + address->toString());
  }
  return socket;
}

uint16_t Socket::localPort() const {
  SocketAddress address;
  socklen_t length = sizeof address.storage;
  if (::getsockname(fd_, reinterpret_cast<sockaddr*>(address.storage), &length) != 0) {
    throw systemError("getsockname");
  }
  return ntohs(raw(address)->sa_family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6*>(address.storage)->sin6_port
                   : reinterpret_cast<sockaddr_in*>(address.storage)->sin_port);
}

int Socket::takeError() const {
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

Socket Socket::accept() const {
  Socket socket(::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.isOpen()) setFlag(socket.fd_, IPPROTO_TCP, TCP_NODELAY);
  return socket;
}

Socket::Transfer Socket::receive(uint8_t* out, size_t capacity) const {
  for (;;) {
    const ssize_t count = ::recv(fd_, out, capacity, 0);
    if (count > 0) return {Outcome::kDone, static_cast<size_t>(count), 0};
    if (count == 0) return {Outcome::kClosed, 0, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Outcome::kWouldBlock, 0, 0};
    return {Outcome::kFailed, 0, errno};
  }
}

Socket::Transfer Socket::send(ByteView data) const {
  for (;;) {
    const ssize_t count = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
    if (count >= 0) return {Outcome::kDone, static_cast<size_t>(count), 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Outcome::kWouldBlock, 0, 0};
    return {Outcome::kFailed, 0, errno};
  }
}

void Socket::setReceiveBuffer(int bytes) const {
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

void Socket::close() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace flux
