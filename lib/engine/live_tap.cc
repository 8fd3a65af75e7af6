#include "engine/live_tap.h"

namespace flux {

bool LiveTap::wants(MediaKind kind) const {
  switch (kind) {
    case MediaKind::kVideo:
      return options_.video;
    case MediaKind::kAudio:
      return options_.audio;
    case MediaKind::kMetadata:
      return options_.metadata;
  }
  return false;
}

void LiveTap::onAccessUnit(const AccessUnitPtr& unit) {
  if (!wants(unit->kind())) return;
  {
    const std::lock_guard lock(mutex_);
    const bool begins = unit->kind() == MediaKind::kVideo ? unit->keyFrame : !options_.video;
    const bool fits = stats_.queuedBytes + unit->data.size() <= options_.maxQueuedBytes;
    if (!fits || (shedding_ && !begins)) {
      shedding_ = gap_ = true;
      ++stats_.dropped;
      return;
    }
    shedding_ = false;
    stats_.queuedBytes += unit->data.size();
    queue_.push_back({unit, gap_ || unit->discontinuity});
    gap_ = false;
    if (queue_.size() > 1) return;
  }
  ready_();
}

void LiveTap::onStreamEnd() {
  const std::lock_guard lock(mutex_);
  ++stats_.ends;
  gap_ = true;
  // What comes next has no relation to what came before: it has to begin with a key frame.
  shedding_ = options_.video;
}

std::vector<LiveTap::Frame> LiveTap::take(size_t maxBytes) {
  const std::lock_guard lock(mutex_);
  std::vector<Frame> out;
  size_t bytes = 0;
  while (!queue_.empty()) {
    const size_t size = queue_.front().unit->data.size();
    if (!out.empty() && bytes + size > maxBytes) break;
    bytes += size;
    stats_.queuedBytes -= size;
    ++stats_.delivered;
    out.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return out;
}

LiveTap::Stats LiveTap::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace flux
