#include "engine/motion_watcher.h"

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/error.h"

namespace flux {
namespace {

/// What a damaged picture leaves in those that refer to it is gone by then, or never goes.
constexpr int64_t kMaxDamagedMicros = 2'000'000;

video::Size cellsOf(video::Size shown, int longer) {
  const double scale = static_cast<double>(longer) / std::max({shown.width, shown.height, 1});
  const auto side = [&](int pixels) {
    return std::clamp(static_cast<int>(std::lround(pixels * scale)), 16, longer);
  };
  return {side(shown.width), side(shown.height)};
}

}  // namespace

MotionWatcher::MotionWatcher(const MotionWatcherOptions& options, Listener listener)
    : options_(options), listener_(std::move(listener)), episode_(options.episode) {
  if (options.cells < 32 || options.cells > 640) {
    throw Error("ERR_INVALID_ARGUMENT", "cells must be from 32 to 640.");
  }
  if (!(options.framesPerSecond > 0)) {
    throw Error("ERR_INVALID_ARGUMENT", "framesPerSecond must be more than 0.");
  }
  // Whoever makes the watcher hears of wrong options, and not the first picture.
  const video::MotionDetector check({options.cells, options.cells}, options.motion);
}

void MotionWatcher::onFrame(const video::DecodedFrame& frame) {
  std::vector<MotionEvent> events;
  const std::lock_guard lock(mutex_);
  if (closed_ || !isWanted(frame)) return;
  const int64_t begun = monotonicMicros();
  try {
    look(frame, events);
  } catch (const std::exception&) {
    ++stats_.framesFailed;  // the decoder reports what is wrong with the GPU
    return;
  }
  ++stats_.frames;
  stats_.micros += static_cast<uint64_t>(monotonicMicros() - begun);
  tell(std::move(events));
}

bool MotionWatcher::isWanted(const video::DecodedFrame& frame) {
  if (frame.concealed && !damagedMicros_) damagedMicros_ = frame.timestamp;
  if (damagedMicros_) {
    const int64_t since = frame.timestamp - *damagedMicros_;
    const bool over = frame.keyFrame || since > kMaxDamagedMicros || since < 0;
    if (frame.concealed || !over) {
      ++stats_.framesDamaged;
      if (frame.concealed && over) damagedMicros_ = frame.timestamp;
      return false;
    }
    damagedMicros_.reset();
  }
  if (lastMicros_ && frame.timestamp > *lastMicros_) {
    // A tenth early is on time: cameras are not that exact.
    const double wait = 1e6 / options_.framesPerSecond * 0.9;
    if (static_cast<double>(frame.timestamp - *lastMicros_) < wait) {
      ++stats_.framesPassed;
      return false;
    }
  }
  return true;
}

void MotionWatcher::look(const video::DecodedFrame& frame, std::vector<MotionEvent>& events) {
  const video::Size shown = frame.picture.displaySize();
  if (detector_ == nullptr || shown != size_) {
    if (detector_ != nullptr) lightChangesBefore_ += detector_->lightChanges();
    video::ConvertOptions options;
    options.format = video::PixelFormat::kGray8;
    options.size = cellsOf(shown, options_.cells);
    detector_ = std::make_unique<video::MotionDetector>(options.size, options_.motion);
    reader_ = std::make_unique<PictureReader>(options);
    grey_.resize(video::packedBytes(options.format, options.size));
    size_ = shown;
  }
  reader_->read(frame.picture, grey_);
  lastMicros_ = frame.timestamp;
  const auto& regions = detector_->analyse(
      grey_.data(), static_cast<size_t>(detector_->cells().width), frame.timestamp);
  episode_.see(regions, frame.arrivalWallMs, events);
}

void MotionWatcher::pass(int64_t nowMs) {
  std::vector<MotionEvent> events;
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  episode_.pass(nowMs, events);
  tell(std::move(events));
}

void MotionWatcher::close() {
  std::vector<MotionEvent> events;
  const std::lock_guard lock(mutex_);
  if (std::exchange(closed_, true)) return;
  episode_.end(events);
  tell(std::move(events));
}

/// Under the lock, so that the events of two threads keep their order.
void MotionWatcher::tell(std::vector<MotionEvent> events) {
  for (MotionEvent& event : events) {
    if (event.phase == MotionPhase::kStart) ++stats_.events;
    if (listener_) listener_(std::move(event));
  }
}

MotionWatcherStats MotionWatcher::stats() const {
  const std::lock_guard lock(mutex_);
  MotionWatcherStats stats = stats_;
  stats.moving = episode_.isMoving();
  stats.lightChanges = lightChangesBefore_;
  if (detector_ != nullptr) {
    stats.learning = detector_->isLearning();
    stats.lightChanges += detector_->lightChanges();
  }
  return stats;
}

}  // namespace flux
