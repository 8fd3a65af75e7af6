// Where bytes stand in others.
#pragma once

#include <algorithm>

#include "base/bytes.h"

namespace flux::test {

/// The part of `all` from the first `wanted` to its end; empty where there is none.
inline ByteView findBytes(ByteView all, ByteView wanted) {
  const auto at = std::search(all.begin(), all.end(), wanted.begin(), wanted.end());
  return all.subspan(static_cast<size_t>(at - all.begin()));
}

}  // namespace flux::test
