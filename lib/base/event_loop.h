// One thread that waits on sockets and timers (epoll). Everything a connection does happens on its
// loop's thread, so sessions need no locks; other threads talk to it through post().
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/thread.h"

namespace flux {

class EventLoop final {
 public:
  using Task = std::function<void()>;
  /// Receives a mask of kReadable, kWritable, kFailed.
  using IoHandler = std::function<void(uint32_t)>;
  using TimerId = uint64_t;

  static constexpr uint32_t kReadable = 1;
  static constexpr uint32_t kWritable = 2;
  static constexpr uint32_t kFailed = 4;

  /// At least how long the loop lets data gather between two rounds of reading, so that paced
  /// packets do not wake it one by one (docs/performance.md: wake-ups are the cost).
  struct Gather {
    int64_t promptMicros;   ///< while somebody waits for the data: see Haste
    int64_t patientMicros;  ///< while nobody does
  };

  /// Starts the thread. It does not gather at all while a watcher is urgent.
  explicit EventLoop(const std::string& threadName, Gather gather = {0, 0});
  /// Stops and joins; tasks still posted are dropped, watchers forgotten.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Runs `task` on the loop's thread, soon. Any thread. Returns false once the loop has stopped.
  bool post(Task task);
  /// Runs `task` on the loop's thread and waits until it has run; directly when already there.
  void runAndWait(const Task& task);
  [[nodiscard]] bool isOnLoopThread() const;

  // The rest is for the loop's own thread only.

  /// Watches `fd` for `events`; replaces an earlier watch. `urgent` suspends gathering.
  void watch(int fd, uint32_t events, IoHandler handler, bool urgent = false);
  /// Changes what an existing watch waits for.
  void rewatch(int fd, uint32_t events, bool urgent = false);
  /// Ends a watch. Safe inside any handler; the handler is not called again.
  void unwatch(int fd);
  /// Runs `task` once, `delayMicros` from now.
  TimerId schedule(int64_t delayMicros, Task task);
  void cancel(TimerId id);

  /// While one lives, the loop's rounds are prompt. Any thread.
  class Haste final {
   public:
    explicit Haste(EventLoop& loop) : loop_(loop) { ++loop_.hastes_; }
    ~Haste() { --loop_.hastes_; }
    Haste(const Haste&) = delete;
    Haste& operator=(const Haste&) = delete;

   private:
    EventLoop& loop_;
  };

 private:
  struct Watch {
    IoHandler handler;
    uint32_t events = 0;
    bool urgent = false;
  };
  using TimerKey = std::pair<int64_t, TimerId>;

  void run();
  void runPosted();
  int64_t runTimers();
  void gather(int64_t lastRound) const;

  const Gather gather_;
  int epollFd_ = -1;
  int wakeFd_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<int> hastes_{0};
  std::mutex postedMutex_;
  std::vector<Task> posted_;
  std::unordered_map<int, std::shared_ptr<Watch>> watches_;
  int urgentWatches_ = 0;
  std::map<TimerKey, Task> timers_;
  std::unordered_map<TimerId, int64_t> timerDue_;
  TimerId nextTimer_ = 1;
  std::unique_ptr<NamedThread> thread_;  // last: everything above exists before the thread runs
};

}  // namespace flux
