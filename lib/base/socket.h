// Non-blocking TCP and UDP sockets. With socket.cc, the only place where socket calls appear.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace flux {

/// A resolved address, ready for connect().
struct SocketAddress {
  alignas(8) uint8_t storage[128] = {};
  uint32_t length = 0;

  /// "192.0.2.1:554" or "[2001:db8::1]:554".
  [[nodiscard]] std::string toString() const;
  [[nodiscard]] uint16_t port() const;
  /// Of IPv4 as IPv6 has it: ::ffff:192.0.2.1.
  [[nodiscard]] std::array<uint8_t, 16> ip() const;
  /// The same host with another port; 0 stands for any.
  [[nodiscard]] SocketAddress withPort(uint16_t port) const;
  /// Same family and host, whatever the ports.
  [[nodiscard]] bool isSameHost(const SocketAddress& other) const;
};

/// Parses an IP literal ("192.0.2.1", "::1"); empty where `host` is a name.
std::optional<SocketAddress> parseAddress(const std::string& host, uint16_t port);
/// Resolves a name through the system resolver. Blocks: never call it on an event loop.
/// Throws ERR_HOST_NOT_FOUND.
std::vector<SocketAddress> resolveHost(const std::string& host, uint16_t port);

class Socket final {
 public:
  enum class Outcome { kDone, kWouldBlock, kClosed, kFailed };
  struct Transfer {
    Outcome outcome;
    size_t count = 0;  ///< bytes moved (kDone)
    int error = 0;     ///< errno (kFailed)
  };

  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Begins a connection; it is complete when the socket is writable and takeError() is 0.
  static Socket connect(const SocketAddress& address);
  /// Listens on `host` (an IP literal); port 0 lets the system choose. Throws ERR_ADDRESS_IN_USE.
  static Socket listen(const std::string& host, uint16_t port);
  /// A datagram socket at `local`; port 0 lets the system choose. Throws ERR_ADDRESS_IN_USE,
  /// ERR_IO.
  static Socket bindUdp(const SocketAddress& local);

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool isOpen() const noexcept { return fd_ >= 0; }
  [[nodiscard]] uint16_t localPort() const;
  /// Throws ERR_IO where the socket has none.
  [[nodiscard]] SocketAddress localAddress() const;
  /// The pending SO_ERROR, cleared.
  [[nodiscard]] int takeError() const;

  /// The next waiting connection, non-blocking and with TCP_NODELAY; closed where there is none.
  Socket accept() const;
  Transfer receive(uint8_t* out, size_t capacity) const;
  Transfer send(ByteView data) const;
  /// One datagram; it leaves whole or not at all.
  Transfer sendTo(ByteView data, const SocketAddress& to) const;
  /// Asks the kernel for `bytes` of receive buffer; it grants at most net.core.rmem_max.
  void setReceiveBuffer(int bytes) const;
  void close() noexcept;

 private:
  int fd_ = -1;
};

/// Room for the datagrams of one system call. Large but mostly untouched: share one among sockets.
class DatagramBatch final {
 public:
  static constexpr size_t kCapacity = 16;
  static constexpr size_t kMaxDatagram = 65536;  ///< UDP over IPv4 carries 65,507 at most

  struct Datagram {
    ByteView bytes;  ///< until the next receive()
    SocketAddress from;
  };

  DatagramBatch();
  /// What waits on a UDP socket, up to kCapacity datagrams; none where nothing waits.
  std::span<const Datagram> receive(const Socket& socket);

 private:
  std::unique_ptr<uint8_t[]> memory_;
  std::vector<Datagram> datagrams_;
};

}  // namespace flux
