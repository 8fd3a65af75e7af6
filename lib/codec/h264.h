// H.264 (ITU-T H.264, ISO/IEC 14496-10): NAL units, parameter sets and what a muxer needs of them.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "codec/access_unit.h"
#include "codec/nal.h"

namespace flux::h264 {

using nal::appendNal;
using nal::forEachNal;
using nal::splitAnnexB;
using nal::unescape;

enum NalType : uint8_t {
  kNalSlice = 1,
  kNalPartitionA = 2,
  kNalPartitionB = 3,
  kNalPartitionC = 4,
  kNalIdr = 5,
  kNalSei = 6,
  kNalSps = 7,
  kNalPps = 8,
  kNalAccessUnitDelimiter = 9,
};

inline uint8_t nalType(ByteView nal) {
  return nal.empty() ? 0 : nal[0] & 0x1F;
}

/// The fields of a sequence parameter set that the engine uses (H.264 §7.3.2.1.1, Annex E).
struct Sps {
  int profileIdc = 0;
  int constraintFlags = 0;
  int levelIdc = 0;
  int width = 0;  ///< after cropping
  int height = 0;
  int chromaFormatIdc = 1;  ///< 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4
  int bitDepthLuma = 8;
  int bitDepthChroma = 8;
  int maxRefFrames = 0;
  bool framesOnly = true;         ///< no fields and no interlaced macroblocks
  int reorderDepth = 0;           ///< see CodecParameters::reorderDepth
  bool reorderDepthTold = false;  ///< by the VUI's max_num_reorder_frames
  int maxBufferedFrames = -1;     ///< the VUI's max_dec_frame_buffering; -1 where it says none
  double frameRate = 0;           ///< 0 where the VUI has no timing
  bool separatePlanes = false;
  unsigned frameNumBits = 4;
  bool gapsAllowed = false;  ///< gaps_in_frame_num_value_allowed_flag
};

/// Parses an SPS NAL unit (with its header byte). Empty where it is malformed or its picture is
/// larger than 16384 in either direction. Never throws, never reads outside.
std::optional<Sps> parseSps(ByteView nal);

/// Builds parameters from one SPS and one PPS; nullptr where the SPS cannot be parsed or the PPS is
/// none. Zero bytes after either are left out: cameras send them, and no NAL unit ends in one.
CodecParametersPtr makeParameters(ByteView sps, ByteView pps);
/// Builds parameters from an avcC record; nullptr where it is malformed. The record is kept with
/// all its parameter sets; only its length size becomes 4, as AccessUnit::data has it.
CodecParametersPtr parametersFromAvcC(ByteView avcC);

/// first_mb_in_slice == 0: this slice begins a new primary coded picture (H.264 §7.4.1.2.4, the
/// part that is enough without ASO). False for NAL units that are no slices.
bool startsPicture(ByteView nal);

/// Do pictures decode with `a` as with `b`? Sets that differ in nothing but trailing bytes or in
/// what the VUI says of display (aspect ratio, colours, buffering) do; another size, profile,
/// reordering depth or frame rate do not.
bool decodeAlike(const CodecParameters& a, const CodecParameters& b);

}  // namespace flux::h264
