// PNG files of single pictures, over libavcodec.
#pragma once

#include "base/bytes.h"
#include "video/frame.h"

namespace flux::video {

/// A PNG (ISO/IEC 15948) of `rgba`, lines of R, G, B, A without padding. `opaque` leaves the fourth
/// out, which is a quarter smaller before it is compressed. Throws ERR_UNSUPPORTED where this
/// libavcodec has no PNG encoder, ERR_INVALID_ARGUMENT where `rgba` is not as large as `size` says.
Bytes encodePng(ByteView rgba, Size size, bool opaque);

}  // namespace flux::video
