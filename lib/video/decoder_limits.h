// What no decoder takes, whatever its backend: a hostile stream may claim any size.
#pragma once

#include "codec/codec_parameters.h"
#include "video/frame.h"

namespace flux::video {

/// Larger units are no camera's; libavcodec takes sizes as int.
inline constexpr size_t kMaxUnitBytes = 64U << 20;

/// Throws ERR_LIMIT where `unit` (as AccessUnit::data) is beyond kMaxUnitBytes.
void requireUnitFits(ByteView unit);
/// Throws ERR_LIMIT where a picture is beyond kMaxPixels.
void requireFits(Size size);
/// The same for the size that an SPS of H.264 or H.265 claims; other NAL units pass.
void requireSpsFits(Codec codec, ByteView nal);

}  // namespace flux::video
