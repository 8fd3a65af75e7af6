// A source of everything that libavformat opens: HTTP, RTMP, SRT, UDP and files.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engine/av_address.h"
#include "engine/source.h"
#include "rtsp/backoff.h"
#include "rtsp/resolver.h"

namespace flux {

/// libavformat blocks, so each connection has a thread of its own (fv-src-N), at most kMaxThreads
/// of them in a process: one that finds none free fails with ERR_LIMIT and tries again as after any
/// failure. Units go to the loop's thread through a queue of bounded size; where that is full,
/// units are dropped and counted until the next key frame.
///
/// Errors are named like those of an RTSP session, without RTSP: ERR_CONNECTION, ERR_TIMEOUT,
/// ERR_UNAUTHORIZED, ERR_NOT_FOUND, ERR_HTTP_STATUS, ERR_HOST_NOT_FOUND, ERR_TLS, ERR_CONTAINER,
/// ERR_NO_VIDEO, ERR_LIMIT. Their messages have the URL without credentials and query.
class AvSource final : public Source {
 public:
  static constexpr unsigned kMaxThreads = 64;

  /// Any thread. Throws ERR_INVALID_ARGUMENT where the URL is none, or where a TLS fingerprint is
  /// asked for, which libavformat cannot check.
  AvSource(EventLoop& loop, const rtsp::ClientOptions& options, rtsp::ClientObserver& observer);
  ~AvSource() override;
  AvSource(const AvSource&) = delete;
  AvSource& operator=(const AvSource&) = delete;

  void start() override;
  void stop(std::function<void()> done) override;
  [[nodiscard]] const rtsp::ClientStats& stats() const override { return stats_; }

 private:
  class Connection;  ///< a thread and what it shares with the loop's

  void attempt();
  void connect();
  void drain();
  void onEnded(const Error& cause);
  void fail(const Error& cause);
  void enter(rtsp::ClientState state, const Error* cause, int64_t retryInMs);
  void finishStop();

  EventLoop& loop_;
  const rtsp::ClientOptions options_;
  const AvAddress address_;
  rtsp::ClientObserver& observer_;
  rtsp::ClientStats stats_;
  rtsp::Backoff backoff_;
  rtsp::ClientState state_ = rtsp::ClientState::kIdle;
  bool stopping_ = false;
  std::vector<std::function<void()>> stopped_;
  EventLoop::TimerId retryTimer_ = 0;
  int64_t playingSinceMicros_ = 0;
  CodecParametersPtr knownVideo_;
  CodecParametersPtr knownAudio_;
  std::unique_ptr<rtsp::Lookup> lookup_;
  std::shared_ptr<Connection> connection_;
};

}  // namespace flux
