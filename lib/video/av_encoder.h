// Encodes in software, over libavcodec.
#pragma once

#include <string>
#include <vector>

#include "video/encoder.h"

namespace flux::video {

/// What this libavcodec can encode `codec` with, best first: for H.264 of "libx264" (GPL; faster,
/// and better per bit) and "libopenh264" (BSD), for H.265 "libx265" (GPL). Empty: nothing.
std::vector<std::string> avEncoders(Codec codec);

/// With `backend`, of avEncoders(), where it is not empty; else with the first of them. A new
/// bitrate counts from the next frame on with libx264; the others take it by beginning anew with
/// the next key frame. Throws ERR_INVALID_ARGUMENT; ERR_UNSUPPORTED where this libavcodec has no
/// such encoder; ERR_ENCODE where it does not open.
std::unique_ptr<Encoder> makeAvEncoder(const EncoderOptions& options,
                                       const std::string& backend = "");

}  // namespace flux::video
