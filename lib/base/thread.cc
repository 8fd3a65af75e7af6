#include "base/thread.h"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace flux {

NamedThread::NamedThread(const std::string& name, std::function<void()> body) {
  sigset_t all;
  sigset_t previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  thread_ = std::thread([name = name.substr(0, 15), run = std::move(body)] {
    pthread_setname_np(pthread_self(), name.c_str());
    run();
  });
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
}

}  // namespace flux
