// What a client session is made of; client_session.cc has its life, client_handshake.cc the steps
// to a playing stream.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "rtsp/backoff.h"
#include "rtsp/client_connection.h"
#include "rtsp/client_session.h"
#include "rtsp/farewell.h"
#include "rtsp/media_receiver.h"
#include "rtsp/reply_headers.h"
#include "rtsp/resolver.h"
#include "rtsp/track.h"
#include "rtsp/url.h"

namespace flux::rtsp {

class ClientSession::Impl final : public ClientConnection::Listener {
 public:
  Impl(EventLoop& loop, ClientOptions options, ClientObserver& observer);
  ~Impl() override;
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

  // One step each, in this order (client_handshake.cc).
  void attempt();
  void open(Url target, std::shared_ptr<Authenticator> login);
  void connectToNext();
  void onOptions(const ClientConnection::Reply& reply);
  void onDescribe(const ClientConnection::Reply& reply);
  void redirect(const ClientConnection::Reply& reply);
  void onSetup(const ClientConnection::Reply& reply);
  void onPlay(const ClientConnection::Reply& reply);

  void ask(const char* method, const std::string& url, Headers headers,
           void (Impl::*next)(const ClientConnection::Reply&));
  [[nodiscard]] Headers sessionHeaders() const;
  [[nodiscard]] Error refusal(const ClientConnection::Reply& reply) const;
  [[nodiscard]] Error error(const char* code, const std::string& what) const {
    return {code, target_.text + ": " + what};
  }

  void armKeepAlive();
  void onKeepAlive(const ClientConnection::Reply& reply);
  void armStallWatch(int64_t delayMicros);
  void armReport();

  void enter(ClientState state, const Error* cause, int64_t retryInMs) {
    state_ = state;
    observer_.onState(state, cause, retryInMs);
  }
  void fail(const Error& cause);
  void leave();
  void cancelTimers();
  void finishStop();

  EventLoop& loop_;
  const ClientOptions options_;
  ClientObserver& observer_;
  const Url url_;
  const std::shared_ptr<Authenticator> login_;
  ClientStats stats_;
  std::unique_ptr<MediaReceiver> media_;  ///< kept over connections
  Backoff backoff_;
  std::minstd_rand random_{std::random_device{}()};

  ClientState state_ = ClientState::kIdle;
  bool stopping_ = false;
  std::vector<std::function<void()>> stopped_;
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
  Track track_;
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

}  // namespace flux::rtsp
