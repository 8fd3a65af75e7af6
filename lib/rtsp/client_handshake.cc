// The way to a description: resolve, connect, OPTIONS, DESCRIBE. Whatever goes wrong here ends in
// fail().
#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "rtsp/client_session_impl.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

constexpr int kMaxRedirects = 3;
/// Of one name; each may take the whole connect timeout.
constexpr size_t kMaxAddresses = 8;

}  // namespace

void ClientSession::Impl::attempt() {
  retryTimer_ = 0;
  if (const int64_t left = staleUntilMicros_ - monotonicMicros(); left > 0) {
    waitsForStale_ = true;
    retryTimer_ = loop_.schedule(left, [this] { attempt(); });
    return;
  }
  waitsForStale_ = false;
  redirects_ = 0;
  reopened_ = false;
  enter(ClientState::kConnecting, nullptr, 0);
  if (!stopping_) open(url_, login_);
}

void ClientSession::Impl::open(Url target, std::shared_ptr<Authenticator> login) {
  target_ = std::move(target);
  targetLogin_ = std::move(login);
  sessionId_.clear();
  refused_.fill(false);
  timeoutSeconds_ = 60;
  playingSinceMicros_ = 0;
  sawEarlyMedia_ = sawVideo_ = false;
  junkSeen_ = 0;
  if (const auto literal = parseAddress(target_.host, target_.port)) {
    take({*literal});
    return;
  }
  try {
    lookup_ = std::make_unique<Lookup>(
        loop_, target_.host, target_.port,
        [this](std::vector<SocketAddress> addresses, std::optional<Error> failure) {
          lookup_.reset();
          if (failure) {
            fail(error(failure->code().c_str(), failure->what()));
            return;
          }
          take(std::move(addresses));
        });
  } catch (const Error& failure) {
    fail(error(failure.code().c_str(), failure.what()));
  }
}

void ClientSession::Impl::take(std::vector<SocketAddress> addresses) {
  try {
    options_.refusedAddresses.refuse(addresses);
  } catch (const Error& refusal) {
    fail(error(refusal.code().c_str(), refusal.what()));
    return;
  }
  if (addresses.size() > kMaxAddresses) addresses.resize(kMaxAddresses);
  addresses_ = std::move(addresses);
  connectToNext();
}

void ClientSession::Impl::connectToNext() {
  peer_ = addresses_.front();
  addresses_.erase(addresses_.begin());
  try {
    const TlsOptions tls{options_.tlsFingerprint, options_.tlsVerify, options_.tlsAuthorities,
                         options_.tlsServerName};
    connection_ = std::make_shared<ClientConnection>(
        loop_, makeChannel(loop_, target_, tls, targetLogin_, options_.userAgent), targetLogin_,
        target_.text, options_.userAgent, options_.connectTimeoutMs);
    connection_->setListener(this);
    connection_->connect(peer_);
  } catch (const Error& failure) {
    if (connection_) connection_->setListener(nullptr);
    onFailed(error(failure.code() == "ERR_IO" ? "ERR_CONNECTION" : failure.code().c_str(),
                   failure.what()));
  }
}

void ClientSession::Impl::onConnected() {
  addresses_.clear();
  ask("OPTIONS", target_.text, {}, &Impl::onOptions);
}

void ClientSession::Impl::ask(const char* method, const std::string& url, Headers headers,
                              void (Impl::*next)(const Reply&)) {
  connection_->request(
      {method, url, std::move(headers), ""},
      [this, next](const Reply& reply) {
        noteReply(reply);
        (this->*next)(reply);
      },
      options_.connectTimeoutMs);
}

void ClientSession::Impl::noteReply(const Reply& reply) {
  if (reply.response == nullptr) return;
  const auto cseq = parseNumber<uint32_t>(reply.response->headers.get("CSeq").value_or(""));
  if (cseq != reply.cseq) hit(Quirk::kCseqMalformed);
  if (reply.response->status != 401) targetLogin_->accepted();
  const uint64_t renewals = targetLogin_->nonceRenewals();
  if (std::exchange(renewalsSeen_, renewals) < renewals && state_ == ClientState::kPlaying) {
    hit(Quirk::kNonceRenewed);
  }
}

Headers ClientSession::Impl::sessionHeaders() const {
  Headers headers;
  if (!sessionId_.empty()) headers.add("Session", sessionId_);
  return headers;
}

