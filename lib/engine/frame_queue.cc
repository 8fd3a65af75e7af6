#include "engine/frame_queue.h"

#include <utility>

namespace flux {

void FrameQueue::push(const video::DecodedFrame& frame) {
  std::optional<video::DecodedFrame> oldest;  // may hand a surface back, which takes a lock
  std::function<void()> ready;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (!keepsAll_ && frames_.size() >= maxFrames_) {
      oldest = std::move(frames_.front());
      frames_.pop_front();
      ++dropped_;
    }
    if (frames_.empty()) ready = ready_;
    frames_.push_back(frame);
  }
  if (ready) ready();
}

std::optional<video::DecodedFrame> FrameQueue::take() {
  const std::lock_guard lock(mutex_);
  if (frames_.empty()) return std::nullopt;
  std::optional<video::DecodedFrame> frame = std::move(frames_.front());
  frames_.pop_front();
  ++taken_;
  return frame;
}

void FrameQueue::close() {
  std::deque<video::DecodedFrame> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(frames_);
  ready_ = nullptr;
}

size_t FrameQueue::size() const {
  const std::lock_guard lock(mutex_);
  return frames_.size();
}

uint64_t FrameQueue::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

uint64_t FrameQueue::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace flux
