// Decoded frames that wait for somebody who takes them at a pace of its own.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "video/decoder.h"

namespace flux {

/// Bounded; the newest win: a frame that does not fit pushes the oldest out, and that is counted.
/// Any thread.
class FrameQueue final {
 public:
  static constexpr size_t kUsualFrames = 3;

  /// `ready` is called by whoever pushes, where frames wait and none did before.
  /// `keepsAll`: nothing is dropped, and who pushes asks full() before.
  explicit FrameQueue(size_t maxFrames = kUsualFrames, std::function<void()> ready = {},
                      bool keepsAll = false)
      : maxFrames_(maxFrames), keepsAll_(keepsAll), ready_(std::move(ready)) {}

  void push(const video::DecodedFrame& frame);
  /// The oldest.
  std::optional<video::DecodedFrame> take();
  /// Throws away what waits and what will come; `ready` is not called any more.
  void close();

  [[nodiscard]] size_t size() const;
  [[nodiscard]] bool full() const { return size() >= maxFrames_; }
  [[nodiscard]] uint64_t taken() const;
  [[nodiscard]] uint64_t dropped() const;

 private:
  const size_t maxFrames_;
  const bool keepsAll_;
  std::function<void()> ready_;
  mutable std::mutex mutex_;
  std::deque<video::DecodedFrame> frames_;
  uint64_t taken_ = 0;
  uint64_t dropped_ = 0;
  bool closed_ = false;
};

}  // namespace flux
