// Pictures out of plain bytes, from who makes or keeps pictures outside this engine.
#pragma once

#include "base/bytes.h"
#include "video/convert.h"

namespace flux::video {

/// A copy of `data`: planes one after another without padding (packedBytes() of them), in any
/// format but the tensors'. Throws ERR_INVALID_ARGUMENT where `data` is not as large as `size`
/// says.
Frame rawPicture(ByteView data, PixelFormat format, Size size, ColourSpec colour);

}  // namespace flux::video
