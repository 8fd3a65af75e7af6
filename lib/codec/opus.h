// Opus packets (RFC 6716) and the header that containers keep for them (RFC 7845).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "codec/codec_parameters.h"

namespace flux::opus {

/// RTP and containers count Opus in samples of this rate, whatever was captured.
inline constexpr int kSampleRate = 48000;

/// Samples of kSampleRate that `packet` plays for, from its table of contents (RFC 6716 §3.1,
/// §3.2). Empty where there is none, or more than 120 ms.
std::optional<int> packetSamples(ByteView packet);

/// OpusHead (RFC 7845 §5.1), mapping family 0. Pre-skip is 0: who joins a live stream has no
/// encoder delay to cut off. `channels` 1 or 2; `inputRate` in hertz, for information.
Bytes makeHead(int channels, uint32_t inputRate);

CodecParametersPtr makeParameters(int channels, uint32_t inputRate);

}  // namespace flux::opus
