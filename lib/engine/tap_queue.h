// Between a camera's network thread and the thread that serves a tap: bounded, without a lock, and
// when it is full it drops whole groups of pictures, never single frames.
#pragma once

#include <readerwriterqueue/readerwriterqueue.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

#include "codec/access_unit.h"

namespace flux {

/// One producer (the network thread of the camera that the tap listens to), one consumer.
class TapQueue final {
 public:
  struct StreamEnd {};
  struct Tracks {
    std::vector<CodecParametersPtr> tracks;
  };
  /// Video frames that did not fit, in the place where they are missing.
  struct Shed {
    int64_t fromMs = 0;  ///< UTC, arrival of the first
    int64_t toMs = 0;    ///< of the last
    uint64_t frames = 0;
  };
  using Item = std::variant<AccessUnitPtr, StreamEnd, Tracks, Shed>;

  /// More units than this wait only where their bytes hardly count: small audio frames.
  static constexpr uint64_t kMaxUnits = 65536;

  explicit TapQueue(size_t maxBytes) : maxBytes_(maxBytes) {}

  // Producer.

  /// False where the unit was dropped. Behind a dropped video frame everything is dropped up to the
  /// next key frame that fits.
  bool push(AccessUnitPtr unit) {
    const bool video = unit->kind() == MediaKind::kVideo;
    const size_t bytes = unit->data.size();
    const bool fits = bytes_.load(std::memory_order_relaxed) + bytes <= maxBytes_ &&
                      units_.load(std::memory_order_relaxed) < kMaxUnits;
    if (!fits || (shedding_ && !(video && unit->keyFrame))) {
      if (video) noteShed(unit->arrivalWallMs);
      return false;
    }
    if (shedding_) flushShed();
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
    units_.fetch_add(1, std::memory_order_relaxed);
    put(std::move(unit));
    return true;
  }
  void push(StreamEnd end) {
    flushShed();
    put(end);
  }
  void push(Tracks tracks) { put(std::move(tracks)); }

  // Consumer.

  bool pop(Item& item) {
    if (!dequeue(item)) return false;
    if (const auto* unit = std::get_if<AccessUnitPtr>(&item)) {
      bytes_.fetch_sub((*unit)->data.size(), std::memory_order_relaxed);
      units_.fetch_sub(1, std::memory_order_relaxed);
    }
    return true;
  }
  /// What was shed since the last Shed item. Only once the producer has stopped.
  Shed takeShed() { return std::exchange(shed_, {}); }

  // Any thread.

  [[nodiscard]] uint64_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

 private:
#ifdef __SANITIZE_THREAD__
  // The queue orders its items by fences, which ThreadSanitizer does not follow: a lock stands in.
  void put(Item item) {
    const std::lock_guard lock(mutex_);
    queue_.enqueue(std::move(item));
  }
  bool dequeue(Item& item) {
    const std::lock_guard lock(mutex_);
    return queue_.try_dequeue(item);
  }
  std::mutex mutex_;
#else
  void put(Item item) {
    queue_.enqueue(std::move(item));
  }
  bool dequeue(Item& item) {
    return queue_.try_dequeue(item);
  }
#endif
  void noteShed(int64_t arrivalMs) {
    shedding_ = true;
    if (shed_.frames == 0) shed_.fromMs = arrivalMs;
    shed_.toMs = arrivalMs;
    ++shed_.frames;
  }
  void flushShed() {
    shedding_ = false;
    if (shed_.frames > 0) put(std::exchange(shed_, {}));
  }

  const size_t maxBytes_;
  moodycamel::ReaderWriterQueue<Item> queue_{64};
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> units_{0};
  // Producer only, until takeShed().
  bool shedding_ = false;
  Shed shed_;
};

}  // namespace flux
