// A job's turn on a pool: who waits for it, who runs it, and that it can be called off.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace flux::binding {

/// Whether a pool still has to do with a job. It outlives the job's object in the pool's queue.
class PoolTurn final {
 public:
  /// False where the job is not wanted any more. Pool thread.
  bool begin();
  void end();
  /// A job that runs is to stop when it can.
  void abort() noexcept { aborted_ = true; }
  [[nodiscard]] bool aborted() const noexcept { return aborted_; }
  /// Calls off what waits. False where it runs, or is over.
  bool withdraw();
  /// Waits for a job that runs; one that waits will not.
  void cancel();

 private:
  enum class State : uint8_t { kWaiting, kRunning, kOver };
  std::mutex mutex_;
  std::condition_variable over_;
  State state_ = State::kWaiting;
  std::atomic<bool> aborted_{false};
};

}  // namespace flux::binding
