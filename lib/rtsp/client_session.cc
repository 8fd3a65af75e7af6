// The session's life: it plays, keeps its connection alive, watches it, and begins anew with a
// growing delay whenever anything ends it, until stop().
#include "rtsp/client_session.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "rtsp/client_session_impl.h"

namespace flux::rtsp {
namespace {

/// A connection that played this long was no failure: the next delay is the shortest again.
constexpr int64_t kSteadyMicros = 10000000;
/// After a 454 to a keep-alive, video must come within so long.
constexpr int64_t kProofOfLifeMicros = 2000000;

std::shared_ptr<Authenticator> makeLogin(const ClientOptions& options, const Url& url,
                                         QuirkCounters& quirks) {
  const bool own = !options.username.empty();
  return std::make_shared<Authenticator>(
      own ? options.username : url.username,
      own || !options.password.empty() ? options.password : url.password, options.policies.digest,
      &quirks);
}

}  // namespace

ClientSession::Impl::Impl(EventLoop& loop, ClientOptions options, ClientObserver& observer)
    : loop_(loop),
      options_(std::move(options)),
      observer_(observer),
      url_(parseUrl(options_.url)),
      login_(makeLogin(options_, url_, stats_.quirks)),
      sync_(options_.policies.avSync, stats_.quirks),
      backoff_(options_.reconnectMinMs, options_.reconnectMaxMs),
      useUdp_(options_.transport == Transport::kUdp && url_.scheme == Url::Scheme::kRtsp),
      farewells_(loop) {
  // What is wrong with them is to be said at once.
  parseFingerprint(options_.tlsFingerprint);
  if (!options_.tlsAuthorities.empty()) checkAuthorities(options_.tlsAuthorities);
}

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
  const bool closed = error.code() == "ERR_RTSP_CLOSED" || error.code() == "ERR_CONNECTION";
  if (closed && targetLogin_->isUnproven()) {
    hit(Quirk::kClosedAfterChallenge);
    // The next connection is signed from the start; it is worth one try without delay.
    if (state_ == ClientState::kConnecting && !std::exchange(reopened_, true)) {
      leave();
      open(Url(target_), targetLogin_);
      return;
    }
  }
  fail(error);
}

void ClientSession::Impl::armKeepAlive() {
  if (keepAlive_.name() == nullptr) return;
  const int64_t seconds = keepAliveInterval(options_.policies.keepAliveSeconds, timeoutSeconds_);
  keepAliveTimer_ = loop_.schedule(seconds * 1000000, [this] {
    ask(keepAlive_.name(), aggregateUrl_, sessionHeaders(), &Impl::onKeepAlive);
    if (state_ == ClientState::kPlaying) armKeepAlive();
  });
}

void ClientSession::Impl::onKeepAlive(const Reply& reply) {
  const int status = reply.response != nullptr ? reply.response->status : 0;
  if (status / 100 == 2) return;
  if (status == 401) {
    fail(refusal(reply));
    return;
  }
  // Not answered or not liked: cameras differ here, and while media flows that ends nothing.
  const bool changed = keepAlive_.refused();
  if (changed) hit(Quirk::kKeepAliveRefused);
  if (status == 454) proveLifeAfter(refusal(reply), changed);
}

void ClientSession::Impl::proveLifeAfter(const Error& refused, bool askAgain) {
  // Some cameras say 454 to a method that they do not know. Others mean it.
  const int64_t since = monotonicMicros();
  const int64_t interval = keepAliveInterval(options_.policies.keepAliveSeconds, timeoutSeconds_);
  loop_.cancel(keepAliveTimer_);
  keepAliveTimer_ = loop_.schedule(
      std::min(interval * 1000000, kProofOfLifeMicros), [this, since, refused, askAgain] {
        if (lastRtpMicros_ <= since) {
          fail(refused);
          return;
        }
        if (askAgain) ask(keepAlive_.name(), aggregateUrl_, sessionHeaders(), &Impl::onKeepAlive);
        if (state_ == ClientState::kPlaying) armKeepAlive();
      });
}

