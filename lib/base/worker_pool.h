// A fixed number of threads for jobs that take long: decoding, scaling. Bounded.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/thread.h"

namespace flux {

class WorkerPool final {
 public:
  using Job = std::function<void()>;

  /// Threads called `<namePrefix>N` start with the first jobs, one by one, as long as none is idle.
  /// They give way to other threads by `niceness`, from 0 to 19.
  WorkerPool(std::string namePrefix, unsigned maxThreads, size_t maxWaiting, int niceness = 0);
  /// Jobs that wait are dropped; those that run are waited for.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False where `maxWaiting` jobs wait already: the caller drops its job, and says so. Any thread.
  bool submit(Job job);

  // Strands (base/strand.h): short jobs of streams that go on for ever, at most one of each stream
  // waiting, which is their bound. They are never refused and go before the jobs above, of which
  // one still gets its turn after kPromptTurns of them. While there is a strand the others leave
  // one thread free, where the pool has more than one.

  static constexpr unsigned kPromptTurns = 16;

  void addStrand();
  void removeStrand();
  void submitPrompt(Job job);

  [[nodiscard]] bool isOnWorkerThread() const;
  [[nodiscard]] unsigned maxThreads() const noexcept { return maxThreads_; }
  [[nodiscard]] unsigned threads() const;  ///< running now
  /// Jobs that wait, those of strands left out.
  [[nodiscard]] size_t waiting() const;
  [[nodiscard]] uint64_t rejected() const noexcept { return rejected_; }

 private:
  void run();
  // With the mutex held:
  [[nodiscard]] bool mayRunJob() const;
  void startThread();

  const std::string namePrefix_;
  const unsigned maxThreads_;
  const size_t maxWaiting_;
  const int niceness_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> jobs_;
  std::deque<Job> prompt_;
  unsigned strands_ = 0;
  unsigned running_ = 0;  ///< of jobs_
  unsigned turns_ = 0;    ///< of prompt_, since one of jobs_ had its own
  unsigned idle_ = 0;
  bool stopping_ = false;
  std::atomic<uint64_t> rejected_{0};
  std::vector<NamedThread> threads_;  // last: the rest exists before they run
};

}  // namespace flux
