// One camera: its main and its sub stream on one network thread, each connected while somebody
// needs it, and the taps that their access units go to.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "engine/camera_stream.h"
#include "engine/engine.h"
#include "engine/quality.h"
#include "engine/tap.h"

namespace flux {

struct CameraOptions {
  std::string id;
  rtsp::ClientOptions client;                    ///< the main stream
  std::optional<rtsp::ClientOptions> subClient;  ///< the sub stream, where there is one
  int64_t lingerMs = 10000;  ///< how long a stream stays connected that nobody needs any more
};

/// A connection's state changed; `code` and `message` say why where it failed.
struct CameraStateEvent {
  StreamKind stream;
  rtsp::ClientState state;
  int64_t atMs;
  std::string code;
  std::string message;
  int64_t retryInMs;
};
/// A stream's parameter sets are known, or have changed.
struct CameraParametersEvent {
  StreamKind stream;
  CodecParametersPtr parameters;
  int64_t atMs;
};
using CameraEvent = std::variant<CameraStateEvent, CameraParametersEvent>;

class Camera final {
 public:
  /// `listener` is called on the camera's network thread.
  using Listener = std::function<void(CameraEvent)>;

  Camera(std::shared_ptr<Engine> engine, CameraOptions options, Listener listener);
  ~Camera();
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;

  [[nodiscard]] const std::string& id() const noexcept { return options_.id; }
  [[nodiscard]] bool hasSubStream() const noexcept { return streams_[1] != nullptr; }
  /// The stream itself, or main where there is no sub stream.
  [[nodiscard]] StreamKind available(StreamKind wanted) const noexcept {
    return hasSubStream() ? wanted : StreamKind::kMain;
  }
  /// nullptr where there is no such stream.
  [[nodiscard]] const rtsp::ClientStats* stats(StreamKind stream = StreamKind::kMain) const {
    const auto& found = streams_[static_cast<size_t>(stream)];
    return found != nullptr ? &found->stats() : nullptr;
  }
  [[nodiscard]] EventLoop& loop() const noexcept { return *loop_; }

  // Any thread but the engine's recording and sync threads. Each waits until the network thread has
  // done it. A stream that does not exist is the main stream.

  /// From now on streams connect as they are needed. With `holdMain` the main stream is needed
  /// until close().
  void start(bool holdMain = true);
  void addTap(std::shared_ptr<Tap> tap, StreamKind stream = StreamKind::kMain);
  /// After it returns the tap is not called again.
  void removeTap(const std::shared_ptr<Tap>& tap, StreamKind stream = StreamKind::kMain);
  /// Says goodbye to the camera (TEARDOWN) and forgets all taps. Idempotent.
  void close();

 private:
  CameraStream& stream(StreamKind kind) const {
    return *streams_[static_cast<size_t>(available(kind))];
  }
  std::unique_ptr<CameraStream> makeStream(StreamKind kind, const rtsp::ClientOptions& options);

  // Order matters: the streams go before the loop's owner does.
  const std::shared_ptr<Engine> engine_;
  const LoopLease loop_;
  const CameraOptions options_;
  const Listener listener_;
  std::array<std::unique_ptr<CameraStream>, 2> streams_;  ///< by StreamKind
  bool started_ = false;                                  // network thread only
  std::atomic<bool> closed_{false};
};

}  // namespace flux
