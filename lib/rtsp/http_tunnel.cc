// Opens the two requests one after the other, logs in where the web server asks for it, and then
// only passes bytes on.
#include "rtsp/http_tunnel.h"

#include <algorithm>
#include <utility>

#include "rtsp/digest.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

constexpr size_t kMaxHead = 16U << 10;
constexpr size_t kCookieBytes = 11;  // 22 characters, as QuickTime's
/// More of what came too early, or of what a POST may have to repeat, is not kept.
constexpr size_t kMaxKept = 64U << 10;
constexpr int64_t kGraceMicros = 500000;
constexpr std::string_view kMediaType = "application/x-rtsp-tunnelled";

struct Target {
  std::string host;
  std::string path;
};

Target splitTarget(std::string_view url) {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  const size_t end = std::min(url.find_first_of("/?"), url.size());
  Target out{std::string(url.substr(0, end)), std::string(url.substr(end))};
  if (!out.path.starts_with('/')) out.path = std::string("/").append(out.path);
  return out;
}

}  // namespace

std::optional<HttpReplyHead> parseHttpReply(std::string_view text) {
  constexpr std::string_view kHttp = "HTTP/1.";
  const size_t common = std::min(text.size(), kHttp.size());
  if (text.substr(0, common) != kHttp.substr(0, common)) {
    throw Error("ERR_RTSP_PROTOCOL",
                "the server's answer is not HTTP, but begins '" + printable(text, 20) + "'");
  }
  const size_t length = headerBlockLength(text.substr(0, kMaxHead));
  if (length == std::string_view::npos) {
    if (text.size() < kMaxHead) return std::nullopt;
    throw Error("ERR_RTSP_PROTOCOL", "the server's HTTP answer has more than 16 KiB of headers");
  }
  std::string_view block = text.substr(0, length);
  std::string_view line = trim(nextField(block, '\n'));
  const std::string_view version = nextField(line, ' ');
  line = trim(line);
  const std::string_view status = nextField(line, ' ');
  const auto number = parseNumber<int>(status);
  if (!number || status.size() != 3 || *number < 100) {
    throw Error("ERR_RTSP_PROTOCOL", "the server's HTTP answer has no status: '" +
                                         printable(version, 20) + " " + printable(status, 20) +
                                         "'");
  }
  return HttpReplyHead{{*number, std::string(trim(line)), parseHeaders(block), ""}, length};
}

HttpTunnel::HttpTunnel(EventLoop& loop, MakeLeg makeLeg, const Url& url,
                       std::shared_ptr<Authenticator> authenticator, std::string userAgent)
    : loop_(loop),
      makeLeg_(std::move(makeLeg)),
      path_(splitTarget(url.text).path),
      host_(splitTarget(url.text).host),
      cookie_(randomToken(kCookieBytes)),
      userAgent_(std::move(userAgent)),
      authenticator_(std::move(authenticator)) {}

void HttpTunnel::connect(const SocketAddress& address, Listener& listener) {
  address_ = address;
  listener_ = &listener;
  try {
    openLeg(get_);
  } catch (const Error&) {
    close();
    throw;
  }
}

void HttpTunnel::close() {
  listener_ = nullptr;
  loop_.cancel(graceTimer_);
  for (Leg* leg : {&get_, &post_}) {
    leg->ready = false;
    if (const auto channel = std::exchange(leg->channel, nullptr)) channel->close();
  }
}

void HttpTunnel::fail(const Error& error) {
  Listener* const listener = listener_;
  close();
  if (listener != nullptr) listener->onFailed(error);
}

std::string HttpTunnel::awaited() const {
  const Leg& leg = streaming_ ? post_ : get_;
  if (!leg.ready && leg.channel) return leg.channel->awaited();
  return std::string("the answer to the HTTP tunnel's ") + leg.method;
}

SocketAddress HttpTunnel::localAddress() const {
  if (!get_.channel) throw Error("ERR_IO", "the HTTP tunnel is closed");
  return get_.channel->localAddress();
}

size_t HttpTunnel::unsent() const {
  return waiting_.size() + (post_.channel ? post_.channel->unsent() : 0);
}

void HttpTunnel::setUrgent(bool urgent) {
  urgent_ = urgent;
  for (const Leg* leg : {&get_, &post_}) {
    if (leg->channel) leg->channel->setUrgent(urgent);
  }
}

void HttpTunnel::openLeg(Leg& leg) {
  if (const auto old = std::exchange(leg.channel, nullptr)) old->close();
  leg.ready = false;
  leg.filled = 0;
  leg.channel = makeLeg_();
  leg.channel->setUrgent(urgent_);
  leg.channel->connect(address_, leg);
}

std::string HttpTunnel::requestHead(const Leg& leg) {
  const bool isPost = &leg == &post_;
  std::string out = leg.method + (" " + path_) + " HTTP/1.0\r\nHost: " + host_ +
                    "\r\nUser-Agent: " + userAgent_ + "\r\nx-sessioncookie: " + cookie_ + "\r\n" +
                    (isPost ? "Content-Type: " : "Accept: ") + std::string(kMediaType) +
                    "\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n";
  if (const auto login = authenticator_->sign(leg.method, path_)) {
    out += "Authorization: " + *login + "\r\n";
  }
  // The length is a promise that nobody keeps: servers read until the connection ends. The date is
  // the one that every implementation sends, long past, so that no proxy keeps anything.
  if (isPost) out += "Content-Length: 32767\r\nExpires: Sun, 9 Jan 1972 00:00:00 GMT\r\n";
  return out + "\r\n";
}

