#include "crypto/openssl_memory.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "base/round_up.h"

namespace flux::crypto {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Blocks are powers of two from 64 bytes to 8 KiB, cut from arenas; what is larger is mapped alone.
constexpr size_t kSmallestBits = 6;
constexpr size_t kLargestBits = 13;
constexpr size_t kArenaSize = size_t{256} << 10;
constexpr size_t kPageSize = 4096;

/// Stands before what OpenSSL sees, and keeps that aligned for any type.
struct alignas(std::max_align_t) Header {
  size_t size;      ///< what was asked for
  size_t capacity;  ///< the whole block, this header included
};

struct FreeBlock {
  FreeBlock* next;
};

// Constant-initialized and never destroyed: OpenSSL frees memory until the last thread has ended.
constinit std::mutex mutex;
constinit std::array<FreeBlock*, kLargestBits + 1> freeBlocks{};
constinit uint8_t* arena = nullptr;
constinit size_t arenaLeft = 0;

/// Not locked in RAM: key schedules pass through here for one message at a time, and the little
/// that may be locked belongs to the keys themselves (SecretPages).
uint8_t* map(size_t size) noexcept {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  ::madvise(memory, size, MADV_DONTDUMP);
  return static_cast<uint8_t*>(memory);
}

uint8_t* takeSmall(size_t bits) noexcept {
  const std::lock_guard lock(mutex);
  if (FreeBlock* const block = freeBlocks[bits]) {
    freeBlocks[bits] = block->next;
    return reinterpret_cast<uint8_t*>(block);
  }
  const size_t size = size_t{1} << bits;
  if (arenaLeft < size) {  // the rest of the old one, at most 8 KiB, is left
    arena = map(kArenaSize);
    arenaLeft = arena != nullptr ? kArenaSize : 0;
    if (arena == nullptr) return nullptr;
  }
  uint8_t* const block = arena;
  arena += size;
  arenaLeft -= size;
  return block;
}

void* allocate(size_t size, const char*, int) noexcept {
  if (size == 0 || size > PTRDIFF_MAX - kPageSize) return nullptr;
  const size_t needed = size + sizeof(Header);
  const size_t bits =
      std::max<size_t>(kSmallestBits, static_cast<size_t>(std::bit_width(needed - 1)));
  const bool small = bits <= kLargestBits;
  const size_t capacity = small ? size_t{1} << bits : roundUp(needed, kPageSize);
  uint8_t* const block = small ? takeSmall(bits) : map(capacity);
  if (block == nullptr) return nullptr;
  *reinterpret_cast<Header*>(block) = {size, capacity};
  return block + sizeof(Header);
}

void release(void* memory, const char*, int) noexcept {
  if (memory == nullptr) return;
  uint8_t* const block = static_cast<uint8_t*>(memory) - sizeof(Header);
  const Header header = *reinterpret_cast<Header*>(block);
  OPENSSL_cleanse(memory, header.size);
  if (header.capacity > size_t{1} << kLargestBits) {
    ::munmap(block, header.capacity);
    return;
  }
  const auto bits = static_cast<size_t>(std::countr_zero(header.capacity));
  const std::lock_guard lock(mutex);
  auto* const free = reinterpret_cast<FreeBlock*>(block);
  free->next = freeBlocks[bits];
  freeBlocks[bits] = free;
}

void* reallocate(void* memory, size_t size, const char* file, int line) noexcept {
  if (memory == nullptr) return allocate(size, file, line);
  if (size == 0) {
    release(memory, file, line);
    return nullptr;
  }
  const size_t old =
      reinterpret_cast<Header*>(static_cast<uint8_t*>(memory) - sizeof(Header))->size;
  void* const moved = allocate(size, file, line);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, memory, std::min(old, size));
  release(memory, file, line);
  return moved;
}

}  // namespace

bool routeOpenSslMemory() noexcept {
  if (kSanitized || CRYPTO_set_mem_functions(allocate, reallocate, release) != 1) return false;
  // A child that was forked in the middle of an allocation must not wait for a thread it has not
  // got.
  ::pthread_atfork([] { mutex.lock(); }, [] { mutex.unlock(); }, [] { mutex.unlock(); });
  return true;
}

}  // namespace flux::crypto
