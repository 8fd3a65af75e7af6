// What all users of libavcodec's decoders set up alike: codec, parameter sets, bounds. Internal to
// lib/video.
#pragma once

#include "codec/codec_parameters.h"
#include "video/frame.h"
#include "video/libav.h"

namespace flux::video {

/// A decoder for `parameters`, set up and not yet open: one thread, pictures of at most kMaxPixels.
/// Throws ERR_INVALID_ARGUMENT where the codec is not one of pictures, ERR_UNSUPPORTED where this
/// libavcodec lacks its decoder.
CodecContextPtr makeDecoderContext(const CodecParameters& parameters);
/// Throws ERR_DECODE where the parameter sets are of no use.
void openDecoderContext(AVCodecContext& context, const CodecParameters& parameters);

}  // namespace flux::video
