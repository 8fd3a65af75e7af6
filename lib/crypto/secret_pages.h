// Pages for key material, cut into slots: locked in RAM where the limits allow, absent from core
// dumps, zero in forked children. With secret_pages.cc, the only place that maps memory.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace flux::crypto {

/// Hands out slots of one size. Pages are kept for reuse until the process ends, so that a busy
/// recorder does not map and lock memory per segment. Thread-safe.
class SecretPages final {
 public:
  /// `slotSize` is rounded up to 64 bytes (a cache line) and is at most a page.
  explicit SecretPages(size_t slotSize);

  /// A zeroed slot. Throws ERR_MEMORY.
  void* take();
  /// Wipes the slot and takes it back.
  void give(void* slot) noexcept;

 private:
  void addPage();

  const size_t slotSize_;
  std::mutex mutex_;
  std::vector<void*> free_;
  size_t slots_ = 0;
};

}  // namespace flux::crypto
