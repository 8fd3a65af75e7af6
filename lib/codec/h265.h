// H.265 (ITU-T H.265, ISO/IEC 23008-2): NAL units, parameter sets and what a muxer needs of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "codec/access_unit.h"
#include "codec/nal.h"

namespace flux::h265 {

/// Table 7-1.
enum NalType : uint8_t {
  kNalTrailN = 0,
  kNalTrailR = 1,
  kNalRaslR = 9,
  kNalBlaWLp = 16,
  kNalIdrWRadl = 19,
  kNalIdrNLp = 20,
  kNalCra = 21,
  kNalVps = 32,
  kNalSps = 33,
  kNalPps = 34,
  kNalAccessUnitDelimiter = 35,
  kNalPrefixSei = 39,
  kNalSuffixSei = 40,
  kNalUnspecified = 63,
};

constexpr size_t kNalHeaderBytes = 2;

/// kNalUnspecified where there is no whole header: zero is a picture's type.
inline uint8_t nalType(ByteView nal) {
  return nal.size() < kNalHeaderBytes ? uint8_t{kNalUnspecified}
                                      : static_cast<uint8_t>(nal[0] >> 1 & 0x3F);
}
/// nuh_layer_id; everything above 0 is an extension that we pass on but do not need.
inline uint8_t layerId(ByteView nal) {
  return nal.size() < kNalHeaderBytes ? uint8_t{0}
                                      : static_cast<uint8_t>((nal[0] & 1) << 5 | nal[1] >> 3);
}
/// Slice segments of the types that the standard defines.
constexpr bool isSlice(uint8_t type) {
  return type <= kNalRaslR || (type >= kNalBlaWLp && type <= kNalCra);
}
/// Intra random access point pictures: decoding can start at each (§3.69).
constexpr bool isIrap(uint8_t type) {
  return type >= kNalBlaWLp && type <= kNalCra;
}
/// first_slice_segment_in_pic_flag of the base layer: this slice segment begins a picture. False
/// for NAL units that are no slice segments.
bool startsPicture(ByteView nal);

/// The general part of profile_tier_level() (§7.3.3).
struct Profile {
  int space = 0;
  bool highTier = false;
  int idc = 0;
  uint32_t compatibility = 0;               ///< general_profile_compatibility_flag[0] on top
  std::array<uint8_t, 6> constraints = {};  ///< the 48 bits between compatibility and level
  int levelIdc = 0;                         ///< 30 times the level: 93 is 3.1
};

/// The fields of a video parameter set that the engine uses (§7.3.2.1).
struct Vps {
  int subLayers = 1;
  double frameRate = 0;  ///< 0 where it has no timing
};

/// A short-term reference picture set (§7.4.8): picture order counts relative to the current
/// picture, the nearest first on either side.
struct ReferenceSet {
  struct Entry {
    int64_t delta = 0;
    bool used = false;  ///< by the current picture; the others are kept for those behind it
  };
  std::vector<Entry> before;
  std::vector<Entry> after;
};
struct LongTermPicture {
  uint32_t order = 0;  ///< the lowest bits of its picture order count
  bool used = false;
};

/// The fields of a sequence parameter set that the engine uses (§7.3.2.2, Annex E).
struct Sps {
  Profile profile;
  int subLayers = 1;
  bool temporalIdNested = false;
  int id = 0;
  int width = 0;  ///< inside the conformance window
  int height = 0;
  int codedWidth = 0;  ///< the window's surroundings included
  int codedHeight = 0;
  int ctbSize = 0;          ///< pixels of a coding tree block's side; 0 where it could not be read
  int chromaFormatIdc = 1;  ///< 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4
  int bitDepthLuma = 8;
  int bitDepthChroma = 8;
  int reorderDepth = 0;  ///< sps_max_num_reorder_pics of the highest sub-layer
  double frameRate = 0;  ///< 0 where the VUI has no timing
  int minSpatialSegmentation = 0;
  bool separatePlanes = false;
  uint32_t pictureOrderBits = 4;  ///< of slice_pic_order_cnt_lsb
  bool referencesRead = false;    ///< what follows could be read
  std::vector<ReferenceSet> referenceSets;
  bool longTerm = false;  ///< long_term_ref_pics_present_flag
  std::vector<LongTermPicture> longTermPictures;
};

/// The fields of a picture parameter set that the engine uses (§7.3.2.3).
struct Pps {
  int id = 0;
  int spsId = 0;
  bool dependentSlices = false;  ///< dependent_slice_segments_enabled_flag
  bool outputFlag = false;       ///< output_flag_present_flag
  int extraSliceHeaderBits = 0;
  bool tiles = false;
  bool entropyCodingSync = false;  ///< wavefronts
};

// Each parses one NAL unit with its header; empty where it is malformed. They never throw and never
// read outside. An SPS is refused where its picture is larger than 16384 in either direction; what
// is damaged behind its picture's description (reference picture sets, VUI) costs the frame rate
// only.
std::optional<Vps> parseVps(ByteView nal);
std::optional<Sps> parseSps(ByteView nal);
std::optional<Pps> parsePps(ByteView nal);

/// Builds parameters from one set of each kind; nullptr where the SPS or PPS cannot be parsed or
/// the VPS is none. The frame rate is the SPS's, else the VPS's. Zero bytes after a set are left
/// out: cameras send them, and no NAL unit ends in one.
CodecParametersPtr makeParameters(ByteView vps, ByteView sps, ByteView pps);
/// Builds parameters from an hvcC record; nullptr where it is malformed or lacks a set. The record
/// is kept with all its arrays; only its length size becomes 4, as AccessUnit::data has it.
CodecParametersPtr parametersFromHvcC(ByteView hvcC);

/// Do pictures decode with `a` as with `b`? Sets that differ in nothing but the VPS, trailing bytes
/// or what the VUI says of display (aspect ratio, colours, buffering) do; another size, profile,
/// reordering depth or frame rate do not.
bool decodeAlike(const CodecParameters& a, const CodecParameters& b);

}  // namespace flux::h265
