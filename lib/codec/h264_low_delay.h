// What makes decoders give pictures of H.264 at once that most cameras' streams make them hold.
#pragma once

#include "codec/h264.h"

namespace flux::h264 {

/// The SPS NAL unit `sps` with a promise in its VUI that pictures are output in decoding order:
/// bitstream_restriction_flag with max_num_reorder_frames 0, and max_dec_frame_buffering as many
/// frames as are referred to, at least 1 (H.264 §E.2.1). All else stays bit for bit. Without that
/// promise a decoder may hold as many pictures as its level allows, 4 to 16 of them, and keep that
/// many surfaces.
///
/// For streams whose reorderDepthTold is false and in which no B slice was ever seen: see
/// hasBidirectionalSlice(). Comes back as it was where it says so already, where it cannot be
/// parsed, or where its VUI is damaged. Never throws, never reads outside.
Bytes withoutReordering(ByteView sps);

}  // namespace flux::h264
