// MPEG-4 audio (ISO/IEC 14496-3): the configurations that say how AAC access units are decoded.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "codec/codec_parameters.h"

namespace flux::aac {

/// AudioSpecificConfig (§1.6.2.1), as far as timing and containers need it.
struct AudioConfig {
  int objectType = 0;      ///< as signalled first: 2 = AAC-LC, 5 = SBR, 29 = SBR and PS, ...
  int coreSampleRate = 0;  ///< hertz, of the AAC core
  int sampleRate = 0;      ///< hertz, of what a decoder puts out: twice the core's with SBR
  int channels = 0;        ///< that a decoder puts out
  int frameLength = 1024;  ///< samples of the core per access unit
  bool sbr = false;        ///< spectral band replication is signalled
  bool ps = false;         ///< parametric stereo is signalled
};

/// Empty where it is malformed, or of an audio object type that is not AAC.
std::optional<AudioConfig> parseConfig(ByteView config);

/// AudioSpecificConfig of AAC-LC, for senders that give none. Empty where the standard has no code
/// for the channels (1 to 8, without 7).
Bytes makeConfig(int sampleRate, int channels);

/// nullptr where parseConfig() refuses it.
CodecParametersPtr makeParameters(ByteView config);

/// StreamMuxConfig (§1.7.3.1) of one program with one layer, as MP4A-LATM has it.
struct StreamMux {
  Bytes config;       ///< AudioSpecificConfig
  int subFrames = 1;  ///< access units in each AudioMuxElement
};
/// Empty where it is malformed or of another kind.
std::optional<StreamMux> parseStreamMux(ByteView bits);

/// `unit` without an ADTS header (§1.A.2.2.1), where it is the one frame that such a header
/// announces. No access unit of AAC begins like one.
ByteView withoutAdts(ByteView unit);

}  // namespace flux::aac
