// Bytes in, bytes out, and which reply belongs to which request.
#include "rtsp/client_connection.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

/// More than this unsent means that the peer asks without reading our answers.
constexpr size_t kMaxUnsent = 256U << 10;
constexpr size_t kMaxAbandoned = 16;

}  // namespace

ClientConnection::ClientConnection(EventLoop& loop, std::shared_ptr<Channel> channel,
                                   std::shared_ptr<Authenticator> authenticator, std::string name,
                                   std::string userAgent, int64_t timeoutMs)
    : loop_(loop),
      channel_(std::move(channel)),
      authenticator_(std::move(authenticator)),
      name_(std::move(name)),
      userAgent_(std::move(userAgent)),
      timeoutMs_(timeoutMs) {}

void ClientConnection::connect(const SocketAddress& address) {
  channel_->connect(address, *this);
  const std::weak_ptr<ClientConnection> weak = weak_from_this();
  connectTimer_ = loop_.schedule(timeoutMs_ * 1000, [weak, where = address.toString()] {
    if (const auto self = weak.lock()) {
      self->fail("ERR_RTSP_TIMEOUT", "waited in vain for " + self->channel_->awaited() + " with " +
                                         where + ", for " + std::to_string(self->timeoutMs_) +
                                         " ms");
    }
  });
}

void ClientConnection::close() {
  loop_.cancel(connectTimer_);
  for (const Pending& pending : pending_) loop_.cancel(pending.timer);
  pending_.clear();
  channel_->close();
}

void ClientConnection::fail(const std::string& code, const std::string& what) {
  const auto self = shared_from_this();
  close();
  if (Listener* listener = std::exchange(listener_, nullptr)) {
    listener->onFailed(Error(code, name_ + ": " + what));
  }
}

void ClientConnection::onOpen() {
  loop_.cancel(connectTimer_);
  if (listener_ != nullptr) listener_->onConnected();
}

void ClientConnection::onBytes(size_t count) {
  const auto self = shared_from_this();
  bytesReceived_ += count;
  if (listener_ != nullptr) listener_->onBytes(count);
  parser_.fed(count);
  drainParser({monotonicMicros(), wallMillis()});
}

void ClientConnection::onEnd() {
  const bool nonsense = junkBytes() > 0 && !pending_.empty();
  fail(nonsense ? "ERR_RTSP_PROTOCOL" : "ERR_RTSP_CLOSED",
       nonsense ? "the server sent " + std::to_string(junkBytes()) +
                      " bytes that are not RTSP and closed the connection"
                : "the server closed the connection");
}

void ClientConnection::onFailed(const Error& error) {
  fail(error.code(), error.what());
}

void ClientConnection::setUrgent(bool urgent) {
  channel_->setUrgent(urgent);
}

void ClientConnection::drainParser(const Arrival& arrival) {
  while (isOpen()) {
    StreamParser::Item item = parser_.next();
    if (std::holds_alternative<StreamParser::NeedMore>(item)) return;
    if (const auto* frame = std::get_if<InterleavedFrame>(&item)) {
      if (listener_ != nullptr) listener_->onFrame(*frame, arrival);
    } else if (const auto* response = std::get_if<Response>(&item)) {
      onResponse(*response);
    } else if (const auto* request = std::get_if<Request>(&item)) {
      onServerRequest(*request);
    } else {
      fail("ERR_RTSP_PROTOCOL", "the server sent " + std::get<StreamParser::Broken>(item).why +
                                    ", up to byte " + std::to_string(bytesReceived_) +
                                    " of the connection");
    }
  }
}

std::optional<ClientConnection::Pending> ClientConnection::takePending(const Response& response) {
  const auto cseq = parseNumber<uint32_t>(response.headers.get("CSeq").value_or(""));
  if (cseq) {
    if (std::erase(abandoned_, *cseq) > 0) return std::nullopt;
  }
  if (pending_.empty()) return std::nullopt;
  auto found = std::find_if(pending_.begin(), pending_.end(),
                            [&](const Pending& pending) { return pending.cseq == cseq; });
  // Servers that forget CSeq, or count it wrongly, still answer in order.
  if (found == pending_.end()) found = pending_.begin();
  loop_.cancel(found->timer);
  Pending out = std::move(*found);
  pending_.erase(found);
  return out;
}

