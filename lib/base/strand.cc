#include "base/strand.h"

#include <utility>

namespace flux {

std::shared_ptr<Strand> Strand::make(WorkerPool& pool, Step step) {
  return std::shared_ptr<Strand>(new Strand(pool, std::move(step)));
}

Strand::Strand(WorkerPool& pool, Step step) : pool_(pool), step_(std::move(step)) {
  pool_.addStrand();
}

Strand::~Strand() {
  close();
}

void Strand::wake() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || state_ == State::kWaiting) return;
    if (state_ == State::kRunning) {
      again_ = true;
      return;
    }
    state_ = State::kWaiting;
  }
  submit();
}

void Strand::submit() {
  pool_.submitPrompt([self = shared_from_this()] { self->run(); });
}

void Strand::run() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    state_ = State::kRunning;
    again_ = false;
    runner_ = std::this_thread::get_id();
  }
  const bool more = step_();
  {
    const std::lock_guard lock(mutex_);
    runner_ = {};
    if (closed_ || !(more || again_)) {
      state_ = State::kIdle;
      over_.notify_all();
      return;
    }
    state_ = State::kWaiting;
  }
  submit();
}

void Strand::close() {
  std::unique_lock lock(mutex_);
  if (!std::exchange(closed_, true)) {
    lock.unlock();
    pool_.removeStrand();
    lock.lock();
  }
  if (runner_ == std::this_thread::get_id()) return;
  over_.wait(lock, [this] { return state_ != State::kRunning; });
}

bool Strand::isRunningHere() const {
  const std::lock_guard lock(mutex_);
  return runner_ == std::this_thread::get_id();
}

}  // namespace flux