Error ClientSession::Impl::refusal(const Reply& reply) const {
  const std::string what = reply.method + " (CSeq " + std::to_string(reply.cseq) + ")";
  if (reply.response == nullptr) {
    const uint64_t junk = connection_ ? connection_->junkBytes() : 0;
    if (junk > 0) {
      return error("ERR_RTSP_PROTOCOL", what + " got no reply, but " + std::to_string(junk) +
                                            " bytes that are not RTSP");
    }
    return error("ERR_RTSP_TIMEOUT", what + " got no reply within " +
                                         std::to_string(options_.connectTimeoutMs) + " ms");
  }
  const int status = reply.response->status;
  const std::string answered =
      what + " was answered " + std::to_string(status) + " " + printable(reply.response->reason);
  switch (status) {
    case 401:
      return error("ERR_RTSP_UNAUTHORIZED", answered + ": " + targetLogin_->refusal());
    case 404:
      return error("ERR_RTSP_NOT_FOUND", answered + "; check the path of the URL");
    case 454:
      return error("ERR_RTSP_SESSION_NOT_FOUND", answered);
    case 461:
      return error(
          "ERR_RTSP_UNSUPPORTED",
          answered + (overUdp() ? ": the camera does not send RTP over UDP"
                                : ": the camera does not send RTP over the RTSP connection; "
                                  "choose the transport 'auto' or 'udp'"));
    default:
      return error("ERR_RTSP_STATUS", answered);
  }
}

void ClientSession::Impl::onOptions(const Reply& reply) {
  // A server that refuses OPTIONS itself may still play.
  const bool tolerable = reply.response != nullptr && reply.response->status != 401;
  if (!isSuccess(reply) && !tolerable) {
    fail(refusal(reply));
    return;
  }
  keepAlive_ = KeepAliveMethod(options_.policies.keepAlive,
                               reply.response->headers.get("Public").value_or(""));
  Headers headers;
  headers.add("Accept", "application/sdp");
  ask("DESCRIBE", target_.text, std::move(headers), &Impl::onDescribe);
}

void ClientSession::Impl::redirect(const Reply& reply) {
  if (++redirects_ > kMaxRedirects) {
    fail(error("ERR_RTSP_STATUS", "redirected more than " + std::to_string(kMaxRedirects) +
                                      " times; the last was " +
                                      std::to_string(reply.response->status)));
    return;
  }
  Url next;
  try {
    next = parseUrl(reply.response->headers.get("Location").value_or(""));
  } catch (const Error&) {
    fail(error("ERR_RTSP_PROTOCOL", "was redirected without a valid Location"));
    return;
  }
  // The credentials are for the host they were given for.
  auto login = targetLogin_;
  const bool lessSafe = target_.isEncrypted() && !next.isEncrypted();
  if (!next.username.empty()) {
    login = std::make_shared<Authenticator>(next.username, next.password, options_.policies.digest,
                                            &stats_.quirks);
  } else if (!equalsIgnoreCase(next.host, target_.host) || lessSafe) {
    login = std::make_shared<Authenticator>("", "");
  }
  leave();
  open(std::move(next), std::move(login));
}

void ClientSession::Impl::onDescribe(const Reply& reply) {
  if (reply.response != nullptr && reply.response->status / 100 == 3) {
    redirect(reply);
    return;
  }
  if (!isSuccess(reply)) {
    fail(refusal(reply));
    return;
  }
  const auto sdp = parseSdp(reply.response->body);
  if (!sdp) {
    fail(error("ERR_RTSP_PROTOCOL", "DESCRIBE (CSeq " + std::to_string(reply.cseq) +
                                        ") was answered without a session description"));
    return;
  }
  if (!reply.response->headers.get("Content-Type")) hit(Quirk::kNoContentType);
  baseUrl_ = baseUrl(reply.response->headers);
  if (!chooseStreams(listTracks(*sdp, stats_.quirks))) {
    fail(error("ERR_RTSP_NO_VIDEO",
               "the camera offers " + describeOffers(*sdp) +
                   ", but no video that can be received; choose H.264, H.265 or MJPEG in its "
                   "settings"));
    return;
  }
  aggregateUrl_ = controlUrl(sdp->control);
  setUpNext();
}

std::string ClientSession::Impl::baseUrl(const Headers& headers) {
  std::string base = target_.text;
  for (const char* name : {"Content-Location", "Content-Base"}) {
    const auto value = headers.get(name);
    if (!value || value->empty()) continue;
    try {
      base = parseUrl(*value).text;
    } catch (const Error&) {
      // Cameras write it without a scheme or with two: then the URL we asked for is the base.
      hit(Quirk::kContentBaseInvalid);
    }
  }
  return base;
}

std::string ClientSession::Impl::controlUrl(const std::string& control) {
  using Control = Policies::Control;
  const std::string appended = resolveControl(baseUrl_, control, Control::kAppend);
  const std::string resolved = resolveControl(baseUrl_, control, Control::kRfc3986);
  if (appended != resolved) hit(Quirk::kControlJoined);
  return options_.policies.control == Control::kRfc3986 ? resolved : appended;
}

}  // namespace flux::rtsp
