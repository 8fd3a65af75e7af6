// Decodes a stream with libavcodec: H.264, H.265 and MJPEG of every profile that it knows.
#pragma once

#include <memory>

#include "video/decoder.h"

namespace flux::video {

inline constexpr int kMaxDecoderThreads = 64;

/// A decoder that holds no picture longer than its order of presentation asks for: with one thread
/// the picture of a stream without B pictures is there when submit() returns. Pictures are those
/// that ffmpeg decodes, bit for bit.
///
/// Where a unit's parameters are for other pictures than those before it, pictures still held come
/// out first. Where a unit was lost or damaged, pictures up to the next key frame count as
/// concealed.
///
/// Throws ERR_INVALID_ARGUMENT (no parameters, not a codec of pictures, a number of threads outside
/// 1 to kMaxDecoderThreads), ERR_UNSUPPORTED (this libavcodec lacks the decoder), ERR_LIMIT (a
/// picture beyond kMaxPixels) and ERR_DECODE (parameter sets of no use).
std::unique_ptr<Decoder> makeAvDecoder(const DecoderOptions& options);

}  // namespace flux::video
