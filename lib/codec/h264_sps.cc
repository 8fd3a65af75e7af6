// The sequence parameter set: picture size, profile, reordering and timing.
#include <algorithm>
#include <array>

#include "codec/bit_reader.h"
#include "codec/h264.h"
#include "codec/h264_sps_layout.h"

namespace flux::h264 {
namespace {

constexpr int kMaxDimension = 16384;
constexpr int kMaxDpbFrames = 16;
/// Above it the VUI's time scale is no statement about pictures (some cameras put 90000 / 1 there).
constexpr double kMaxPlausibleFrameRate = 1000;

bool hasChromaFields(uint32_t profile) {
  constexpr std::array<uint32_t, 13> kProfiles = {100, 110, 122, 244, 44,  83, 86,
                                                  118, 128, 138, 139, 134, 135};
  return std::find(kProfiles.begin(), kProfiles.end(), profile) != kProfiles.end();
}

void skipScalingList(BitReader& reader, int size) {
  int last = 8;
  int next = 8;
  for (int i = 0; i < size && reader.ok(); ++i) {
    if (next != 0) next = (last + reader.se() % 256 + 256) % 256;
    if (next != 0) last = next;
  }
}

void skipScalingMatrix(BitReader& reader, int lists) {
  for (int i = 0; i < lists && reader.ok(); ++i) {
    if (reader.flag()) skipScalingList(reader, i < 6 ? 16 : 64);
  }
}

/// hrd_parameters(), Annex E.1.2.
bool skipHrd(BitReader& reader) {
  const uint32_t count = reader.ue() + 1;
  if (count > 32) return false;
  reader.skip(8);
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  reader.skip(20);
  return reader.ok();
}

/// bitstream_restriction_flag and what follows it. False where it is damaged.
bool parseRestriction(BitReader& reader, Sps& sps, SpsLayout& layout) {
  layout.restrictionFlag = reader.position();
  if (!reader.flag()) return reader.ok();
  reader.skip(1);
  for (int i = 0; i < 4; ++i) reader.ue();
  layout.reordering = reader.position();
  const uint32_t reorderFrames = reader.ue();
  if (!reader.ok() || reorderFrames > kMaxDpbFrames) return false;
  sps.reorderDepth = static_cast<int>(reorderFrames);
  sps.reorderDepthTold = true;
  const uint32_t bufferedFrames = reader.ue();
  if (!reader.ok() || bufferedFrames > kMaxDpbFrames) return false;
  sps.maxBufferedFrames = static_cast<int>(bufferedFrames);
  return true;
}

/// vui_parameters(), Annex E.1.1. What was read before a damaged field stands; false where there is
/// one.
bool parseVui(BitReader& reader, Sps& sps, SpsLayout& layout) {
  constexpr uint32_t kExtendedSar = 255;
  if (reader.flag() && reader.bits(8) == kExtendedSar) reader.skip(32);
  if (reader.flag()) reader.skip(1);  // overscan
  if (reader.flag()) {                // video signal type
    reader.skip(4);
    if (reader.flag()) reader.skip(24);
  }
  if (reader.flag()) {  // chroma location
    reader.ue();
    reader.ue();
  }
  if (reader.flag()) {
    const uint32_t unitsInTick = reader.bits(32);
    const uint32_t timeScale = reader.bits(32);
    reader.skip(1);
    if (reader.ok() && unitsInTick != 0) {
      const double rate = static_cast<double>(timeScale) / (2.0 * unitsInTick);
      if (rate <= kMaxPlausibleFrameRate) sps.frameRate = rate;
    }
  }
  const bool nalHrd = reader.flag();
  if (nalHrd && !skipHrd(reader)) return false;
  const bool vclHrd = reader.flag();
  if (vclHrd && !skipHrd(reader)) return false;
  if (nalHrd || vclHrd) reader.skip(1);
  reader.skip(1);  // pic_struct_present_flag
  return reader.ok() && parseRestriction(reader, sps, layout);
}

/// MaxDpbMbs, table A-1.
uint32_t maxDpbMacroblocks(int level) {
  struct Row {
    int level;
    uint32_t macroblocks;
  };
  constexpr std::array<Row, 12> kRows = {{{10, 396},
                                          {11, 900},
                                          {20, 2376},
                                          {21, 4752},
                                          {30, 8100},
                                          {31, 18000},
                                          {32, 20480},
                                          {41, 32768},
                                          {42, 34816},
                                          {50, 110400},
                                          {52, 184320},
                                          {62, 696320}}};
  for (const Row& row : kRows) {
    if (level <= row.level) return row.macroblocks;
  }
  return kRows.back().macroblocks;
}

/// max_num_reorder_frames where the VUI is silent (E.2.1): none in the profiles and modes that
/// cannot reorder, else as many frames as the level's picture buffer holds.
int inferReorderDepth(const Sps& sps, uint32_t pocType, uint32_t frameMacroblocks) {
  constexpr int kConstraintSet3 = 0x10;
  const bool intraProfile =
      (sps.constraintFlags & kConstraintSet3) != 0 &&
      (sps.profileIdc == 44 || sps.profileIdc == 86 || sps.profileIdc == 100 ||
       sps.profileIdc == 110 || sps.profileIdc == 122 || sps.profileIdc == 244);
  constexpr int kBaseline = 66;
  if (sps.profileIdc == kBaseline || intraProfile || pocType == 2 || sps.maxRefFrames == 0) {
    return 0;
  }
  const auto frames = static_cast<int>(maxDpbMacroblocks(sps.levelIdc) / frameMacroblocks);
  return std::min(frames, kMaxDpbFrames);
}

/// Reads what follows the profile and level up to the picture order count type; false where a value
/// is outside its range.
bool parseChroma(BitReader& reader, Sps& sps) {
  const uint32_t format = reader.ue();
  if (format > 3) return false;
  sps.chromaFormatIdc = static_cast<int>(format);
  if (format == 3) sps.separatePlanes = reader.flag();
  const uint32_t luma = reader.ue();
  const uint32_t chroma = reader.ue();
  if (luma > 6 || chroma > 6) return false;
  sps.bitDepthLuma = static_cast<int>(8 + luma);
  sps.bitDepthChroma = static_cast<int>(8 + chroma);
  reader.skip(1);
  if (reader.flag()) skipScalingMatrix(reader, format == 3 ? 12 : 8);
  return reader.ok();
}

bool skipPictureOrderCount(BitReader& reader, uint32_t type) {
  if (type == 0) return reader.ue() <= 12;
  if (type == 1) {
    reader.skip(1);
    reader.se();
    reader.se();
    const uint32_t cycle = reader.ue();
    if (cycle > 255) return false;
    for (uint32_t i = 0; i < cycle && reader.ok(); ++i) reader.se();
  }
  return type <= 2;
}

}  // namespace

std::optional<Sps> parseSps(ByteView nal, SpsLayout& layout) {
  if (nalType(nal) != kNalSps || nal.size() < 4) return std::nullopt;
  const Bytes rbsp = unescape(nal.subspan(1));
  BitReader reader(rbsp);
  Sps sps;
  sps.profileIdc = static_cast<int>(reader.bits(8));
  sps.constraintFlags = static_cast<int>(reader.bits(8));
  sps.levelIdc = static_cast<int>(reader.bits(8));
  if (reader.ue() > 31) return std::nullopt;
  if (hasChromaFields(static_cast<uint32_t>(sps.profileIdc)) && !parseChroma(reader, sps)) {
    return std::nullopt;
  }
  const uint32_t frameNumBits = reader.ue();
  if (frameNumBits > 12) return std::nullopt;
  sps.frameNumBits = frameNumBits + 4;
  const uint32_t pocType = reader.ue();
  if (!skipPictureOrderCount(reader, pocType)) return std::nullopt;
  const uint32_t refFrames = reader.ue();
  if (refFrames > kMaxDpbFrames) return std::nullopt;
  sps.maxRefFrames = static_cast<int>(refFrames);
  sps.gapsAllowed = reader.flag();
  const uint64_t widthMbs = uint64_t{reader.ue()} + 1;
  const uint64_t heightUnits = uint64_t{reader.ue()} + 1;
  sps.framesOnly = reader.flag();
  const uint64_t heightMbs = heightUnits * (sps.framesOnly ? 1 : 2);
  if (!reader.ok() || widthMbs * 16 > kMaxDimension || heightMbs * 16 > kMaxDimension) {
    return std::nullopt;
  }
  if (!sps.framesOnly) reader.skip(1);
  reader.skip(1);

  uint64_t cropX = 0;
  uint64_t cropY = 0;
  if (reader.flag()) {
    // Table 6-1 and equations 7-19 to 7-22; separately coded planes count as monochrome.
    const bool subsampled = !sps.separatePlanes && sps.chromaFormatIdc != 0;
    const uint64_t unitX = subsampled && sps.chromaFormatIdc != 3 ? 2 : 1;
    const uint64_t unitY =
        (subsampled && sps.chromaFormatIdc == 1 ? uint64_t{2} : 1) * (sps.framesOnly ? 1 : 2);
    cropX = uint64_t{reader.ue()} * unitX;
    cropX += uint64_t{reader.ue()} * unitX;
    cropY = uint64_t{reader.ue()} * unitY;
    cropY += uint64_t{reader.ue()} * unitY;
  }
  layout.vuiFlag = reader.position();
  layout.hasVui = reader.flag();
  if (!reader.ok() || cropX >= widthMbs * 16 || cropY >= heightMbs * 16) return std::nullopt;
  sps.width = static_cast<int>(widthMbs * 16 - cropX);
  sps.height = static_cast<int>(heightMbs * 16 - cropY);

  layout.whole = !layout.hasVui || parseVui(reader, sps, layout);
  if (!sps.reorderDepthTold) {
    sps.reorderDepth = inferReorderDepth(sps, pocType, static_cast<uint32_t>(widthMbs * heightMbs));
  }
  return sps;
}

std::optional<Sps> parseSps(ByteView nal) {
  SpsLayout layout;
  return parseSps(nal, layout);
}

bool startsPicture(ByteView nal) {
  const uint8_t type = nalType(nal);
  if (type != kNalSlice && type != kNalPartitionA && type != kNalIdr) return false;
  // first_mb_in_slice is ue(v) right behind the header: the code of zero is a single 1 bit.
  return nal.size() > 1 && (nal[1] & 0x80) != 0;
}

bool decodeAlike(const CodecParameters& a, const CodecParameters& b) {
  if (a.pps != b.pps) return false;
  if (a.sps == b.sps) return true;
  SpsLayout first;
  SpsLayout second;
  const auto one = parseSps(a.sps, first);
  const auto other = parseSps(b.sps, second);
  if (!one || !other || first.vuiFlag != second.vuiFlag ||
      one->reorderDepth != other->reorderDepth || one->frameRate != other->frameRate) {
    return false;
  }
  return sameBits(nal::unescape(ByteView(a.sps).subspan(1)),
                  nal::unescape(ByteView(b.sps).subspan(1)), first.vuiFlag);
}

}  // namespace flux::h264
