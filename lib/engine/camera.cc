#include "engine/camera.h"

#include <future>
#include <utility>

#include "base/clock.h"

namespace flux {

Camera::Camera(std::shared_ptr<Engine> engine, CameraOptions options, Listener listener)
    : engine_(std::move(engine)),
      loop_(engine_->leaseNetworkLoop()),
      options_(std::move(options)),
      listener_(std::move(listener)) {
  streams_[0] = makeStream(StreamKind::kMain, options_.client);
  if (options_.subClient) streams_[1] = makeStream(StreamKind::kSub, *options_.subClient);
}

Camera::~Camera() {
  close();
  loop_->runAndWait([this] {
    for (auto& stream : streams_) stream.reset();
  });
}

std::unique_ptr<CameraStream> Camera::makeStream(StreamKind kind,
                                                 const rtsp::ClientOptions& options) {
  return std::make_unique<CameraStream>(
      *loop_, options, options_.lingerMs,
      CameraStream::Events{
          .state =
              [this, kind](rtsp::ClientState state, const Error* cause, int64_t retryInMs) {
                listener_(CameraStateEvent{kind, state, wallMillis(),
                                           cause != nullptr ? cause->code() : "",
                                           cause != nullptr ? cause->what() : "", retryInMs});
              },
          .parameters =
              [this, kind](const CodecParametersPtr& parameters) {
                listener_(CameraParametersEvent{kind, parameters, wallMillis()});
              }});
}

void Camera::start(bool holdMain) {
  loop_->runAndWait([&] {
    if (started_ || closed_) return;
    started_ = true;
    if (holdMain) streams_[0]->hold();
    for (const auto& stream : streams_) {
      if (stream != nullptr) stream->enable();
    }
  });
}

void Camera::addTap(std::shared_ptr<Tap> tap, StreamKind kind) {
  loop_->runAndWait([&] { stream(kind).addTap(std::move(tap)); });
}

void Camera::removeTap(const std::shared_ptr<Tap>& tap, StreamKind kind) {
  loop_->runAndWait([&] { stream(kind).removeTap(tap); });
}

void Camera::close() {
  if (closed_.exchange(true)) return;
  auto stopped = std::make_shared<std::promise<void>>();
  auto done = stopped->get_future();
  loop_->post([this, stopped] {
    auto open = std::make_shared<size_t>(streams_[1] != nullptr ? 2 : 1);
    for (const auto& stream : streams_) {
      if (stream == nullptr) continue;
      stream->close([open, stopped] {
        if (--*open == 0) stopped->set_value();
      });
    }
  });
  done.wait();
}

}  // namespace flux
