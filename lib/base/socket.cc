#include "base/socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
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

/// Throws what keeps `address` from being bound.
[[noreturn]] void refuseAddress(const char* action, const SocketAddress& address) {
  if (errno == EADDRINUSE) {
    throw Error("ERR_ADDRESS_IN_USE",
                address.toString() + " is in use; choose another port, or 0 for a free one");
  }
  throw systemError(action + address.toString());
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

uint16_t SocketAddress::port() const {
  return ntohs(raw(*this)->sa_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(storage)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(storage)->sin_port);
}

std::array<uint8_t, 16> SocketAddress::ip() const {
  std::array<uint8_t, 16> out{};
  if (raw(*this)->sa_family == AF_INET6) {
    std::memcpy(out.data(), &reinterpret_cast<const sockaddr_in6*>(storage)->sin6_addr, 16);
  } else {
    out[10] = out[11] = 0xFF;
    std::memcpy(out.data() + 12, &reinterpret_cast<const sockaddr_in*>(storage)->sin_addr, 4);
  }
  return out;
}

SocketAddress SocketAddress::withPort(uint16_t port) const {
  SocketAddress out = *this;
  if (raw(out)->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(out.storage)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(out.storage)->sin_port = htons(port);
  }
  return out;
}

bool SocketAddress::isSameHost(const SocketAddress& other) const {
  if (raw(*this)->sa_family != raw(other)->sa_family) return false;
  if (raw(*this)->sa_family == AF_INET6) {
    return std::memcmp(&reinterpret_cast<const sockaddr_in6*>(storage)->sin6_addr,
                       &reinterpret_cast<const sockaddr_in6*>(other.storage)->sin6_addr,
                       sizeof(in6_addr)) == 0;
  }
  return reinterpret_cast<const sockaddr_in*>(storage)->sin_addr.s_addr ==
         reinterpret_cast<const sockaddr_in*>(other.storage)->sin_addr.s_addr;
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
    refuseAddress("listen on ", *address);
  }
  return socket;
}

Socket Socket::bindUdp(const SocketAddress& local) {
  Socket socket(::socket(raw(local)->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.isOpen()) throw systemError("socket");
  if (::bind(socket.fd_, raw(local), local.length) != 0) refuseAddress("bind UDP to ", local);
  return socket;
}

uint16_t Socket::localPort() const {
  return localAddress().port();
}

SocketAddress Socket::localAddress() const {
  SocketAddress address;
  socklen_t length = sizeof address.storage;
  if (::getsockname(fd_, reinterpret_cast<sockaddr*>(address.storage), &length) != 0) {
    throw systemError("getsockname");
  }
  address.length = length;
  return address;
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

Socket::Transfer Socket::sendTo(ByteView data, const SocketAddress& to) const {
  for (;;) {
    const ssize_t count = ::sendto(fd_, data.data(), data.size(), MSG_NOSIGNAL, raw(to), to.length);
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

DatagramBatch::DatagramBatch()
    : memory_(std::make_unique_for_overwrite<uint8_t[]>(kCapacity * kMaxDatagram)) {
  datagrams_.reserve(kCapacity);
}

std::span<const DatagramBatch::Datagram> DatagramBatch::receive(const Socket& socket) {
  std::array<mmsghdr, kCapacity> messages{};
  std::array<iovec, kCapacity> rooms{};
  std::array<SocketAddress, kCapacity> senders;
  for (size_t i = 0; i < kCapacity; ++i) {
    rooms[i] = {memory_.get() + i * kMaxDatagram, kMaxDatagram};
    messages[i].msg_hdr.msg_iov = &rooms[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = senders[i].storage;
    messages[i].msg_hdr.msg_namelen = sizeof senders[i].storage;
  }
  datagrams_.clear();
  int count = -1;
  do {
    count = ::recvmmsg(socket.fd(), messages.data(), kCapacity, MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  for (size_t i = 0; count > 0 && i < static_cast<size_t>(count); ++i) {
    senders[i].length = messages[i].msg_hdr.msg_namelen;
    datagrams_.push_back({{memory_.get() + i * kMaxDatagram, messages[i].msg_len}, senders[i]});
  }
  return datagrams_;
}

}  // namespace flux
