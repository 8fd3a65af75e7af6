#include "engine/tap_fanout.h"

#include <algorithm>

namespace flux {

void LastGroup::push(const AccessUnitPtr& unit) {
  if (unit->keyFrame) {
    clear();
  } else if (units_.empty()) {
    return;
  }
  bytes_ += unit->data.size();
  if (bytes_ > kMaxBytes) {
    clear();
    return;
  }
  units_.push_back(unit);
}

void LastGroup::clear() {
  units_.clear();
  bytes_ = 0;
}

void TapFanout::add(std::shared_ptr<Tap> tap, bool fromLast) {
  const std::lock_guard lock(mutex_);
  const bool begun = fromLast && !last_.units().empty();
  if (begun) {
    for (const AccessUnitPtr& unit : last_.units()) tap->onAccessUnit(unit);
  }
  taps_.push_back({std::move(tap), begun});
}

void TapFanout::remove(const std::shared_ptr<Tap>& tap) {
  const std::lock_guard lock(mutex_);
  std::erase_if(taps_, [&](const Entry& entry) { return entry.tap == tap; });
}

void TapFanout::deliver(const AccessUnitPtr& unit) {
  const std::lock_guard lock(mutex_);
  last_.push(unit);
  for (Entry& entry : taps_) {
    entry.begun = entry.begun || unit->keyFrame;
    if (entry.begun) entry.tap->onAccessUnit(unit);
  }
}

void TapFanout::end() {
  const std::lock_guard lock(mutex_);
  last_.clear();
  for (Entry& entry : taps_) {
    entry.begun = false;
    entry.tap->onStreamEnd();
  }
}

size_t TapFanout::size() const {
  const std::lock_guard lock(mutex_);
  return taps_.size();
}

size_t TapFanout::waiting() const {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(
      std::ranges::count_if(taps_, [](const Entry& entry) { return !entry.begun; }));
}

}  // namespace flux
