#include "engine/camera_stream.h"

#include <algorithm>
#include <utility>

namespace flux {

CameraStream::CameraStream(EventLoop& loop, const rtsp::ClientOptions& options, int64_t lingerMs,
                           Events events)
    : loop_(loop),
      lingerMs_(lingerMs),
      events_(std::move(events)),
      source_(makeSource(loop, options, *this)) {}

CameraStream::~CameraStream() {
  loop_.cancel(lingerTimer_);
}

void CameraStream::enable() {
  enabled_ = true;
  review();
}

void CameraStream::addTap(std::shared_ptr<Tap> tap) {
  // Who comes later hears what everybody else has heard already.
  if (!tracks_.empty()) tap->onTracks(tracks_);
  if (lastKeyFrame_ != nullptr && tap->wantsLastKeyFrame()) tap->onAccessUnit(lastKeyFrame_);
  taps_.push_back(std::move(tap));
  review();
}

void CameraStream::removeTap(const std::shared_ptr<Tap>& tap) {
  std::erase(taps_, tap);
  review();
}

void CameraStream::hold() {
  ++holds_;
  review();
}

void CameraStream::release() {
  if (holds_ > 0) --holds_;
  review();
}

/// Connects where somebody needs the stream, and lets go a while after nobody does.
void CameraStream::review() {
  const bool watched =
      std::ranges::any_of(taps_, [](const std::shared_ptr<Tap>& tap) { return !tap->isPatient(); });
  if (!watched) {
    haste_.reset();
  } else if (!haste_) {
    haste_.emplace(loop_);
  }
  if (isNeeded()) {
    loop_.cancel(std::exchange(lingerTimer_, 0));
    if (phase_ != Phase::kIdle) return;
    phase_ = Phase::kRunning;
    source_->start();
  } else if (phase_ == Phase::kRunning && lingerTimer_ == 0 && !closing_) {
    lingerTimer_ = loop_.schedule(lingerMs_ * 1000, [this] {
      lingerTimer_ = 0;
      stop();
    });
  }
}

void CameraStream::stop() {
  phase_ = Phase::kStopping;
  source_->stop([this] { onStopped(); });
}

void CameraStream::onStopped() {
  phase_ = Phase::kIdle;
  tracks_.clear();
  for (auto& done : std::exchange(closed_, {})) done();
  if (closing_) return;
  // Needed again while it was leaving, or not.
  review();
}

void CameraStream::close(std::function<void()> done) {
  closing_ = true;
  loop_.cancel(std::exchange(lingerTimer_, 0));
  auto finish = [this, done = std::move(done)] {
    forEachTap([](Tap& tap) { tap.onStreamEnd(); });
    taps_.clear();
    haste_.reset();
    done();
  };
  if (phase_ == Phase::kIdle) {
    finish();
    return;
  }
  closed_.push_back(std::move(finish));
  if (phase_ == Phase::kRunning) stop();
}

/// A tap may leave, or another come, while one is called.
void CameraStream::forEachTap(const std::function<void(Tap&)>& visit) {
  const auto present = taps_;
  for (const auto& tap : present) visit(*tap);
}

void CameraStream::onTracks(const std::vector<CodecParametersPtr>& tracks) {
  tracks_ = tracks;
  forEachTap([&](Tap& tap) { tap.onTracks(tracks); });
}

void CameraStream::onAccessUnit(AccessUnitPtr unit) {
  if (unit->parameters != parameters_ && unit->kind() == MediaKind::kVideo) {
    parameters_ = unit->parameters;
    events_.parameters(parameters_);
  }
  if (unit->keyFrame && unit->kind() == MediaKind::kVideo) lastKeyFrame_ = unit;
  // Taps change rarely and units come often: by index, so that nothing is copied, and a tap that
  // leaves meanwhile is passed over at worst once for one unit.
  for (size_t i = 0; i < taps_.size(); ++i) {
    const std::shared_ptr<Tap> tap = taps_[i];
    tap->onAccessUnit(unit);
    if (i < taps_.size() && taps_[i] != tap) --i;
  }
}

void CameraStream::onState(rtsp::ClientState state, const Error* cause, int64_t retryInMs) {
  if (state != rtsp::ClientState::kPlaying) {
    lastKeyFrame_.reset();
    forEachTap([](Tap& tap) { tap.onStreamEnd(); });
  }
  // A stream that nobody needs is at rest, not closed.
  const bool atRest = state == rtsp::ClientState::kClosed && !closing_;
  events_.state(atRest ? rtsp::ClientState::kIdle : state, cause, retryInMs);
}

}  // namespace flux
