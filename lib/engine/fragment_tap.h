// A stream of a camera or encoder as messages for viewers: its pictures wait on the engine's side,
// and become messages on the thread that takes them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "container/fragment_muxer.h"
#include "engine/live_tap.h"

namespace flux {

struct FragmentTapOptions {
  FragmentMuxerOptions muxer;
  size_t maxQueuedBytes = 8U << 20;
};

class FragmentTap final : public Tap {
 public:
  struct Message {
    bool init = false;
    bool keyFrame = false;
    bool afterGap = false;
    CodecParametersPtr parameters;
  };
  /// Gives the memory of `message`, of which every byte is written before the next call.
  using Allocate = std::function<uint8_t*(const Message& message, size_t bytes)>;
  struct Stats {
    uint64_t fragments = 0;  ///< messages made of pictures
    uint64_t inits = 0;
    uint64_t bytes = 0;
    uint64_t framesDropped = 0;  ///< not taken in time, or no picture that could be sent
    uint64_t queuedBytes = 0;
  };

  /// `ready` as LiveTap's.
  FragmentTap(const FragmentTapOptions& options, std::function<void()> ready);

  // The network thread's: a reference is queued and nothing is copied.
  void onAccessUnit(const AccessUnitPtr& unit) override;
  void onStreamEnd() override;

  /// Makes the messages of the oldest pictures, of at most `maxBytes` of them but of at least one
  /// where any waits. One thread at a time; `allocate` may throw.
  void take(size_t maxBytes, const Allocate& allocate);
  [[nodiscard]] Stats stats() const;  // any thread

 private:
  void send(const LiveTap::Frame& frame, const Allocate& allocate);

  const bool keyFramesOnly_;
  LiveTap queue_;
  FragmentMuxer muxer_;
  std::atomic<uint64_t> fragments_{0};
  std::atomic<uint64_t> inits_{0};
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> refused_{0};
};

}  // namespace flux
