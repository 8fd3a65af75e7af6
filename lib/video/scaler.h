// Sizes and colours of pictures, over libswscale.
#pragma once

#include "video/frame.h"

namespace flux::video {

/// `source` at `size` in the colours of a JPEG file (JFIF 1.02): YCbCr 4:2:0 by BT.601, of the full
/// range. Matrix and range of the source are those that its stream names; where it names none, it
/// is BT.709 of more than 576 lines or 1280 columns, else BT.601, of the limited range. Throws
/// ERR_UNSUPPORTED where libswscale cannot read the source's pixel format.
Frame scaleForJpeg(const Frame& source, Size size);

}  // namespace flux::video
