// The fixed set of threads that all cameras of a process share.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/worker_pool.h"

namespace flux {

/// A share of one of the engine's event loops, given back with the object.
class LoopLease final {
 public:
  LoopLease(EventLoop& loop, std::shared_ptr<std::atomic<size_t>> users)
      : loop_(&loop), users_(std::move(users)) {}
  ~LoopLease() {
    if (users_ != nullptr) users_->fetch_sub(1);
  }
  LoopLease(LoopLease&&) noexcept = default;
  LoopLease& operator=(LoopLease&&) = delete;
  LoopLease(const LoopLease&) = delete;
  LoopLease& operator=(const LoopLease&) = delete;

  EventLoop& operator*() const noexcept { return *loop_; }
  EventLoop* operator->() const noexcept { return loop_; }

 private:
  EventLoop* loop_;
  std::shared_ptr<std::atomic<size_t>> users_;
};

struct PoolStats {
  std::string name;  ///< "network", "recording", "decode", "sync"
  unsigned threads = 0;
  std::vector<size_t> load;  ///< cameras or recorders per thread; of a worker pool: jobs waiting
  uint64_t rejected = 0;     ///< jobs that found the queue full
};

/// Network threads (fv-net-N: sockets, RTP, access units), recording threads (fv-rec-N: muxing,
/// sealing, file writes), one for syncs (fv-sync-0) and, from the first job on, decode threads
/// (fv-dec-N). One engine per process, alive while somebody holds it.
class Engine final {
 public:
  /// At most this many threads of a kind, and never more than the machine has cores.
  static constexpr unsigned kMaxNetworkThreads = 8;
  static constexpr unsigned kMaxRecordingThreads = 4;
  static constexpr unsigned kMaxDecodeThreads = 8;
  /// Decode jobs that may wait; more are refused.
  static constexpr size_t kMaxDecodeJobs = 256;
  /// How long a network thread lets data gather between two rounds of reading: prompt while one of
  /// its cameras is watched live, or sends over UDP, where a socket holds little. A frame waits at
  /// most this long; one wake-up then serves every camera of the thread.
  static constexpr EventLoop::Gather kNetworkGather = {20000, 50000};
  /// The same for recording threads, where nobody waits for a frame.
  static constexpr EventLoop::Gather kRecordingGather = {50000, 50000};

  /// The process's engine, started where there is none.
  static std::shared_ptr<Engine> acquire();
  /// The process's engine where it runs, else nullptr.
  static std::shared_ptr<Engine> running();

  /// One of its own. Whoever lets go of it last may be a task on one of its threads, which cannot
  /// wait for themselves: a thread of its own ends it then.
  static std::shared_ptr<Engine> start(unsigned networkThreads, unsigned recordingThreads);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// The loop with the fewest users. A camera's streams share one, so that its taps have one
  /// producer.
  LoopLease leaseNetworkLoop() { return network_.lease(); }
  LoopLease leaseRecordingLoop() { return recording_.lease(); }
  /// Where files are made durable: its tasks wait for the disk.
  EventLoop& syncLoop() noexcept { return *sync_; }
  WorkerPool& decodePool() noexcept { return *decode_; }
  [[nodiscard]] std::vector<PoolStats> stats() const;

 private:
  Engine(unsigned networkThreads, unsigned recordingThreads);
  ~Engine() = default;
  /// The deleter of what start() gives.
  static void end(Engine* engine) noexcept;
  [[nodiscard]] bool isOnOwnThread() const;

  struct Pool {
    std::string name;
    std::vector<std::unique_ptr<EventLoop>> loops;
    std::vector<std::shared_ptr<std::atomic<size_t>>> users;
    mutable std::mutex mutex;

    Pool(std::string name, const std::string& threadName, unsigned count, EventLoop::Gather gather);
    LoopLease lease();
    [[nodiscard]] PoolStats stats() const;
    [[nodiscard]] bool isOnLoopThread() const;
  };

  // Sync goes last: the others' objects may still post to it.
  std::unique_ptr<EventLoop> sync_;
  std::unique_ptr<WorkerPool> decode_;
  Pool network_;
  Pool recording_;
};

}  // namespace flux
