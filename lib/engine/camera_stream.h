// One stream of a camera: connected while somebody needs it. Internal to lib/engine; everything
// happens on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/source.h"
#include "engine/tap.h"

namespace flux {

class CameraStream final : public rtsp::ClientObserver {
 public:
  struct Events {
    std::function<void(rtsp::ClientState, const Error* cause, int64_t retryInMs)> state;
    std::function<void(const CodecParametersPtr&)> parameters;
  };

  /// Any thread. Stays connected for `lingerMs` after nobody needs it any more.
  CameraStream(EventLoop& loop, const rtsp::ClientOptions& options, int64_t lingerMs,
               Events events);
  ~CameraStream() override;
  CameraStream(const CameraStream&) = delete;
  CameraStream& operator=(const CameraStream&) = delete;

  [[nodiscard]] const rtsp::ClientStats& stats() const { return source_->stats(); }  // any thread

  /// Until then needs are only noted.
  void enable();
  /// A tap needs the stream.
  void addTap(std::shared_ptr<Tap> tap);
  void removeTap(const std::shared_ptr<Tap>& tap);
  /// Needs the stream without listening to it.
  void hold();
  void release();
  /// Ends the connection and tells all taps; `done` once no thread is in it any more.
  void close(std::function<void()> done);

 private:
  enum class Phase : uint8_t { kIdle, kRunning, kStopping };

  void onAccessUnit(AccessUnitPtr unit) override;
  void onTracks(const std::vector<CodecParametersPtr>& tracks) override;
  void onState(rtsp::ClientState state, const Error* cause, int64_t retryInMs) override;

  [[nodiscard]] bool isNeeded() const {
    return enabled_ && !closing_ && (holds_ > 0 || !taps_.empty());
  }
  void review();
  void stop();
  void onStopped();
  void forEachTap(const std::function<void(Tap&)>& visit);

  EventLoop& loop_;
  const int64_t lingerMs_;
  const Events events_;
  const std::unique_ptr<Source> source_;
  std::vector<std::shared_ptr<Tap>> taps_;
  size_t holds_ = 0;
  bool enabled_ = false;
  bool closing_ = false;
  Phase phase_ = Phase::kIdle;
  EventLoop::TimerId lingerTimer_ = 0;
  std::optional<EventLoop::Haste> haste_;  ///< while a tap is not patient
  std::vector<std::function<void()>> closed_;
  std::vector<CodecParametersPtr> tracks_;
  CodecParametersPtr parameters_;
  AccessUnitPtr lastKeyFrame_;  ///< of the connection that there is
};

}  // namespace flux
