// The two-way stream of bytes below an RTSP connection: TCP, TLS, or a tunnel of two HTTP requests.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/event_loop.h"
#include "base/socket.h"
#include "rtsp/authenticator.h"
#include "rtsp/url.h"

namespace flux::rtsp {

/// Always held by a shared_ptr; everything happens on the loop's thread. A listener may close() the
/// channel or let go of it in any call, and is not called again after that.
class Channel {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void onOpen() = 0;
    /// Where the next bytes go: at least 16 KiB.
    virtual std::span<uint8_t> space() = 0;
    /// `count` bytes were put into space().
    virtual void onBytes(size_t count) = 0;
    /// The peer ended the stream. The channel is closed already.
    virtual void onEnd() = 0;
    /// The channel is closed already. The message names no host: the listener knows it.
    virtual void onFailed(const Error& error) = 0;
  };

  Channel() = default;
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Begins to open the stream to `address`; then onOpen() or onFailed(). There is no time limit
  /// here. Throws ERR_CONNECTION, ERR_IO.
  virtual void connect(const SocketAddress& address, Listener& listener) = 0;
  /// Sends in order what it is given; keeps what the peer does not take yet.
  virtual void write(ByteView bytes) = 0;
  /// Bytes that are kept.
  [[nodiscard]] virtual size_t unsent() const = 0;
  /// False lets the loop gather this stream's packets.
  virtual void setUrgent(bool urgent) = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual bool isOpen() const = 0;
  /// What opening the stream waits for, for messages: "a TCP connection".
  [[nodiscard]] virtual std::string awaited() const = 0;
  /// This end's address. Throws ERR_IO where nothing is open.
  [[nodiscard]] virtual SocketAddress localAddress() const = 0;
};

/// Whom a TLS client believes.
struct TlsOptions {
  /// SHA-256 of the one certificate that is accepted, whoever signed it: hexadecimal, colons
  /// allowed. Empty: the authorities decide.
  std::string fingerprint;
  bool verify = true;       ///< false: any certificate
  std::string authorities;  ///< certificates in PEM; empty: those of the system
  std::string serverName;   ///< that the certificate must be for; empty: the URL's host
};

/// The 32 bytes of a fingerprint; none where `text` is empty. Throws ERR_INVALID_ARGUMENT.
Bytes parseFingerprint(const std::string& text);
/// Throws ERR_INVALID_ARGUMENT where `pem` holds no certificate, or one that cannot be read.
void checkAuthorities(const std::string& pem);

/// The channel that `url`'s scheme asks for. `authenticator` answers the tunnel's own logins.
/// Throws ERR_INVALID_ARGUMENT where a fingerprint or an authority is none.
std::shared_ptr<Channel> makeChannel(EventLoop& loop, const Url& url, const TlsOptions& tls,
                                     std::shared_ptr<Authenticator> authenticator,
                                     const std::string& userAgent);

}  // namespace flux::rtsp
