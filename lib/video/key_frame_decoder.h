// Decodes one key frame by itself, in software. For pictures now and then: a decoder for a stream
// keeps its references and threads, this one keeps nothing.
#pragma once

#include "base/bytes.h"
#include "codec/codec_parameters.h"
#include "video/frame.h"

namespace flux::video {

/// A key frame of more bytes is refused: no camera sends one, and decoding takes its time.
inline constexpr size_t kMaxKeyFrameBytes = 32U << 20;

/// The picture of `unit`, which is as AccessUnit::data and with which decoding can begin. Damage
/// that the decoder finds is an error, also where it would paper over it; what libavcodec does not
/// find is the loss of the last part of an H.265 slice. What the unit
/// itself says of its size goes before `parameters`. Throws ERR_DECODE; ERR_LIMIT beyond kMaxPixels
/// or kMaxKeyFrameBytes; ERR_UNSUPPORTED where this libavcodec lacks the decoder.
Frame decodeKeyFrame(const CodecParameters& parameters, ByteView unit);

}  // namespace flux::video
