// The picture that may stand in front of a segment, so that the file opens as a JPEG: where it
// ends.
#pragma once

#include "base/bytes.h"

namespace flux::segment {

/// The longest picture that a reader looks behind.
inline constexpr size_t kMaxCoverSize = size_t{64} * 1024;

/// True for the first bytes of a JPEG, or what is left of them.
bool beginsLikeJpeg(ByteView start) noexcept;

/// Size of the JPEG that `start` begins with, its end marker included (ITU-T T.81, annex B).
/// Follows the markers' own lengths and judges no picture. Throws ERR_SEGMENT_TRUNCATED where
/// `start` ends inside it, ERR_SEGMENT_MAGIC where it is no JPEG or longer than kMaxCoverSize.
size_t jpegSize(ByteView start);

}  // namespace flux::segment
