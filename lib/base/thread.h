// A thread with a name that `ps -T` shows, joined when the object goes.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace flux {

/// Runs `body` on a thread called `name` (at most 15 characters). All signals are blocked there, so
/// that the host process keeps its own signal handling.
class NamedThread final {
 public:
  NamedThread() = default;
  NamedThread(const std::string& name, std::function<void()> body);
  ~NamedThread() { join(); }
  NamedThread(NamedThread&&) noexcept = default;
  NamedThread& operator=(NamedThread&&) noexcept = default;  ///< onto one that runs nothing
  NamedThread(const NamedThread&) = delete;
  NamedThread& operator=(const NamedThread&) = delete;

  void join() {
    if (thread_.joinable()) thread_.join();
  }
  /// Nobody waits for it from now on: what `body` uses must be its own.
  void detach() { thread_.detach(); }

 private:
  std::thread thread_;
};

/// The calling thread alone gives way to others from now on; `niceness` from 0 to 19 (nice(2)).
void lowerThreadPriority(int niceness) noexcept;

}  // namespace flux
