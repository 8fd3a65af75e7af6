// Catches one key frame of a camera: the last one where it is new enough, else the next.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/clock.h"
#include "engine/tap.h"

namespace flux {

class KeyFrameTap final : public Tap {
 public:
  using Caught = std::function<void(const AccessUnitPtr&)>;

  /// `caught` is called once, on the camera's network thread.
  KeyFrameTap(int64_t maxAgeMs, Caught caught)
      : earliestMicros_(monotonicMicros() - maxAgeMs * 1000), caught_(std::move(caught)) {}

  void onAccessUnit(const AccessUnitPtr& unit) override {
    if (done_ || !unit->keyFrame || unit->kind() != MediaKind::kVideo) return;
    if (unit->arrivalMicros < earliestMicros_) return;
    done_ = true;
    caught_(unit);
  }
  void onStreamEnd() override {}
  [[nodiscard]] bool isPatient() const override { return true; }
  [[nodiscard]] bool wantsLastKeyFrame() const override { return true; }

 private:
  const int64_t earliestMicros_;
  const Caught caught_;
  bool done_ = false;
};

}  // namespace flux
