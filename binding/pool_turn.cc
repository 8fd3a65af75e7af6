#include "pool_turn.h"

namespace flux::binding {

bool PoolTurn::begin() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kWaiting) return false;
  state_ = State::kRunning;
  return true;
}

void PoolTurn::end() {
  const std::lock_guard lock(mutex_);
  state_ = State::kOver;
  over_.notify_all();
}

bool PoolTurn::withdraw() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kWaiting) return false;
  state_ = State::kOver;
  return true;
}

void PoolTurn::cancel() {
  abort();
  std::unique_lock lock(mutex_);
  if (state_ == State::kWaiting) state_ = State::kOver;
  over_.wait(lock, [this] { return state_ == State::kOver; });
}

}  // namespace flux::binding
