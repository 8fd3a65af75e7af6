#include "base/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>

#include "base/clock.h"
#include "base/error.h"

namespace flux {
namespace {

thread_local const EventLoop* currentLoop = nullptr;

uint32_t toEpoll(uint32_t events) {
  uint32_t mask = 0;
  if ((events & EventLoop::kReadable) != 0) mask |= EPOLLIN | EPOLLRDHUP;
  if ((events & EventLoop::kWritable) != 0) mask |= EPOLLOUT;
  return mask;
}

uint32_t fromEpoll(uint32_t mask) {
  uint32_t events = 0;
  if ((mask & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) events |= EventLoop::kReadable;
  if ((mask & EPOLLOUT) != 0) events |= EventLoop::kWritable;
  if ((mask & EPOLLERR) != 0) events |= EventLoop::kFailed;
  return events;
}

}  // namespace

EventLoop::EventLoop(const std::string& threadName, Gather gather)
    : gather_(gather),
      epollFd_(::epoll_create1(EPOLL_CLOEXEC)),
      wakeFd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (epollFd_ < 0 || wakeFd_ < 0) throw systemError("create event loop");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wakeFd_;
  if (::epoll_ctl(epollFd_, EPOLL_CTL_ADD, wakeFd_, &event) != 0) {
    throw systemError("watch the wake descriptor");
  }
  thread_ = std::make_unique<NamedThread>(threadName, [this] { run(); });
}

EventLoop::~EventLoop() {
  stopping_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wakeFd_, &one, sizeof one);
  thread_->join();
  ::close(wakeFd_);
  ::close(epollFd_);
}

bool EventLoop::post(Task task) {
  if (stopping_) return false;
  {
    const std::lock_guard lock(postedMutex_);
    posted_.push_back(std::move(task));
    if (posted_.size() > 1) return true;  // whoever posted the first one has woken the loop
  }
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wakeFd_, &one, sizeof one);
  return true;
}

void EventLoop::runAndWait(const Task& task) {
  if (isOnLoopThread()) {
    task();
    return;
  }
  struct Rendezvous {
    std::mutex mutex;
    std::condition_variable done;
    bool finished = false;
  };
  auto meeting = std::make_shared<Rendezvous>();
  const bool posted = post([meeting, &task] {
    task();
    const std::lock_guard lock(meeting->mutex);
    meeting->finished = true;
    meeting->done.notify_one();
  });
  if (!posted) throw Error("ERR_CLOSED", "the event loop has stopped");
  std::unique_lock lock(meeting->mutex);
  meeting->done.wait(lock, [&] { return meeting->finished; });
}

bool EventLoop::isOnLoopThread() const {
  return currentLoop == this;
}

void EventLoop::watch(int fd, uint32_t events, IoHandler handler, bool urgent) {
  const bool known = watches_.contains(fd);
  if (known) unwatch(fd);
  auto entry = std::make_shared<Watch>(Watch{std::move(handler), events, urgent});
  epoll_event event{};
  event.events = toEpoll(events);
  event.data.fd = fd;
  if (::epoll_ctl(epollFd_, EPOLL_CTL_ADD, fd, &event) != 0) throw systemError("epoll_ctl add");
  watches_.emplace(fd, std::move(entry));
  urgentWatches_ += urgent ? 1 : 0;
}

void EventLoop::rewatch(int fd, uint32_t events, bool urgent) {
  const auto found = watches_.find(fd);
  if (found == watches_.end()) return;
  Watch& entry = *found->second;
  urgentWatches_ += (urgent ? 1 : 0) - (entry.urgent ? 1 : 0);
  entry.urgent = urgent;
  if (entry.events == events) return;
  entry.events = events;
  epoll_event event{};
  event.events = toEpoll(events);
  event.data.fd = fd;
  if (::epoll_ctl(epollFd_, EPOLL_CTL_MOD, fd, &event) != 0) throw systemError("epoll_ctl mod");
}

void EventLoop::unwatch(int fd) {
  const auto found = watches_.find(fd);
  if (found == watches_.end()) return;
  urgentWatches_ -= found->second->urgent ? 1 : 0;
  watches_.erase(found);
  ::epoll_ctl(epollFd_, EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::TimerId EventLoop::schedule(int64_t delayMicros, Task task) {
  const TimerId id = nextTimer_++;
  const int64_t due = monotonicMicros() + (delayMicros > 0 ? delayMicros : 0);
  timers_.emplace(TimerKey{due, id}, std::move(task));
  timerDue_.emplace(id, due);
  return id;
}

void EventLoop::cancel(TimerId id) {
  const auto found = timerDue_.find(id);
  if (found == timerDue_.end()) return;
  timers_.erase(TimerKey{found->second, id});
  timerDue_.erase(found);
}

void EventLoop::runPosted() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(postedMutex_);
    tasks.swap(posted_);
  }
  for (const Task& task : tasks) task();
}

int64_t EventLoop::runTimers() {
  const int64_t now = monotonicMicros();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto node = timers_.extract(timers_.begin());
    timerDue_.erase(node.key().second);
    node.mapped()();
  }
  if (timers_.empty()) return -1;
  // One that fell due while the others ran is due now, not never.
  return std::max<int64_t>(0, timers_.begin()->first.first - monotonicMicros());
}

void EventLoop::gather(int64_t lastRound) const {
  const int64_t least = hastes_ > 0 ? gather_.promptMicros : gather_.patientMicros;
  if (least <= 0 || urgentWatches_ > 0) return;
  int64_t wait = lastRound + least - monotonicMicros();
  if (!timers_.empty()) {
    const int64_t untilTimer = timers_.begin()->first.first - monotonicMicros();
    if (untilTimer < wait) wait = untilTimer;
  }
  if (wait <= 0) return;
  const timespec pause{wait / 1000000, static_cast<long>(wait % 1000000 * 1000)};
  ::nanosleep(&pause, nullptr);
}

void EventLoop::run() {
  currentLoop = this;
  std::array<epoll_event, 128> ready{};
  int64_t lastRound = 0;
  while (!stopping_) {
    runPosted();
    const int64_t untilTimer = runTimers();
    // Rounded up: a timer that is due in 300 microseconds must not spin the loop.
    const int timeout = untilTimer < 0 ? -1 : static_cast<int>((untilTimer + 999) / 1000);
    gather(lastRound);
    const int count = ::epoll_wait(epollFd_, ready.data(), static_cast<int>(ready.size()), timeout);
    lastRound = monotonicMicros();
    for (int i = 0; i < count && !stopping_; ++i) {
      const epoll_event& event = ready.at(static_cast<size_t>(i));
      if (event.data.fd == wakeFd_) {
        uint64_t drained = 0;
        [[maybe_unused]] const ssize_t got = ::read(wakeFd_, &drained, sizeof drained);
        continue;
      }
      const auto found = watches_.find(event.data.fd);
      if (found == watches_.end()) continue;
      const std::shared_ptr<Watch> held = found->second;  // the handler may unwatch itself
      held->handler(fromEpoll(event.events));
    }
  }
}

}  // namespace flux
