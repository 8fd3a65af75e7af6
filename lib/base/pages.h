// Memory in pages of its own: for large blocks that come and go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace flux {

/// `bytes` (1 or more), all 0, which go back to the system with the last reference. What the
/// allocator frees often stays with the process, for as long as something small lies behind it.
/// Throws std::bad_alloc.
std::shared_ptr<uint8_t[]> zeroedPages(size_t bytes);

}  // namespace flux
