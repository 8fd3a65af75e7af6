// One connection to an RTSP server: requests with their replies, logins and time limits, and
// interleaved frames in both directions. What to ask for is the session's business.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/event_loop.h"
#include "base/socket.h"
#include "rtsp/authenticator.h"
#include "rtsp/channel.h"
#include "rtsp/message.h"

namespace flux::rtsp {

/// Always held by a shared_ptr; everything happens on the loop's thread. Any callback may close()
/// the connection or let go of it.
class ClientConnection final : public std::enable_shared_from_this<ClientConnection>,
                               private Channel::Listener {
 public:
  struct Arrival {
    int64_t micros = 0;  ///< monotonic
    int64_t wallMs = 0;
  };
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void onConnected() = 0;
    virtual void onBytes(size_t count) = 0;
    virtual void onFrame(const InterleavedFrame& frame, const Arrival& arrival) = 0;
    /// The connection is closed already.
    virtual void onFailed(const Error& error) = 0;
  };
  struct Reply {
    std::string method;
    uint32_t cseq = 0;
    const Response* response = nullptr;  ///< nullptr: none came in time
  };
  using ReplyHandler = std::function<void(const Reply&)>;

  /// `name` is the URL without credentials, for messages. `timeoutMs`: until the channel is open.
  ClientConnection(EventLoop& loop, std::shared_ptr<Channel> channel,
                   std::shared_ptr<Authenticator> authenticator, std::string name,
                   std::string userAgent, int64_t timeoutMs);
  ~ClientConnection() override { close(); }
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  void setListener(Listener* listener) { listener_ = listener; }
  /// Tries `address`; then onConnected() or onFailed(). Throws ERR_CONNECTION, ERR_IO.
  void connect(const SocketAddress& address);
  /// Sends a request and calls `handler` with its reply. A 401 is answered here, and reaches the
  /// handler only where no further signed try makes sense.
  void request(Request request, ReplyHandler handler, int64_t timeoutMs);
  /// Drops the handlers of all requests under way; their replies are passed over.
  void forgetRequests();
  void sendFrame(uint8_t channel, ByteView payload);
  /// Lets the loop gather this connection's packets (or no longer).
  void setUrgent(bool urgent);
  void close();

  [[nodiscard]] bool isOpen() const { return channel_->isOpen(); }
  /// This end's address, which media by UDP is to come to as well. Throws ERR_IO.
  [[nodiscard]] SocketAddress localAddress() const { return channel_->localAddress(); }
  /// Bytes came that are neither message nor frame.
  [[nodiscard]] uint64_t junkBytes() const noexcept { return parser_.junkBytes(); }
  [[nodiscard]] uint64_t bytesReceived() const noexcept { return bytesReceived_; }

 private:
  struct Pending {
    uint32_t cseq = 0;
    Request request;
    ReplyHandler handler;
    int64_t timeoutMs = 0;
    int answered = 0;  ///< see Authenticator::accept
    EventLoop::TimerId timer = 0;
  };

  // The channel's callbacks.
  void onOpen() override;
  std::span<uint8_t> space() override { return parser_.space(); }
  void onBytes(size_t count) override;
  void onEnd() override;
  void onFailed(const Error& error) override;

  void drainParser(const Arrival& arrival);
  void onResponse(const Response& response);
  void onServerRequest(const Request& request);
  std::optional<Pending> takePending(const Response& response);
  void send(Pending pending);
  Pending abandon(std::vector<Pending>::iterator which);
  void onTimeout(uint32_t cseq);
  void write(ByteView bytes);
  void fail(const std::string& code, const std::string& what);

  EventLoop& loop_;
  const std::shared_ptr<Channel> channel_;
  const std::shared_ptr<Authenticator> authenticator_;
  const std::string name_;
  const std::string userAgent_;
  const int64_t timeoutMs_;
  Listener* listener_ = nullptr;
  EventLoop::TimerId connectTimer_ = 0;
  StreamParser parser_;
  std::vector<Pending> pending_;
  std::vector<uint32_t> abandoned_;  ///< CSeqs whose reply may still come late
  uint32_t nextCseq_ = 1;
  uint64_t bytesReceived_ = 0;
};

}  // namespace flux::rtsp
