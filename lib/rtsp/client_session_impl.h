// What a client session is made of. client_session.cc has its life, client_handshake.cc the steps
// to a description, client_session_setup.cc those to a playing stream, client_session_media.cc what
// travels then.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/counter.h"
#include "rtsp/av_sync.h"
#include "rtsp/backoff.h"
#include "rtsp/client_connection.h"
#include "rtsp/client_session.h"
#include "rtsp/farewell.h"
#include "rtsp/keep_alive.h"
#include "rtsp/media_receiver.h"
#include "rtsp/reorder_buffer.h"
#include "rtsp/reply_headers.h"
#include "rtsp/resolver.h"
#include "rtsp/track.h"
#include "rtsp/udp_receiver.h"
#include "rtsp/url.h"

namespace flux::rtsp {

[[nodiscard]] inline bool isSuccess(const ClientConnection::Reply& reply) {
  return reply.response != nullptr && reply.response->status / 100 == 2;
}

class ClientSession::Impl final : public ClientConnection::Listener {
 public:
  Impl(EventLoop& loop, ClientOptions options, ClientObserver& observer);
  ~Impl() override;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void start() {
    if (state_ == ClientState::kClosed) {
      stopping_ = false;
      state_ = ClientState::kIdle;
    }
    if (state_ == ClientState::kIdle && !stopping_) attempt();
  }
  void stop(std::function<void()> done);
  [[nodiscard]] const ClientStats& stats() const { return stats_; }

 private:
  using Reply = ClientConnection::Reply;
  using Arrival = ClientConnection::Arrival;
  static constexpr size_t kKinds = 3;  ///< of media

  /// One track of the present session.
  struct MediaStream {
    Track track;
    MediaReceiver* media = nullptr;               ///< the session's own
    std::optional<InterleavedChannels> channels;  ///< set by SETUP over TCP
    std::unique_ptr<UdpReceiver> udp;             ///< made for SETUP over UDP
    std::unique_ptr<ReorderBuffer> reorder;       ///< beside udp
    std::optional<uint16_t> announcedSequence;    ///< in RTP-Info, until it was looked at
    uint64_t dropsCounted = 0;                    ///< of reorder
    [[nodiscard]] size_t kindIndex() const { return static_cast<size_t>(track.kind()); }
    [[nodiscard]] bool isVideo() const { return track.kind() == MediaKind::kVideo; }
  };

  // The connection's callbacks.
  void onConnected() override;
  void onBytes(size_t count) override { addAlone(stats_.bytesReceived, count); }
  void onFrame(const InterleavedFrame& frame, const Arrival& arrival) override;
  void onFailed(const Error& error) override;

  // One step each, in this order.
  void attempt();
  void open(Url target, std::shared_ptr<Authenticator> login);
  /// Where the target's host is.
  void take(std::vector<SocketAddress> addresses);
  void connectToNext();
  void onOptions(const Reply& reply);
  void onDescribe(const Reply& reply);
  void redirect(const Reply& reply);
  [[nodiscard]] std::string baseUrl(const Headers& headers);
  /// False where there is no video to receive.
  bool chooseStreams(const std::vector<Track>& offered);
  MediaReceiver* receiverFor(Codec codec);
  [[nodiscard]] std::string controlUrl(const std::string& control);
  void setUpNext();
  [[nodiscard]] bool overUdp() const { return useUdp_ && target_.scheme == Url::Scheme::kRtsp; }
  [[nodiscard]] std::string transportOffer(MediaStream& stream);
  void onSetup(const Reply& reply);
  void onSetupRefused(const Reply& reply);
  bool takeSession(const Headers& headers);
  bool takeTransport(MediaStream& stream, const Headers& headers);
  void leaveOutCurrentStream();
  void play();
  void onPlay(const Reply& reply);
  void takeRtpInfo(const Headers& headers);

  void ask(const char* method, const std::string& url, Headers headers,
           void (Impl::*next)(const Reply&));
  void noteReply(const Reply& reply);
  [[nodiscard]] Headers sessionHeaders() const;
  [[nodiscard]] Error refusal(const Reply& reply) const;
  [[nodiscard]] Error error(const char* code, const std::string& what) const {
    return {code, target_.text + ": " + what};
  }

