#include "base/pages.h"

#include <sys/mman.h>

#include <new>

namespace flux {

std::shared_ptr<uint8_t[]> zeroedPages(size_t bytes) {
  void* const pages =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  // Where there is no memory for the count, shared_ptr calls this as well.
  return {static_cast<uint8_t*>(pages), [bytes](uint8_t* gone) { ::munmap(gone, bytes); }};
}

}  // namespace flux
