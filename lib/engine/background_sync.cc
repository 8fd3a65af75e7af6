#include "engine/background_sync.h"

#include <utility>

namespace flux {

BackgroundSync::BackgroundSync(EventLoop& loop, File file, std::function<void(const Error&)> failed)
    : loop_(loop), failed_(std::move(failed)), file_(std::move(file)) {}

bool BackgroundSync::request() {
  if (busy_.exchange(true)) return false;
  return loop_.post([self = shared_from_this()] { self->round(); });
}

void BackgroundSync::round() {
  try {
    file_.syncData();
    // Without its entry in the directory the file would not be found again.
    if (!entrySynced_) syncDirectory(parentDirectory(file_.path()));
    entrySynced_ = true;
  } catch (const Error& error) {
    failed_(error);
    return;  // and stays busy: what an fsync error left behind no later one repairs
  }
  ++rounds_;
  busy_ = false;
}

}  // namespace flux
