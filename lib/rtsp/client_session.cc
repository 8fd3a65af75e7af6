// The session's course: resolve, connect, OPTIONS, DESCRIBE, SETUP, PLAY, and back to the start
// with a growing delay whenever anything ends it.
#include "rtsp/client_session.h"

#include <algorithm>
#include <random>
#include <vector>

#include "base/clock.h"
#include "rtsp/client_connection.h"
#include "rtsp/farewell.h"
#include "rtsp/media_receiver.h"
#include "rtsp/reply_headers.h"
#include "rtsp/resolver.h"
#include "rtsp/sdp.h"
#include "rtsp/text.h"
#include "rtsp/url.h"

namespace flux::rtsp {
namespace {

constexpr int kMaxRedirects = 3;
constexpr int64_t kReportIntervalMicros = 5000000;
/// A connection that played this long was no failure: the next delay is the shortest again.
constexpr int64_t kSteadyMicros = 10000000;

using Reply = ClientConnection::Reply;

bool isSuccess(const Reply& reply) {
  return reply.response != nullptr && reply.response->status / 100 == 2;
}

std::shared_ptr<Authenticator> makeLogin(const ClientOptions& options, const Url& url) {
  const bool own = !options.username.empty();
  return std::make_shared<Authenticator>(
      own ? options.username : url.username,
      own || !options.password.empty() ? options.password : url.password);
}

}  // namespace

class ClientSession::Impl final : public ClientConnection::Listener {
 public:
  Impl(EventLoop& loop, ClientOptions options, ClientObserver& observer)
      : loop_(loop),
        options_(std::move(options)),
        observer_(observer),
        url_(parseUrl(options_.url)),
        login_(makeLogin(options_, url_)),
        media_(options_.maxAccessUnitBytes, stats_,
               [this](AccessUnitPtr unit) {
                 if (!stopping_) observer_.onAccessUnit(std::move(unit));
               }),
        random_(std::random_device{}()),
        farewells_(loop) {}

