// Makes a file that is still being written durable, again and again, off the thread that writes it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/event_loop.h"
#include "base/file.h"

namespace flux {

/// After a power cut the file holds at least what was written before the last finished round.
class BackgroundSync final : public std::enable_shared_from_this<BackgroundSync> {
 public:
  /// `file` is a duplicate of the writer's. `failed` is called on `loop`'s thread, at most once:
  /// the kernel may have dropped pages then, so the file must be abandoned.
  BackgroundSync(EventLoop& loop, File file, std::function<void(const Error&)> failed);

  /// A round begins from now on: at once, or behind the one that is under way. False where a sync
  /// has failed. Any thread.
  bool request();
  /// Rounds finished. Any thread.
  [[nodiscard]] uint64_t rounds() const noexcept { return rounds_; }

 private:
  bool post();
  void round();

  EventLoop& loop_;
  const std::function<void(const Error&)> failed_;
  enum class State : uint8_t { kIdle, kBusy, kBusyAndAsked, kFailed };
  std::atomic<State> state_{State::kIdle};
  std::atomic<uint64_t> rounds_{0};
  // The loop's thread only.
  File file_;
  bool entrySynced_ = false;
};

}  // namespace flux
