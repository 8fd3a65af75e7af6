// A small picture of nothing, for files that shall look like one.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace flux {

inline constexpr int kCoverWidth = 320;
inline constexpr int kCoverHeight = 180;

/// A JPEG of soft, grainy colours, a few kilobytes, another one for every `seed`. Takes about a
/// millisecond. Throws ERR_CONTAINER where this FFmpeg has no JPEG encoder.
Bytes makeCoverPicture(uint64_t seed);

}  // namespace flux
