#include "engine/background_sync.h"

#include <utility>

namespace flux {

BackgroundSync::BackgroundSync(EventLoop& loop, File file, std::function<void(const Error&)> failed)
    : loop_(loop), failed_(std::move(failed)), file_(std::move(file)) {}

bool BackgroundSync::request() {
  State seen = state_;
  for (;;) {
    switch (seen) {
      case State::kIdle:
        if (state_.compare_exchange_weak(seen, State::kBusy)) return post();
        break;
      case State::kBusy:
        if (state_.compare_exchange_weak(seen, State::kBusyAndAsked)) return true;
        break;
      case State::kBusyAndAsked:
        return true;
      case State::kFailed:
        return false;
    }
  }
}

bool BackgroundSync::post() {
  // Files that are asked for together are all on their way before one is waited for: the disk gets
  // them in one sweep, and the file system's journal is committed for all of them at once.
  return loop_.post([self = shared_from_this()] {
    self->file_.startWriteback();
    self->loop_.post([self] { self->round(); });
  });
}

void BackgroundSync::round() {
  try {
    file_.syncData();
    // Without its entry in the directory the file would not be found again.
    if (!entrySynced_) syncDirectory(parentDirectory(file_.path()));
    entrySynced_ = true;
  } catch (const Error& error) {
    state_ = State::kFailed;  // what an fsync error left behind no later one repairs
    failed_(error);
    return;
  }
  ++rounds_;
  State seen = State::kBusy;
  if (state_.compare_exchange_strong(seen, State::kIdle)) return;
  // What was asked for meanwhile may be newer than what this round covered. Others come first.
  state_ = State::kBusy;
  post();
}

}  // namespace flux
