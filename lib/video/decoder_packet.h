// Access units as packets that libavcodec's decoders take. Internal to lib/video.
#pragma once

#include "codec/codec_parameters.h"
#include "video/libav.h"

namespace flux::video {

/// Larger units are no camera's; libavcodec takes sizes as int.
inline constexpr size_t kMaxUnitBytes = 64U << 20;

/// `unit` as AccessUnit::data. Left out are NAL units that are cut or of no use to a decoder of
/// `codec`. Throws ERR_DECODE where nothing is left, ERR_LIMIT beyond kMaxUnitBytes or where the
/// picture would be one beyond kMaxPixels.
AvPacketPtr makeDecoderPacket(ByteView unit, Codec codec);

/// From this packet on the decoder is one for `configuration` (CodecParameters'); pictures that it
/// holds are not touched.
void addConfiguration(AVPacket& packet, const Bytes& configuration);

}  // namespace flux::video
