// The video stream of a file to be written: codec parameters in libavformat's terms.
// Internal to lib/container.
#pragma once

#include "codec/access_unit.h"
#include "container/av.h"

namespace flux::av {

/// Adds the H.264 stream to `context`. Throws ERR_MUX where the parameters hold no avcC record.
AVStream* addVideoStream(AVFormatContext* context, const CodecParameters& parameters);

}  // namespace flux::av
