// What the bytes of an audio unit tell: how long it sounds, and how containers order its bits.
// Internal to lib/container.
#pragma once

#include <cstdint>

#include "codec/codec_parameters.h"

namespace flux {

/// How long `unit` sounds, in samples of `parameters.sampleRate`; 0 where it does not tell.
int64_t samplesIn(const CodecParameters& parameters, ByteView unit);

/// Pre-skip of an OpusHead (RFC 7845 §5.1), in samples of 48 kHz; 0 where it is none.
int opusPreSkip(ByteView opusHead);

enum class CodeOrder : uint8_t {
  kLowBitsFirst,   ///< RFC 3551 §4.5.4, AccessUnit::data
  kHighBitsFirst,  ///< ITU-T I.366.2 Annex E; what WAVE and Matroska files hold
};
/// Packs G.726 code words of `bits` bits the other way round; `from` says how they are now. Turning
/// twice gives the same bytes again.
Bytes turnG726(ByteView codes, int bits, CodeOrder from);

/// Exchanges the bytes of 16-bit samples.
Bytes swapSamples(ByteView samples);

}  // namespace flux