  // What travels.
  void openUdp(MediaStream& stream);
  [[nodiscard]] MediaStream* streamOf(const InterleavedFrame& frame, bool& isRtcp);
  void takeRtp(MediaStream& stream, ByteView packet, const Arrival& arrival);
  void takeRtcp(MediaStream& stream, ByteView packet, const Arrival& arrival);
  void noteMedia();
  void countReorderDrops(MediaStream& stream);
  /// Both tracks of the connection, where it has sound.
  void beginSync();
  void armReport();
  void sendReports();

  void armKeepAlive();
  void onKeepAlive(const Reply& reply);
  /// Video must go on, or the session ends as `refused`; then `askAgain` by another method at once.
  void proveLifeAfter(const Error& refused, bool askAgain);
  void armStallWatch(int64_t delayMicros);
  [[nodiscard]] Error stalled(int64_t silenceMicros);

  void enter(ClientState state, const Error* cause, int64_t retryInMs) {
    state_ = state;
    observer_.onState(state, cause, retryInMs);
  }
  void hit(Quirk quirk) { stats_.quirks.hit(quirk); }
  /// Counts `quirk` and, where its policy says so, ends the connection: then true.
  bool react(Quirk quirk, Policies::Reaction reaction, const std::string& what);
  void fail(const Error& cause);
  void rememberRefusals(bool steady);
  void leave();
  void onLeft(bool answered);
  void cancelTimers();
  void finishStop();

  EventLoop& loop_;
  const ClientOptions options_;
  ClientObserver& observer_;
  const Url url_;
  ClientStats stats_;
  const std::shared_ptr<Authenticator> login_;
  AvSync sync_;
  /// Kept over connections: one per kind of media.
  std::array<std::unique_ptr<MediaReceiver>, kKinds> receivers_;
  std::array<CodecParametersPtr, kKinds> known_;
  /// Kinds that are left out because an attempt with them failed, until one without them failed too
  /// or played for a while.
  std::array<bool, kKinds> leftOut_{};
  Backoff backoff_;
  std::minstd_rand random_{std::random_device{}()};

  ClientState state_ = ClientState::kIdle;
  bool stopping_ = false;
  std::vector<std::function<void()>> stopped_;
  EventLoop::TimerId retryTimer_ = 0;
  bool useUdp_ = false;           ///< for the next SETUP
  int64_t staleUntilMicros_ = 0;  ///< the camera may still hold a session that was not ended
  bool waitsForStale_ = false;

  // The present attempt.
  Url target_;
  std::shared_ptr<Authenticator> targetLogin_;
  int redirects_ = 0;
  bool reopened_ = false;  ///< after a connection that ended with its 401
  std::unique_ptr<Lookup> lookup_;
  std::vector<SocketAddress> addresses_;  ///< still to be tried
  SocketAddress peer_;
  std::shared_ptr<ClientConnection> connection_;
  std::string publicMethods_;
  KeepAliveMethod keepAlive_;
  std::string baseUrl_;
  std::string aggregateUrl_;
  std::vector<std::unique_ptr<MediaStream>> streams_;
  size_t setUp_ = 0;  ///< how many of them are
  std::array<bool, kKinds> refused_{};
  std::string sessionId_;
  int timeoutSeconds_ = 60;
  bool receiving_ = false;  ///< PLAY was sent
  bool sawEarlyMedia_ = false;
  bool sawVideo_ = false;
  uint64_t junkSeen_ = 0;
  uint64_t renewalsSeen_ = 0;
  int64_t playingSinceMicros_ = 0;
  int64_t lastRtpMicros_ = 0;  ///< of video
  EventLoop::TimerId keepAliveTimer_ = 0;
  EventLoop::TimerId stallTimer_ = 0;
  EventLoop::TimerId reportTimer_ = 0;

  Farewells farewells_;
};

}  // namespace flux::rtsp
