#include "crypto/secret_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/round_up.h"
#include "crypto/secret.h"

namespace flux::crypto {
namespace {

constexpr size_t kSlotAlignment = 64;

size_t pageSize() {
  return static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

SecretPages::SecretPages(size_t slotSize) : slotSize_(roundUp(slotSize, kSlotAlignment)) {}

void* SecretPages::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) addPage();
  void* slot = free_.back();
  free_.pop_back();
  return slot;
}

void SecretPages::give(void* slot) noexcept {
  wipe(slot, slotSize_);
  const std::lock_guard lock(mutex_);
  free_.push_back(slot);  // never allocates: addPage() reserved room for every slot there is
}

void SecretPages::addPage() {
  const size_t size = pageSize();
  const size_t count = size / slotSize_;
  free_.reserve(slots_ + count);
  void* page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw Error("ERR_MEMORY", "no memory for key material");
  // Best effort: a container may allow no locked memory at all, and refusing to record there would
  // protect nobody.
  ::mlock(page, size);
  ::madvise(page, size, MADV_DONTDUMP);
  ::madvise(page, size, MADV_WIPEONFORK);
  for (size_t i = 0; i < count; ++i) free_.push_back(static_cast<char*>(page) + i * slotSize_);
  slots_ += count;
}

}  // namespace flux::crypto
