// What tests of cameras share: a clip for the server, and a tap that collects.
#pragma once

#include <chrono>
#include <condition_variable>

#include "engine/camera.h"
#include "recording_fixture.h"
#include "rtsp/server.h"

namespace flux {

/// Two seconds of made-up pictures, as a clip that the server loops.
inline rtsp::ClipPtr makeClip(size_t frameBytes = 2000,
                              CodecParametersPtr parameters = testParameters()) {
  PictureSource source(kStartMs, frameBytes);
  auto clip = std::make_shared<rtsp::Clip>();
  clip->parameters = std::move(parameters);
  for (int i = 0; i < 50; ++i) {
    const AccessUnitPtr unit = source.next();
    clip->units.push_back({unit->data, i * 3600, i * 3600, unit->keyFrame});
  }
  clip->duration90k = 50 * 3600;
  return clip;
}

/// Collects what a camera delivers; waits for it.
class Collector final : public Tap {
 public:
  void onAccessUnit(const AccessUnitPtr& unit) override {
    const std::lock_guard lock(mutex_);
    units_.push_back(unit);
    changed_.notify_all();
  }
  void onStreamEnd() override {
    const std::lock_guard lock(mutex_);
    ++ends_;
    changed_.notify_all();
  }
  bool waitFor(size_t units, int ends = 0) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20),
                             [&] { return units_.size() >= units && ends_ >= ends; });
  }
  std::vector<AccessUnitPtr> units() {
    const std::lock_guard lock(mutex_);
    return units_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<AccessUnitPtr> units_;
  int ends_ = 0;
};

}  // namespace flux
