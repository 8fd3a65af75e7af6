// One camera: an RTSP session on a network thread, and the taps that its access units go to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/engine.h"
#include "engine/tap.h"
#include "rtsp/client_session.h"

namespace flux {

struct CameraOptions {
  std::string id;
  rtsp::ClientOptions client;
};

/// The connection's state changed; `code` and `message` say why where it failed.
struct CameraStateEvent {
  rtsp::ClientState state;
  int64_t atMs;
  std::string code;
  std::string message;
  int64_t retryInMs;
};
/// The stream's parameter sets are known, or have changed.
struct CameraParametersEvent {
  CodecParametersPtr parameters;
  int64_t atMs;
};
using CameraEvent = std::variant<CameraStateEvent, CameraParametersEvent>;

class Camera final : public rtsp::ClientObserver {
 public:
  /// `listener` is called on the camera's network thread.
  using Listener = std::function<void(CameraEvent)>;

  Camera(std::shared_ptr<Engine> engine, CameraOptions options, Listener listener);
  ~Camera() override;
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;

  [[nodiscard]] const std::string& id() const noexcept { return options_.id; }
  [[nodiscard]] const rtsp::ClientStats& stats() const { return session_->stats(); }

  // Any thread but the engine's own. Each waits until the network thread has done it.
  void start();
  void addTap(std::shared_ptr<Tap> tap);
  /// After it returns the tap is not called again.
  void removeTap(const std::shared_ptr<Tap>& tap);
  /// Says goodbye to the camera (TEARDOWN) and forgets all taps. Idempotent.
  void close();

 private:
  void onAccessUnit(AccessUnitPtr unit) override;
  void onState(rtsp::ClientState state, const Error* cause, int64_t retryInMs) override;

  // Order matters: the session goes before the loop's owner does.
  const std::shared_ptr<Engine> engine_;
  const LoopLease loop_;
  const CameraOptions options_;
  const Listener listener_;
  std::unique_ptr<rtsp::ClientSession> session_;
  // Network thread only.
  std::vector<std::shared_ptr<Tap>> taps_;
  CodecParametersPtr parameters_;
  bool started_ = false;
  std::atomic<bool> closed_{false};
};

}  // namespace flux
