// One thing's work on a pool's threads: piece by piece, never two at once, and fair to others.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/worker_pool.h"

namespace flux {

class Strand final : public std::enable_shared_from_this<Strand> {
 public:
  /// Does one short piece of the work, on any of the pool's threads; true where more is to be done
  /// at once, which then waits behind the other strands' turns. Must not throw.
  using Step = std::function<bool()>;

  /// The pool lives until close() has returned.
  static std::shared_ptr<Strand> make(WorkerPool& pool, Step step);
  ~Strand();
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  /// There is work: the step is called soon, after this call began. Any thread, cheap.
  void wake();
  /// After it returns the step does not run and never will again, unless the caller is the step
  /// itself, whose last call this then is. Idempotent.
  void close();
  /// Is the caller the step, or called by it?
  [[nodiscard]] bool isRunningHere() const;

 private:
  enum class State : uint8_t { kIdle, kWaiting, kRunning };

  Strand(WorkerPool& pool, Step step);
  void submit();
  void run();

  WorkerPool& pool_;
  Step step_;
  mutable std::mutex mutex_;
  std::condition_variable over_;
  State state_ = State::kIdle;
  bool again_ = false;
  bool closed_ = false;
  std::thread::id runner_;
};

}  // namespace flux
