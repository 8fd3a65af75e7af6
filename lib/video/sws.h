// libswscale with the colours that a picture has. Internal to lib/video.
#pragma once

extern "C" {
#include <libavutil/pixfmt.h>
}

#include "video/frame.h"
#include "video/libav.h"

namespace flux::video {

/// A copy of `from`, whose numbers mean `colour`, in another size and format, meaning `toColour`.
/// RGB is of the full range, whatever its matrix. `flags` are libswscale's. Throws ERR_UNSUPPORTED
/// where libswscale knows the format or the size not, ERR_DECODE where it fails.
AvFramePtr swsConvert(const AVFrame& from, ColourSpec colour, Size size, AVPixelFormat format,
                      ColourSpec toColour, int flags);

}  // namespace flux::video
