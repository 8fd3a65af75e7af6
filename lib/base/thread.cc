#include "base/thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace flux {

namespace {

/// A thread inherits the mask of the one that starts it.
class BlockedSignals final {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t previous_{};
};

}  // namespace

NamedThread::NamedThread(const std::string& name, std::function<void()> body) {
  const BlockedSignals blocked;
  thread_ = std::thread([name = name.substr(0, 15), run = std::move(body)] {
    pthread_setname_np(pthread_self(), name.c_str());
    run();
  });
}

void lowerThreadPriority(int niceness) noexcept {
  // On Linux the nice value belongs to a thread, whatever POSIX says. That it cannot be set is no
  // reason not to work.
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
}

}  // namespace flux
