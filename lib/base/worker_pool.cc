#include "base/worker_pool.h"

#include <utility>

namespace flux {
namespace {

thread_local const WorkerPool* currentPool = nullptr;

}  // namespace

WorkerPool::WorkerPool(std::string namePrefix, unsigned maxThreads, size_t maxWaiting)
    : namePrefix_(std::move(namePrefix)), maxThreads_(maxThreads), maxWaiting_(maxWaiting) {
  threads_.reserve(maxThreads_);
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    jobs_.clear();
  }
  ready_.notify_all();
  for (NamedThread& thread : threads_) thread.join();
}

bool WorkerPool::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= maxWaiting_) {
      ++rejected_;
      return false;
    }
    jobs_.push_back(std::move(job));
    if (jobs_.size() > idle_ && threads_.size() < maxThreads_) {
      threads_.emplace_back(namePrefix_ + std::to_string(threads_.size()), [this] { run(); });
    }
  }
  ready_.notify_one();
  return true;
}

bool WorkerPool::isOnWorkerThread() const {
  return currentPool == this;
}

unsigned WorkerPool::threads() const {
  const std::lock_guard lock(mutex_);
  return static_cast<unsigned>(threads_.size());
}

size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void WorkerPool::run() {
  currentPool = this;
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      ++idle_;
      ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      --idle_;
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace flux
