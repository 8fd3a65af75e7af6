#include "engine/stream_switch.h"

#include <utility>

namespace flux {

/// The tap on one of the two streams.
class StreamSwitch::Side final : public Tap {
 public:
  Side(std::weak_ptr<StreamSwitch> owner, StreamKind stream)
      : owner_(std::move(owner)), stream_(stream) {}

  void onTracks(const std::vector<CodecParametersPtr>& tracks) override {
    if (const auto owner = owner_.lock()) owner->onTracks(stream_, tracks);
  }
  void onAccessUnit(const AccessUnitPtr& unit) override {
    if (const auto owner = owner_.lock()) owner->onAccessUnit(stream_, unit);
  }
  void onStreamEnd() override {
    if (const auto owner = owner_.lock()) owner->onStreamEnd(stream_);
  }

 private:
  const std::weak_ptr<StreamSwitch> owner_;
  const StreamKind stream_;
};

StreamSwitch::StreamSwitch(std::shared_ptr<Camera> camera, std::shared_ptr<Tap> target)
    : camera_(std::move(camera)), target_(std::move(target)) {}

std::optional<StreamKind> StreamSwitch::shown() const {
  const int shown = shown_;
  return shown < 0 ? std::nullopt : std::optional(static_cast<StreamKind>(shown));
}

void StreamSwitch::setQuality(Quality quality) {
  camera_->loop().runAndWait([&] {
    if (closed_) return;
    const QualitySettings settings = settingsOf(quality);
    keyFramesOnly_ = settings.keyFramesOnly;
    wanted_ = camera_->available(settings.stream);
    attach(wanted_);
    // Back to what is shown before the change-over came: the other is not needed.
    const StreamKind other = wanted_ == StreamKind::kMain ? StreamKind::kSub : StreamKind::kMain;
    if (shown() == wanted_ || !shown()) detach(other);
  });
}

void StreamSwitch::close() {
  camera_->loop().runAndWait([&] {
    closed_ = true;
    detach(StreamKind::kMain);
    detach(StreamKind::kSub);
  });
}

void StreamSwitch::attach(StreamKind stream) {
  auto& side = sides_[static_cast<size_t>(stream)];
  if (side != nullptr) return;
  side = std::make_shared<Side>(weak_from_this(), stream);
  camera_->addTap(side, stream);
}

void StreamSwitch::detach(StreamKind stream) {
  auto& side = sides_[static_cast<size_t>(stream)];
  if (side == nullptr) return;
  camera_->removeTap(std::exchange(side, nullptr), stream);
  tracks_[static_cast<size_t>(stream)].clear();
}

void StreamSwitch::onTracks(StreamKind stream, const std::vector<CodecParametersPtr>& tracks) {
  tracks_[static_cast<size_t>(stream)] = tracks;
  if (shown() == stream) target_->onTracks(tracks);
}

void StreamSwitch::onAccessUnit(StreamKind stream, const AccessUnitPtr& unit) {
  if (closed_) return;
  const bool begins = unit->kind() == MediaKind::kVideo && unit->keyFrame;
  if (shown() != stream) {
    if (stream != wanted_ || !begins) return;
    show(stream);
  }
  if (keyFramesOnly_ && !begins) return;
  target_->onAccessUnit(unit);
}

void StreamSwitch::show(StreamKind stream) {
  const auto before = shown();
  shown_ = static_cast<int>(stream);
  if (before) {
    ++switches_;
    detach(*before);
  }
  target_->onTracks(tracks_[static_cast<size_t>(stream)]);
}

void StreamSwitch::onStreamEnd(StreamKind stream) {
  if (shown() != stream) return;
  target_->onStreamEnd();
  // Whichever of the two delivers a key frame first, where a change-over is under way.
  if (wanted_ != stream) {
    detach(stream);
    shown_ = -1;
  }
}

}  // namespace flux
