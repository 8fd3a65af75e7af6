// A file's tracks: codec parameters and units in libavformat's terms, and back.
// Internal to lib/container.
#pragma once

#include <optional>

#include "codec/access_unit.h"
#include "container/av.h"

namespace flux::av {

/// Adds a stream of these parameters to `context`, without a time base. Throws ERR_MUX where they
/// lack what a decoder needs, or where files cannot hold the codec (ONVIF metadata).
AVStream* addStream(AVFormatContext* context, const CodecParameters& parameters);

/// The codec that a file's track has in our terms; empty for one that is not recorded.
std::optional<Codec> codecOf(const AVCodecParameters& track);

/// What `track` tells of its audio codec; nullptr where a decoder could not be set up with it.
CodecParametersPtr audioParameters(const AVCodecParameters& track);

/// A unit as files hold it. `scratch` keeps the bytes where they are not the same.
ByteView toFile(const CodecParameters& parameters, ByteView unit, Bytes& scratch);
/// An audio packet of a file, as AccessUnit::data has it.
Bytes audioFromFile(const AVCodecParameters& track, ByteView packet);

}  // namespace flux::av
