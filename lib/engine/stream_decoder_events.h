// What a stream's decoding has to tell.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "codec/codec_parameters.h"

namespace flux {

/// Another decoder decodes the stream now, or one of another backend.
struct DecoderBackendEvent {
  std::string backend;  ///< "libavcodec" or "nvdec"
  std::string reason;   ///< why not NVDEC, where it was to be; else empty
};
/// Decoding failed, and begins anew with a key frame.
struct DecoderErrorEvent {
  std::string code;
  std::string message;
};
/// What is decoded from now on has other parameters than what came before.
struct DecoderParametersEvent {
  CodecParametersPtr parameters;
};
/// Units were dropped because decoding did not keep up. UTC milliseconds, by arrival.
struct DecoderGapEvent {
  int64_t fromMs = 0;
  int64_t toMs = 0;
  uint64_t units = 0;
};
/// Nothing is to be seen, or only damage, until a key frame comes: ask the camera for one. At most
/// one a second.
struct KeyFrameWantedEvent {};

using StreamDecoderEvent =
    std::variant<DecoderBackendEvent, DecoderErrorEvent, DecoderParametersEvent, DecoderGapEvent,
                 KeyFrameWantedEvent>;

}  // namespace flux
