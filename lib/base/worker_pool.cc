#include "base/worker_pool.h"

#include <algorithm>
#include <utility>

namespace flux {
namespace {

thread_local const WorkerPool* currentPool = nullptr;

}  // namespace

WorkerPool::WorkerPool(std::string namePrefix, unsigned maxThreads, size_t maxWaiting, int niceness)
    : namePrefix_(std::move(namePrefix)),
      maxThreads_(maxThreads),
      maxWaiting_(maxWaiting),
      niceness_(niceness) {
  threads_.reserve(maxThreads_);
}

WorkerPool::~WorkerPool() {
  std::deque<Job> dropped;
  std::deque<Job> droppedPrompt;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    // What the jobs hold may want the lock when it goes.
    dropped.swap(jobs_);
    droppedPrompt.swap(prompt_);
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
    startThread();
  }
  ready_.notify_one();
  return true;
}

void WorkerPool::submitPrompt(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    prompt_.push_back(std::move(job));
    startThread();
  }
  ready_.notify_one();
}

void WorkerPool::addStrand() {
  const std::lock_guard lock(mutex_);
  ++strands_;
}

void WorkerPool::removeStrand() {
  {
    const std::lock_guard lock(mutex_);
    --strands_;
  }
  ready_.notify_all();
}

void WorkerPool::startThread() {
  if (jobs_.size() + prompt_.size() <= idle_ || threads_.size() >= maxThreads_) return;
  threads_.emplace_back(namePrefix_ + std::to_string(threads_.size()), [this] { run(); });
}

bool WorkerPool::mayRunJob() const {
  const unsigned most = strands_ > 0 ? std::max(1U, maxThreads_ - 1) : maxThreads_;
  return !jobs_.empty() && running_ < most;
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
  if (niceness_ > 0) lowerThreadPriority(niceness_);
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    ready_.wait(lock, [this] { return stopping_ || !prompt_.empty() || mayRunJob(); });
    --idle_;
    if (stopping_) return;
    const bool prompt = !prompt_.empty() && (turns_ < kPromptTurns || !mayRunJob());
    std::deque<Job>& queue = prompt ? prompt_ : jobs_;
    Job job = std::move(queue.front());
    queue.pop_front();
    turns_ = prompt ? turns_ + 1 : 0;
    if (!prompt) ++running_;
    lock.unlock();
    job();
    job = nullptr;  // what it holds may want the lock when it goes
    lock.lock();
    if (!prompt) --running_;
  }
}

}  // namespace flux
