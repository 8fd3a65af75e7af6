// Access units as packets that libavcodec's decoders take. Internal to lib/video.
#pragma once

#include "codec/codec_parameters.h"
#include "video/libav.h"

namespace flux::video {

/// `unit` as AccessUnit::data. Left out are NAL units that are cut or of no use to a decoder of
/// `codec`. Throws ERR_DECODE where nothing is left, ERR_LIMIT beyond what decoder_limits.h allows.
AvPacketPtr makeDecoderPacket(ByteView unit, Codec codec);

/// From this packet on the decoder is one for `configuration` (CodecParameters'); pictures that it
/// holds are not touched.
void addConfiguration(AVPacket& packet, const Bytes& configuration);

}  // namespace flux::video
