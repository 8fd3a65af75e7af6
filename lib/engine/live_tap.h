// Holds a viewer's frames until it takes them: bounded, dropping to the next key frame.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "engine/tap.h"

namespace flux {

struct LiveTapOptions {
  size_t maxQueuedBytes = 8U << 20;
  bool video = true;
  bool audio = false;
  bool metadata = false;
};

/// What a viewer that is too slow loses is counted; it never slows the camera or another tap.
class LiveTap final : public Tap {
 public:
  struct Frame {
    AccessUnitPtr unit;
    bool afterGap = false;  ///< frames are missing before this one
  };
  struct Stats {
    uint64_t delivered = 0;
    uint64_t dropped = 0;
    uint64_t queuedBytes = 0;
    uint64_t ends = 0;  ///< times that the connection ended
  };

  /// `ready` is called on the network thread when frames wait and none did before.
  LiveTap(LiveTapOptions options, std::function<void()> ready)
      : options_(options), ready_(std::move(ready)) {}

  void onAccessUnit(const AccessUnitPtr& unit) override;
  void onStreamEnd() override;

  /// The oldest frames, at most `maxBytes` of them but at least one where any waits. Any thread.
  std::vector<Frame> take(size_t maxBytes);
  [[nodiscard]] Stats stats() const;

 private:
  [[nodiscard]] bool wants(MediaKind kind) const;

  const LiveTapOptions options_;
  const std::function<void()> ready_;
  mutable std::mutex mutex_;
  std::deque<Frame> queue_;
  Stats stats_;
  bool shedding_ = false;  // up to the next key frame
  bool gap_ = false;
};

}  // namespace flux
