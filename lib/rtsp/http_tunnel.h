// RTSP in HTTP, as QuickTime began it and cameras behind web proxies speak it: what the server says
// is the endless answer to a GET, what the client says is the base64 body of a POST beside it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "rtsp/channel.h"

namespace flux::rtsp {

/// The head of an HTTP reply at the beginning of a stream.
struct HttpReplyHead {
  Response response;  ///< without its body
  size_t length = 0;  ///< with the empty line
};
/// Empty while it is incomplete. Throws ERR_RTSP_PROTOCOL where it can be none, or is longer than
/// 16 KiB.
std::optional<HttpReplyHead> parseHttpReply(std::string_view text);

/// Fails as its two channels do, and with ERR_RTSP_UNAUTHORIZED, ERR_RTSP_NOT_FOUND,
/// ERR_RTSP_UNSUPPORTED (a web page, no tunnel), ERR_RTSP_STATUS and ERR_RTSP_PROTOCOL.
class HttpTunnel final : public Channel, public std::enable_shared_from_this<HttpTunnel> {
 public:
  using MakeLeg = std::function<std::shared_ptr<Channel>()>;

  /// `makeLeg` gives the channels, TCP or TLS, of the two requests.
  HttpTunnel(EventLoop& loop, MakeLeg makeLeg, const Url& url,
             std::shared_ptr<Authenticator> authenticator, std::string userAgent);
  ~HttpTunnel() override { HttpTunnel::close(); }

  void connect(const SocketAddress& address, Listener& listener) override;
  void write(ByteView bytes) override;
  [[nodiscard]] size_t unsent() const override;
  void setUrgent(bool urgent) override;
  void close() override;
  [[nodiscard]] bool isOpen() const override { return listener_ != nullptr; }
  [[nodiscard]] std::string awaited() const override;
  [[nodiscard]] SocketAddress localAddress() const override;
  /// How many of the two stand or are being opened.
  [[nodiscard]] size_t connections() const noexcept {
    return (get_.channel ? 1U : 0U) + (post_.channel ? 1U : 0U);
  }

 private:
  /// One of the two requests and what its reply's head is collected in.
  struct Leg final : Listener {
    Leg(HttpTunnel& tunnel, const char* name) : owner(tunnel), method(name) {}

    void onOpen() override { owner.onLegOpen(*this); }
    std::span<uint8_t> space() override { return owner.spaceOf(*this); }
    void onBytes(size_t count) override { owner.onLegBytes(*this, count); }
    void onEnd() override { owner.onLegEnd(*this); }
    void onFailed(const Error& error) override { owner.onLegFailed(*this, error); }

    HttpTunnel& owner;
    const char* const method;
    std::shared_ptr<Channel> channel;  ///< nullptr: not wanted, or ended
    bool ready = false;                ///< the request's head is sent
    int answered = 0;                  ///< see Authenticator::accept
    Bytes head;
    size_t filled = 0;
  };

  void openLeg(Leg& leg);
  void onLegOpen(Leg& leg);
  std::span<uint8_t> spaceOf(Leg& leg);
  void onLegBytes(Leg& leg, size_t count);
  void onLegEnd(Leg& leg);
  void onLegFailed(Leg& leg, const Error& error);
  /// True where the reply is a 2xx; false where the request is made anew. Throws what else it says.
  bool accept(Leg& leg, const Response& response);
  void open();
  void fail(const Error& error);
  [[nodiscard]] std::string requestHead(const Leg& leg);

  EventLoop& loop_;
  const MakeLeg makeLeg_;
  const std::string path_;
  const std::string host_;  ///< as the Host field has it
  const std::string cookie_;
  const std::string userAgent_;
  const std::shared_ptr<Authenticator> authenticator_;
  SocketAddress address_;
  Listener* listener_ = nullptr;
  Leg get_{*this, "GET"};
  Leg post_{*this, "POST"};
  bool streaming_ = false;  ///< the GET was answered
  bool opened_ = false;     ///< the listener was told
  bool heard_ = false;      ///< the server answered what the POST brought
  bool urgent_ = true;
  EventLoop::TimerId graceTimer_ = 0;
  std::string unproven_;  ///< what was sent before that, in case that the POST must be repeated
  std::string waiting_;   ///< to be sent once the POST stands
};

}  // namespace flux::rtsp
