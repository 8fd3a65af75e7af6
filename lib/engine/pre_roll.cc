#include "engine/pre_roll.h"

#include <utility>

namespace flux {
namespace {

bool beginsGroup(const AccessUnit& unit) {
  return unit.kind() == MediaKind::kVideo && unit.keyFrame;
}

}  // namespace

void PreRoll::push(AccessUnitPtr unit) {
  if (beginsGroup(*unit)) {
    groups_.push_back(unit->arrivalMicros);
  } else if (groups_.empty()) {
    return;
  }
  const int64_t now = unit->arrivalMicros;
  bytes_ += unit->data.size();
  units_.push_back(std::move(unit));
  // The second group alone covers what is wanted.
  while (groups_.size() > 1 && now - groups_[1] >= keepMicros_) dropGroup();
  while (bytes_ > maxBytes_ && !groups_.empty()) {
    ++groupsTrimmed_;
    dropGroup();
  }
}

void PreRoll::dropGroup() {
  groups_.pop_front();
  do {
    bytes_ -= units_.front()->data.size();
    units_.pop_front();
  } while (!units_.empty() && !beginsGroup(*units_.front()));
}

std::deque<AccessUnitPtr> PreRoll::take() {
  bytes_ = 0;
  groups_.clear();
  return std::exchange(units_, {});
}

void PreRoll::clear() {
  take();
}

}  // namespace flux
