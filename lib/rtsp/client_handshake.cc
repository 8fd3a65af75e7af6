// The way to a playing stream: resolve, connect, OPTIONS, DESCRIBE, SETUP, PLAY. Whatever goes
// wrong here ends in fail().
#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "rtsp/client_session_impl.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

constexpr int kMaxRedirects = 3;

using Reply = ClientConnection::Reply;

bool isSuccess(const Reply& reply) {
  return reply.response != nullptr && reply.response->status / 100 == 2;
}

}  // namespace

void ClientSession::Impl::attempt() {
  redirects_ = 0;
  enter(ClientState::kConnecting, nullptr, 0);
  if (!stopping_) open(url_, login_);
}

void ClientSession::Impl::open(Url target, std::shared_ptr<Authenticator> login) {
  target_ = std::move(target);
  targetLogin_ = std::move(login);
  sessionId_.clear();
  channels_.reset();
  timeoutSeconds_ = 60;
  playingSinceMicros_ = 0;
  if (const auto literal = parseAddress(target_.host, target_.port)) {
    addresses_ = {*literal};
    connectToNext();
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
          addresses_ = std::move(addresses);
          connectToNext();
        });
  } catch (const Error& failure) {
    fail(error(failure.code().c_str(), failure.what()));
  }
}

void ClientSession::Impl::connectToNext() {
  const SocketAddress address = addresses_.front();
  addresses_.erase(addresses_.begin());
  connection_ = std::make_shared<ClientConnection>(loop_, targetLogin_, target_.text,
                                                   options_.userAgent, options_.connectTimeoutMs);
  connection_->setListener(this);
  try {
    connection_->connect(address);
  } catch (const Error& failure) {
    connection_->setListener(nullptr);
    onFailed(error("ERR_CONNECTION", failure.what()));
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
      [this, next](const Reply& reply) { (this->*next)(reply); }, options_.connectTimeoutMs);
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
      return error("ERR_RTSP_UNSUPPORTED",
                   answered + ": the camera does not send RTP over the RTSP connection");
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
  useGetParameter_ =
      listsMethod(reply.response->headers.get("Public").value_or(""), "GET_PARAMETER");
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
  if (!next.username.empty()) {
    login = std::make_shared<Authenticator>(next.username, next.password);
  } else if (!equalsIgnoreCase(next.host, target_.host)) {
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
  const auto tracks = listTracks(*sdp, stats_.quirks);
  const auto track = std::find_if(tracks.begin(), tracks.end(), [](const Track& offered) {
    return offered.kind() == MediaKind::kVideo;
  });
  if (track == tracks.end()) {
    fail(error("ERR_RTSP_NO_VIDEO", "the camera offers " + describeOffers(*sdp) +
                                        ", but no H.264 video; choose H.264 in its settings"));
    return;
  }
  track_ = *track;
  std::string base = target_.text;
  for (const char* name : {"Content-Location", "Content-Base"}) {
    const auto value = reply.response->headers.get(name);
    if (!value) continue;
    try {
      base = parseUrl(*value).text;
    } catch (const Error&) {
      // Cameras write it without a scheme or with two: then the URL we asked for is the base.
    }
  }
  aggregateUrl_ = resolveControl(base, sdp->control);
  Headers headers;
  headers.add("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1");
  ask("SETUP", resolveControl(base, track_.control), std::move(headers), &Impl::onSetup);
}

void ClientSession::Impl::onSetup(const Reply& reply) {
  if (!isSuccess(reply)) {
    fail(refusal(reply));
    return;
  }
  const Headers& headers = reply.response->headers;
  SessionHeader session = parseSessionHeader(headers.get("Session").value_or(""));
  sessionId_ = std::move(session.id);
  timeoutSeconds_ = session.timeoutSeconds;
  const auto channels = parseTransport(headers.get("Transport").value_or(""));
  if (!channels) {
    fail(error("ERR_RTSP_UNSUPPORTED", "the camera chose another transport than TCP: " +
                                           printable(headers.get("Transport").value_or(""))));
    return;
  }
  if (media_ == nullptr || media_->codec() != track_.codec) {
    media_ = std::make_unique<MediaReceiver>(track_.codec, options_.maxAccessUnitBytes, stats_,
                                             [this](AccessUnitPtr unit) {
                                               if (!stopping_)
                                                 observer_.onAccessUnit(std::move(unit));
                                             });
  }
  media_->begin(track_);
  channels_ = channels;
  Headers play = sessionHeaders();
  play.add("Range", "npt=0.000-");
  ask("PLAY", aggregateUrl_, std::move(play), &Impl::onPlay);
}

void ClientSession::Impl::onPlay(const Reply& reply) {
  if (!isSuccess(reply)) {
    fail(refusal(reply));
    return;
  }
  stats_.connects.fetch_add(1, std::memory_order_relaxed);
  playingSinceMicros_ = lastRtpMicros_ = monotonicMicros();
  connection_->setUrgent(false);
  armKeepAlive();
  armStallWatch(options_.stallTimeoutMs * 1000);
  armReport();
  enter(ClientState::kPlaying, nullptr, 0);
}

}  // namespace flux::rtsp