  ~Impl() override {
    cancelTimers();
    if (!connection_) return;
    connection_->setListener(nullptr);
    connection_->close();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void start() {
    if (state_ == ClientState::kIdle && !stopping_) attempt();
  }
  void stop(std::function<void()> done);
  [[nodiscard]] const ClientStats& stats() const { return stats_; }

 private:
  // The connection's callbacks.
  void onConnected() override;
  void onBytes(size_t count) override {
    stats_.bytesReceived.fetch_add(count, std::memory_order_relaxed);
  }
  void onFrame(const InterleavedFrame& frame, const ClientConnection::Arrival& arrival) override;
  void onFailed(const Error& error) override;

  // One step each, in this order.
  void attempt();
  void open(Url target, std::shared_ptr<Authenticator> login);
  void connectToNext();
  void onOptions(const Reply& reply);
  void onDescribe(const Reply& reply);
  void redirect(const Reply& reply);
  void onSetup(const Reply& reply);
  void onPlay(const Reply& reply);

  void ask(const char* method, const std::string& url, Headers headers,
           void (Impl::*next)(const Reply&));
  [[nodiscard]] Headers sessionHeaders() const;
  [[nodiscard]] Error refusal(const Reply& reply) const;
  [[nodiscard]] Error error(const char* code, const std::string& what) const {
    return {code, target_.text + ": " + what};
  }

  void armKeepAlive();
  void onKeepAlive(const Reply& reply);
  void armStallWatch(int64_t delayMicros);
  void armReport();

  void enter(ClientState state, const Error* cause, int64_t retryInMs) {
    state_ = state;
    observer_.onState(state, cause, retryInMs);
  }
  void fail(const Error& cause);
  int64_t nextDelayMs();
  void leave();
  void cancelTimers();
  void finishStop();

  EventLoop& loop_;
  const ClientOptions options_;
  ClientObserver& observer_;
  const Url url_;
  const std::shared_ptr<Authenticator> login_;
  ClientStats stats_;
  MediaReceiver media_;
  std::minstd_rand random_;

  ClientState state_ = ClientState::kIdle;
  bool stopping_ = false;
  std::vector<std::function<void()>> stopped_;
  int failuresInRow_ = 0;
  EventLoop::TimerId retryTimer_ = 0;

  // The present attempt.
  Url target_;
  std::shared_ptr<Authenticator> targetLogin_;
  int redirects_ = 0;
  std::unique_ptr<Lookup> lookup_;
  std::vector<SocketAddress> addresses_;  ///< still to be tried
  std::shared_ptr<ClientConnection> connection_;
  bool useGetParameter_ = false;
  std::string aggregateUrl_;
  H264Track track_;
  std::string sessionId_;
  int timeoutSeconds_ = 60;
  std::optional<InterleavedChannels> channels_;  ///< set once SETUP succeeded
  int64_t playingSinceMicros_ = 0;
  int64_t lastRtpMicros_ = 0;
  EventLoop::TimerId keepAliveTimer_ = 0;
  EventLoop::TimerId stallTimer_ = 0;
  EventLoop::TimerId reportTimer_ = 0;

  Farewells farewells_;
};

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

void ClientSession::Impl::onFailed(const Error& error) {
  if (!addresses_.empty()) {
    connectToNext();
    return;
  }
  fail(error);
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
  const auto track = chooseH264(*sdp);
  if (!track) {
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
  media_.begin(track_);
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

void ClientSession::Impl::onFrame(const InterleavedFrame& frame,
                                  const ClientConnection::Arrival& arrival) {
  if (!channels_) return;
  if (frame.channel == channels_->rtp) {
    if (media_.onRtp(frame.payload, arrival.micros, arrival.wallMs)) {
      lastRtpMicros_ = arrival.micros;
    }
  } else if (frame.channel == channels_->rtcp && media_.onRtcp(frame.payload, arrival.micros)) {
    fail(error("ERR_RTSP_CLOSED", "the camera ended the stream (RTCP BYE)"));
  }
}

void ClientSession::Impl::armKeepAlive() {
  const int64_t interval = std::max<int64_t>(timeoutSeconds_ * 500000LL, 1000000);
  keepAliveTimer_ = loop_.schedule(interval, [this] {
    ask(useGetParameter_ ? "GET_PARAMETER" : "OPTIONS", aggregateUrl_, sessionHeaders(),
        &Impl::onKeepAlive);
    if (state_ == ClientState::kPlaying) armKeepAlive();
  });
}

void ClientSession::Impl::onKeepAlive(const Reply& reply) {
  if (isSuccess(reply)) return;
  const int status = reply.response != nullptr ? reply.response->status : 0;
  if (status == 401 || status == 454) {
    fail(refusal(reply));
    return;
  }
  // Not answered or not liked: cameras differ here, and while media flows that ends nothing.
  useGetParameter_ = false;
}

void ClientSession::Impl::armStallWatch(int64_t delayMicros) {
  stallTimer_ = loop_.schedule(delayMicros, [this] {
    const int64_t silence = monotonicMicros() - lastRtpMicros_;
    const int64_t limit = options_.stallTimeoutMs * 1000;
    if (silence < limit) {
      armStallWatch(limit - silence);
      return;
    }
    fail(error("ERR_RTSP_STALLED", "no video packet for " + std::to_string(silence / 1000) +
                                       " ms, on a connection that still stands"));
  });
}

void ClientSession::Impl::armReport() {
  // Randomised over [0.5, 1.5] (RFC 3550 §6.3.1), so that many sessions do not report in step.
  std::uniform_int_distribution<int64_t> spread(kReportIntervalMicros / 2,
                                                kReportIntervalMicros * 3 / 2);
  reportTimer_ = loop_.schedule(spread(random_), [this] {
    armReport();
    const Bytes report = media_.receiverReport(monotonicMicros());
    if (report.empty()) return;
    stats_.receiverReports.fetch_add(1, std::memory_order_relaxed);
    connection_->sendFrame(channels_->rtcp, report);
  });
}

int64_t ClientSession::Impl::nextDelayMs() {
  const bool steady =
      playingSinceMicros_ != 0 && monotonicMicros() - playingSinceMicros_ >= kSteadyMicros;
  if (steady) failuresInRow_ = 0;
  const int64_t longest = std::max(options_.reconnectMaxMs, options_.reconnectMinMs);
  int64_t delay = std::max<int64_t>(options_.reconnectMinMs, 1);
  for (int i = 0; i < failuresInRow_ && delay < longest; ++i) delay *= 2;
  ++failuresInRow_;
  std::uniform_real_distribution<double> jitter(0.75, 1.25);
  return std::max<int64_t>(
      static_cast<int64_t>(static_cast<double>(std::min(delay, longest)) * jitter(random_)), 1);
}

void ClientSession::Impl::fail(const Error& cause) {
  stats_.failures.fetch_add(1, std::memory_order_relaxed);
  cancelTimers();
  leave();
  const int64_t delayMs = nextDelayMs();
  retryTimer_ = loop_.schedule(delayMs * 1000, [this] { attempt(); });
  enter(ClientState::kWaiting, &cause, delayMs);
}

void ClientSession::Impl::leave() {
  lookup_.reset();
  addresses_.clear();
  channels_.reset();
  auto connection = std::exchange(connection_, nullptr);
  if (!connection) return;
  connection->setListener(nullptr);
  connection->forgetRequests();
  if (sessionId_.empty()) {
    connection->close();
  } else {
    farewells_.say(std::move(connection), {"TEARDOWN", aggregateUrl_, sessionHeaders(), ""});
  }
}

void ClientSession::Impl::cancelTimers() {
  for (EventLoop::TimerId* timer : {&retryTimer_, &keepAliveTimer_, &stallTimer_, &reportTimer_}) {
    loop_.cancel(std::exchange(*timer, 0));
  }
}

void ClientSession::Impl::stop(std::function<void()> done) {
  stopped_.push_back(std::move(done));
  if (state_ == ClientState::kClosed) {
    finishStop();
    return;
  }
  if (stopping_) return;
  stopping_ = true;
  cancelTimers();
  leave();
  farewells_.whenAllLeft([this] {
    enter(ClientState::kClosed, nullptr, 0);
    finishStop();
  });
}

void ClientSession::Impl::finishStop() {
  // Posted, because the caller may destroy this session in there.
  for (auto& done : std::exchange(stopped_, {})) loop_.post(std::move(done));
}

ClientSession::ClientSession(EventLoop& loop, ClientOptions options, ClientObserver& observer)
    : impl_(std::make_unique<Impl>(loop, std::move(options), observer)) {}
ClientSession::~ClientSession() = default;
void ClientSession::start() {
  impl_->start();
}
void ClientSession::stop(std::function<void()> done) {
  impl_->stop(std::move(done));
}
const ClientStats& ClientSession::stats() const {
  return impl_->stats();
}

}  // namespace flux::rtsp