void ClientConnection::onResponse(const Response& response) {
  constexpr int kContinue = 100;
  constexpr int kFirstFinal = 200;
  constexpr int kUnauthorized = 401;
  if (response.status >= kContinue && response.status < kFirstFinal) return;
  auto pending = takePending(response);
  if (!pending) return;
  if (response.status == kUnauthorized && authenticator_->accept(response, pending->answered)) {
    ++pending->answered;
    send(std::move(*pending));
    return;
  }
  pending->handler({pending->request.method, pending->cseq, &response});
}

void ClientConnection::onServerRequest(const Request& request) {
  Response response{501, "Not Implemented", {}, ""};
  for (const char* known :
       {"OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "ANNOUNCE", "REDIRECT", "TEARDOWN"}) {
    if (request.method == known) response = {200, "OK", {}, ""};
  }
  for (const char* name : {"CSeq", "Session"}) {
    if (const auto value = request.headers.get(name))
      response.headers.add(name, std::string(*value));
  }
  write(asBytes(serialize(response)));
}

void ClientConnection::request(Request request, ReplyHandler handler, int64_t timeoutMs) {
  Pending pending;
  pending.request = std::move(request);
  pending.handler = std::move(handler);
  pending.timeoutMs = timeoutMs;
  send(std::move(pending));
}

void ClientConnection::send(Pending pending) {
  pending.cseq = nextCseq_++;
  Request signedRequest{pending.request.method, pending.request.url, {}, pending.request.body};
  signedRequest.headers.add("CSeq", std::to_string(pending.cseq));
  signedRequest.headers.add("User-Agent", userAgent_);
  if (auto authorization = authenticator_->sign(signedRequest.method, signedRequest.url)) {
    signedRequest.headers.add("Authorization", std::move(*authorization));
  }
  for (const auto& [name, value] : pending.request.headers.fields()) {
    signedRequest.headers.add(name, value);
  }
  const std::weak_ptr<ClientConnection> weak = weak_from_this();
  pending.timer = loop_.schedule(pending.timeoutMs * 1000, [weak, cseq = pending.cseq] {
    if (const auto self = weak.lock()) self->onTimeout(cseq);
  });
  pending_.push_back(std::move(pending));
  write(asBytes(serialize(signedRequest)));
}

void ClientConnection::forgetRequests() {
  while (!pending_.empty()) abandon(pending_.begin());
}

ClientConnection::Pending ClientConnection::abandon(std::vector<Pending>::iterator which) {
  loop_.cancel(which->timer);
  Pending out = std::move(*which);
  pending_.erase(which);
  if (abandoned_.size() == kMaxAbandoned) abandoned_.erase(abandoned_.begin());
  abandoned_.push_back(out.cseq);
  return out;
}

void ClientConnection::onTimeout(uint32_t cseq) {
  const auto found = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const Pending& pending) { return pending.cseq == cseq; });
  if (found == pending_.end()) return;
  const auto self = shared_from_this();
  const Pending pending = abandon(found);
  pending.handler({pending.request.method, cseq, nullptr});
}

void ClientConnection::sendFrame(uint8_t channel, ByteView payload) {
  const auto size = static_cast<uint16_t>(payload.size());
  Bytes frame = {'$', channel, static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)};
  frame.reserve(frame.size() + payload.size());
  frame.insert(frame.end(), payload.begin(), payload.end());
  write(frame);
}

void ClientConnection::write(ByteView bytes) {
  if (!isOpen()) return;
  if (channel_->unsent() + bytes.size() > kMaxUnsent) {
    fail("ERR_RTSP_PROTOCOL", "the server does not read what it is sent");
    return;
  }
  channel_->write(bytes);
}

}  // namespace flux::rtsp
