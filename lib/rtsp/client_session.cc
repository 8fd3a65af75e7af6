// The session's life: it plays, keeps its connection alive, watches it, and begins anew with a
// growing delay whenever anything ends it, until stop().
#include "rtsp/client_session.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "rtsp/client_session_impl.h"

namespace flux::rtsp {
namespace {

constexpr int64_t kReportIntervalMicros = 5000000;
/// A connection that played this long was no failure: the next delay is the shortest again.
constexpr int64_t kSteadyMicros = 10000000;

std::shared_ptr<Authenticator> makeLogin(const ClientOptions& options, const Url& url) {
  const bool own = !options.username.empty();
  return std::make_shared<Authenticator>(
      own ? options.username : url.username,
      own || !options.password.empty() ? options.password : url.password);
}

}  // namespace

ClientSession::Impl::Impl(EventLoop& loop, ClientOptions options, ClientObserver& observer)
    : loop_(loop),
      options_(std::move(options)),
      observer_(observer),
      url_(parseUrl(options_.url)),
      login_(makeLogin(options_, url_)),
      backoff_(options_.reconnectMinMs, options_.reconnectMaxMs),
      farewells_(loop) {}

ClientSession::Impl::~Impl() {
  cancelTimers();
  if (!connection_) return;
  connection_->setListener(nullptr);
  connection_->close();
}

void ClientSession::Impl::onFailed(const Error& error) {
  if (!addresses_.empty()) {
    connectToNext();
    return;
  }
  fail(error);
}

void ClientSession::Impl::onFrame(const InterleavedFrame& frame,
                                  const ClientConnection::Arrival& arrival) {
  if (!channels_) return;
  if (frame.channel == channels_->rtp) {
    if (media_->onRtp(frame.payload, arrival.micros, arrival.wallMs)) {
      lastRtpMicros_ = arrival.micros;
    }
  } else if (frame.channel == channels_->rtcp && media_->onRtcp(frame.payload, arrival.micros)) {
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

void ClientSession::Impl::onKeepAlive(const ClientConnection::Reply& reply) {
  const int status = reply.response != nullptr ? reply.response->status : 0;
  if (status / 100 == 2) return;
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
    const Bytes report = media_->receiverReport(monotonicMicros());
    if (report.empty()) return;
    stats_.receiverReports.fetch_add(1, std::memory_order_relaxed);
    connection_->sendFrame(channels_->rtcp, report);
  });
}

void ClientSession::Impl::fail(const Error& cause) {
  stats_.failures.fetch_add(1, std::memory_order_relaxed);
  cancelTimers();
  leave();
  const bool steady =
      playingSinceMicros_ != 0 && monotonicMicros() - playingSinceMicros_ >= kSteadyMicros;
  if (steady) backoff_.reset();
  const int64_t delayMs = backoff_.nextDelayMs();
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
