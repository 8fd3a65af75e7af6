// Counters that one thread writes and any thread reads.
#pragma once

#include <atomic>
#include <cstdint>

namespace flux {

/// Adds without a locked instruction, which would wait for every store before it: per packet that
/// is dear, since a copy into cold memory comes before. One thread at a time may add to `counter`.
inline void addAlone(std::atomic<uint64_t>& counter, uint64_t count = 1) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

}  // namespace flux