void HttpTunnel::onLegOpen(Leg& leg) {
  const auto self = shared_from_this();
  leg.ready = true;
  leg.channel->write(asBytes(requestHead(leg)));
  if (&leg == &get_) return;
  if (!std::exchange(opened_, true)) {
    open();
    return;
  }
  if (!heard_) waiting_.insert(0, std::exchange(unproven_, ""));
  const std::string text = std::exchange(waiting_, "");
  if (!heard_) unproven_ = text;
  leg.channel->write(asBytes(text));
}

void HttpTunnel::open() {
  listener_->onOpen();
  if (listener_ == nullptr || get_.filled == 0) return;
  // What came with the GET's head, before there was anybody to hear it.
  const Bytes early(get_.head.begin(),
                    get_.head.begin() + static_cast<std::ptrdiff_t>(get_.filled));
  get_.filled = 0;
  for (ByteView rest = early; !rest.empty() && listener_ != nullptr;) {
    const auto room = listener_->space();
    const size_t count = std::min(room.size(), rest.size());
    std::copy_n(rest.begin(), count, room.begin());
    rest = rest.subspan(count);
    listener_->onBytes(count);
  }
}

std::span<uint8_t> HttpTunnel::spaceOf(Leg& leg) {
  if (&leg == &get_ && streaming_ && opened_) return listener_->space();
  leg.head.resize(kMaxKept + kMaxHead);
  return std::span(leg.head).subspan(leg.filled);
}

void HttpTunnel::onLegBytes(Leg& leg, size_t count) {
  const auto self = shared_from_this();
  if (&leg == &get_ && streaming_ && opened_) {
    heard_ = true;
    unproven_.clear();
    listener_->onBytes(count);
    return;
  }
  leg.filled += count;
  if (&leg == &get_ && streaming_) {
    if (leg.filled > kMaxKept) {
      fail({"ERR_RTSP_PROTOCOL", "the server sends before it was asked for anything"});
    }
    return;
  }
  try {
    const auto reply = parseHttpReply(asText(ByteView(leg.head).first(leg.filled)));
    if (!reply || !accept(leg, reply->response)) return;
    leg.head.erase(leg.head.begin(), leg.head.begin() + static_cast<std::ptrdiff_t>(reply->length));
    leg.filled -= reply->length;
    if (&leg == &post_) {
      leg.filled = 0;  // servers need not answer a POST; what they say in it is of no use
      return;
    }
    const auto type = reply->response.headers.get("Content-Type").value_or(kMediaType);
    if (startsWithIgnoreCase(type, "text/")) {
      throw Error("ERR_RTSP_UNSUPPORTED",
                  "the web server answers with a page (" + printable(type, 40) +
                      ") and not with a tunnel; check port and path, or use rtsp://");
    }
    streaming_ = true;
    openLeg(post_);
  } catch (const Error& error) {
    fail(error);
  }
}

bool HttpTunnel::accept(Leg& leg, const Response& response) {
  constexpr int kUnauthorized = 401;
  if (response.status / 100 == 2) return true;
  if (response.status == kUnauthorized && authenticator_->accept(response, leg.answered)) {
    ++leg.answered;
    openLeg(leg);
    return false;
  }
  const std::string answered = std::string("the HTTP tunnel's ") + leg.method + " was answered " +
                               std::to_string(response.status) + " " + printable(response.reason);
  if (response.status == kUnauthorized) {
    throw Error("ERR_RTSP_UNAUTHORIZED", answered + ": " + authenticator_->refusal());
  }
  if (response.status == 404) {
    throw Error("ERR_RTSP_NOT_FOUND", answered + "; check the path of the URL");
  }
  throw Error("ERR_RTSP_STATUS",
              answered + "; check that the camera offers RTSP over HTTP, or use rtsp://");
}

void HttpTunnel::onLegEnd(Leg& leg) {
  const auto self = shared_from_this();
  leg.channel = nullptr;
  leg.ready = false;
  if (&leg == &post_ && heard_) return;  // a new one is opened when there is something to say
  if (&leg == &get_ && opened_) {
    Listener* const listener = listener_;
    close();
    listener->onEnd();
    return;
  }
  const Error error("ERR_RTSP_CLOSED", std::string("the server closed the HTTP tunnel's ") +
                                           leg.method + " without an answer");
  if (&leg == &get_) {
    fail(error);
    return;
  }
  // The answer travels on the other connection, and may come after the end of this one.
  graceTimer_ = loop_.schedule(kGraceMicros, [weak = weak_from_this(), error] {
    const auto tunnel = weak.lock();
    if (tunnel && !tunnel->heard_) tunnel->fail(error);
  });
}

void HttpTunnel::onLegFailed(Leg& leg, const Error& error) {
  const auto self = shared_from_this();
  const bool mayReopen = &leg == &post_ && heard_ && std::exchange(leg.ready, false);
  leg.channel = nullptr;
  if (!mayReopen) fail(error);
}

void HttpTunnel::write(ByteView bytes) {
  if (!isOpen()) return;
  // Each message by itself: a decoder must not wait for the bytes that would fill a group of four.
  const std::string text = toBase64(bytes);
  if (post_.ready) {
    if (!heard_ && unproven_.size() < kMaxKept) unproven_ += text;
    post_.channel->write(asBytes(text));
    return;
  }
  waiting_ += text;
  if (post_.channel || !opened_) return;
  const auto self = shared_from_this();
  try {
    openLeg(post_);
  } catch (const Error& error) {
    fail(error);
  }
}

}  // namespace flux::rtsp