void ClientSession::Impl::armStallWatch(int64_t delayMicros) {
  stallTimer_ = loop_.schedule(delayMicros, [this] {
    const int64_t silence = monotonicMicros() - lastRtpMicros_;
    const int64_t limit = options_.stallTimeoutMs * 1000;
    if (silence < limit) {
      armStallWatch(limit - silence);
      return;
    }
    fail(stalled(silence));
  });
}

Error ClientSession::Impl::stalled(int64_t silenceMicros) {
  const std::string silence =
      "no video packet for " + std::to_string(silenceMicros / 1000) + " ms, ";
  if (!overUdp() || sawVideo_) {
    return error("ERR_RTSP_STALLED", silence + "on a connection that still stands");
  }
  useUdp_ = false;
  stats_.udpFallbacks.fetch_add(1, std::memory_order_relaxed);
  return error("ERR_RTSP_STALLED", silence +
                                       "over UDP from the start (is there a firewall?); the next "
                                       "attempt is over TCP");
}

bool ClientSession::Impl::react(Quirk quirk, Policies::Reaction reaction, const std::string& what) {
  hit(quirk);
  if (reaction == Policies::Reaction::kIgnore) return false;
  fail(error("ERR_RTSP_PROTOCOL",
             what + ", which its policy (" + quirkName(quirk) + ") does not allow"));
  return true;
}

void ClientSession::Impl::rememberRefusals(bool steady) {
  if (steady) {
    leftOut_.fill(false);
    return;
  }
  if (playingSinceMicros_ != 0) return;
  if (std::find(leftOut_.begin(), leftOut_.end(), true) != leftOut_.end()) {
    leftOut_.fill(false);  // it failed without them too: they were not the cause
    return;
  }
  // One that ended on the way to PLAY after a SETUP besides video was refused, or during it: the
  // next goes without.
  if (setUp_ > 0 && setUp_ < streams_.size()) {
    hit(Quirk::kSetupRefused);
    refused_[streams_[setUp_]->kindIndex()] = true;
  }
  leftOut_ = refused_;
}

void ClientSession::Impl::fail(const Error& cause) {
  stats_.failures.fetch_add(1, std::memory_order_relaxed);
  cancelTimers();
  const bool steady =
      playingSinceMicros_ != 0 && monotonicMicros() - playingSinceMicros_ >= kSteadyMicros;
  rememberRefusals(steady);
  const bool inOrder = connection_ && connection_->isOpen() &&
                       options_.policies.teardown == Policies::Teardown::kAlways;
  leave();
  if (steady) backoff_.reset();
  int64_t delayMs = backoff_.nextDelayMs();
  if (!inOrder) {
    delayMs = std::max(delayMs, (staleUntilMicros_ - monotonicMicros() + 999) / 1000);
  }
  retryTimer_ = loop_.schedule(delayMs * 1000, [this] { attempt(); });
  enter(ClientState::kWaiting, &cause, delayMs);
}

void ClientSession::Impl::leave() {
  lookup_.reset();
  addresses_.clear();
  receiving_ = false;
  sync_.end();
  for (const auto& stream : streams_) countReorderDrops(*stream);
  streams_.clear();
  setUp_ = 0;
  auto connection = std::exchange(connection_, nullptr);
  if (!connection) return;
  connection->setListener(nullptr);
  connection->forgetRequests();
  if (sessionId_.empty()) {
    connection->close();
    return;
  }
  const int wait = options_.policies.staleSessionWaitSeconds;
  if (wait > 0) staleUntilMicros_ = monotonicMicros() + wait * int64_t{1000000};
  if (options_.policies.teardown == Policies::Teardown::kNever || !connection->isOpen()) {
    connection->close();
    return;
  }
  const bool said =
      farewells_.say(std::move(connection), {"TEARDOWN", aggregateUrl_, sessionHeaders(), ""},
                     [this](bool answered) { onLeft(answered); });
  if (!said) stats_.farewellsCut.fetch_add(1, std::memory_order_relaxed);
}

void ClientSession::Impl::onLeft(bool answered) {
  if (!answered) return;
  staleUntilMicros_ = 0;
  if (!std::exchange(waitsForStale_, false) || stopping_) return;
  loop_.cancel(std::exchange(retryTimer_, 0));
  attempt();
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
