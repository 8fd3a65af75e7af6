// Audio formats of a session description: what they are, and all that a decoder must know of them.
#pragma once

#include <optional>
#include <string_view>

#include "rtsp/quirk.h"
#include "rtsp/track.h"

namespace flux::rtsp {

/// The track that `format` of an audio line is; empty where the engine has no depacketizer for it.
/// Fills everything but Track::control.
std::optional<Track> makeAudioTrack(const SdpFormat& format, QuirkCounters& quirks);

}  // namespace flux::rtsp
