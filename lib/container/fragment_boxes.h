// The boxes of a fragmented MP4 of one video track (ISO/IEC 14496-12, -15): what comes once, and
// what comes before each picture. Internal to lib/container.
#pragma once

#include <cstdint>
#include <span>

#include "codec/codec_parameters.h"

namespace flux {

/// Ticks per second of the track: what the engine counts in.
inline constexpr uint32_t kFragmentTimescale = 1'000'000;

/// ftyp and moov. `configuration` is the avcC or hvcC. `parameters` are of H.264 or H.265.
Bytes initializationSegment(const CodecParameters& parameters, ByteView configuration);

struct FragmentSample {
  uint32_t sequence = 0;
  uint64_t decode = 0;      ///< ticks
  uint32_t duration = 0;    ///< ticks
  int32_t composition = 0;  ///< ticks
  uint32_t bytes = 0;       ///< at most UINT32_MAX - 8
  bool key = false;
};

/// moof, and mdat's size and type.
inline constexpr size_t kFragmentBoxesBytes = 112;
void writeFragmentBoxes(const FragmentSample& sample, std::span<uint8_t, kFragmentBoxesBytes> out);

}  // namespace flux
