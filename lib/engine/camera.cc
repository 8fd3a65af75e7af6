#include "engine/camera.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/clock.h"

namespace flux {

Camera::Camera(std::shared_ptr<Engine> engine, CameraOptions options, Listener listener)
    : engine_(std::move(engine)),
      loop_(engine_->leaseNetworkLoop()),
      options_(std::move(options)),
      listener_(std::move(listener)),
      session_(std::make_unique<rtsp::ClientSession>(*loop_, options_.client, *this)) {}

Camera::~Camera() {
  close();
  loop_->runAndWait([this] { session_.reset(); });
}

void Camera::start() {
  loop_->runAndWait([this] {
    if (started_ || closed_) return;
    started_ = true;
    session_->start();
  });
}

void Camera::addTap(std::shared_ptr<Tap> tap) {
  loop_->runAndWait([&] { taps_.push_back(std::move(tap)); });
}

void Camera::removeTap(const std::shared_ptr<Tap>& tap) {
  loop_->runAndWait([&] { std::erase(taps_, tap); });
}

void Camera::close() {
  if (closed_.exchange(true)) return;
  auto stopped = std::make_shared<std::promise<void>>();
  auto done = stopped->get_future();
  loop_->post([this, stopped] {
    session_->stop([this, stopped] {
      for (const auto& tap : taps_) tap->onStreamEnd();
      taps_.clear();
      stopped->set_value();
    });
  });
  done.wait();
}

void Camera::onAccessUnit(AccessUnitPtr unit) {
  if (unit->parameters != parameters_) {
    parameters_ = unit->parameters;
    listener_(CameraParametersEvent{parameters_, wallMillis()});
  }
  for (const auto& tap : taps_) tap->onAccessUnit(unit);
}

void Camera::onState(rtsp::ClientState state, const Error* cause, int64_t retryInMs) {
  if (state != rtsp::ClientState::kPlaying) {
    for (const auto& tap : taps_) tap->onStreamEnd();
  }
  listener_(CameraStateEvent{state, wallMillis(), cause != nullptr ? cause->code() : "",
                             cause != nullptr ? cause->what() : "", retryInMs});
}

}  // namespace flux
