#include "engine/fragment_tap.h"

#include <utility>

namespace flux {

FragmentTap::FragmentTap(const FragmentTapOptions& options, std::function<void()> ready)
    : keyFramesOnly_(options.muxer.keyFramesOnly),
      queue_({.maxQueuedBytes = options.maxQueuedBytes}, std::move(ready)),
      muxer_(options.muxer) {}

void FragmentTap::onAccessUnit(const AccessUnitPtr& unit) {
  if (keyFramesOnly_ && !unit->keyFrame) return;
  queue_.onAccessUnit(unit);
}

void FragmentTap::onStreamEnd() {
  queue_.onStreamEnd();
}

void FragmentTap::take(size_t maxBytes, const Allocate& allocate) {
  for (const LiveTap::Frame& frame : queue_.take(maxBytes)) send(frame, allocate);
}

void FragmentTap::send(const LiveTap::Frame& frame, const Allocate& allocate) {
  const AccessUnit& unit = *frame.unit;
  if (unit.data.empty() || unit.data.size() > FragmentMuxer::kMaxPictureBytes) {
    ++refused_;
    return;
  }
  Message message{
      .keyFrame = unit.keyFrame, .afterGap = frame.afterGap, .parameters = unit.parameters};
  const auto memory = [&](size_t bytes) {
    bytes_ += bytes;
    return allocate(message, bytes);
  };
  if (muxer_.needsInit(unit)) {
    message.init = true;
    muxer_.init(unit.parameters, memory);
    ++inits_;
    message.init = false;
  }
  muxer_.fragment(unit, {.afterGap = frame.afterGap}, memory);
  ++fragments_;
}

FragmentTap::Stats FragmentTap::stats() const {
  const LiveTap::Stats queue = queue_.stats();
  return {.fragments = fragments_,
          .inits = inits_,
          .bytes = bytes_,
          .framesDropped = queue.dropped + refused_,
          .queuedBytes = queue.queuedBytes};
}

}  // namespace flux
