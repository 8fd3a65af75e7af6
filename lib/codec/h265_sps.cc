// The sequence parameter set of H.265: picture size, profile, reordering and timing.
#include <algorithm>
#include <vector>

#include "codec/bit_reader.h"
#include "codec/h265.h"
#include "codec/h265_profile.h"
#include "codec/h265_references.h"

namespace flux::h265 {
namespace {

constexpr uint32_t kMaxDimension = 16384;
constexpr uint32_t kMaxReferenceSets = 64;

/// scaling_list_data(), §7.3.4.
void skipScalingLists(BitReader& reader) {
  for (unsigned size = 0; size < 4; ++size) {
    const unsigned step = size == 3 ? 3 : 1;
    for (unsigned matrix = 0; matrix < 6 && reader.ok(); matrix += step) {
      if (!reader.flag()) {
        reader.ue();  // copied from another list
        continue;
      }
      if (size > 1) reader.se();
      const unsigned coefficients = std::min(64U, 1U << (4 + 2 * size));
      for (unsigned i = 0; i < coefficients && reader.ok(); ++i) reader.se();
    }
  }
}

/// sub_layer_hrd_parameters(), §E.2.3.
void skipSubLayerHrd(BitReader& reader, uint32_t buffers, bool subPictures) {
  for (uint32_t i = 0; i < buffers && reader.ok(); ++i) {
    for (int field = 0; field < (subPictures ? 4 : 2); ++field) reader.ue();
    reader.skip(1);
  }
}

/// hrd_parameters(1, subLayers - 1), §E.2.2.
bool skipHrd(BitReader& reader, uint32_t subLayers) {
  const bool nalHrd = reader.flag();
  const bool vclHrd = reader.flag();
  bool subPictures = false;
  if (nalHrd || vclHrd) {
    subPictures = reader.flag();
    if (subPictures) reader.skip(19);
    reader.skip(8);
    if (subPictures) reader.skip(4);
    reader.skip(15);
  }
  for (uint32_t i = 0; i < subLayers && reader.ok(); ++i) {
    const bool fixedGeneral = reader.flag();
    const bool fixedWithin = fixedGeneral || reader.flag();
    bool lowDelay = false;
    if (fixedWithin) {
      reader.ue();
    } else {
      lowDelay = reader.flag();
    }
    const uint32_t buffers = lowDelay ? 1 : reader.ue() + 1;
    if (buffers == 0 || buffers > 32) return false;
    if (nalHrd) skipSubLayerHrd(reader, buffers, subPictures);
    if (vclHrd) skipSubLayerHrd(reader, buffers, subPictures);
  }
  return reader.ok();
}

/// vui_parameters(), §E.2.1. What was read before a damaged field stands; false where there is one.
bool readVui(BitReader& reader, Sps& sps) {
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
  reader.skip(3);
  if (reader.flag()) {  // default display window: for the player to apply, not for the decoder
    for (int i = 0; i < 4; ++i) reader.ue();
  }
  if (reader.flag()) {
    sps.frameRate = readFrameRate(reader);
    if (reader.flag()) reader.ue();
    if (reader.flag() && !skipHrd(reader, static_cast<uint32_t>(sps.subLayers))) return false;
  }
  if (reader.flag()) {
    reader.skip(3);
    const uint32_t segmentation = reader.ue();
    for (int i = 0; i < 4; ++i) reader.ue();
    if (!reader.ok() || segmentation > 4095) return false;
    sps.minSpatialSegmentation = static_cast<int>(segmentation);
  }
  return reader.ok();
}

/// Picture format and size; false where a value is outside its range.
bool readPicture(BitReader& reader, Sps& sps) {
  const uint32_t format = reader.ue();
  if (format > 3) return false;
  sps.chromaFormatIdc = static_cast<int>(format);
  sps.separatePlanes = format == 3 && reader.flag();
  const uint32_t width = reader.ue();
  const uint32_t height = reader.ue();
  if (!reader.ok() || width > kMaxDimension || height > kMaxDimension) return false;
  uint64_t cropX = 0;
  uint64_t cropY = 0;
  if (reader.flag()) {
    // Table 6-1 and equations D-28, D-29; separately coded planes count as monochrome.
    const bool subsampled = !sps.separatePlanes && format != 0;
    const uint64_t unitX = subsampled && format != 3 ? 2 : 1;
    const uint64_t unitY = subsampled && format == 1 ? 2 : 1;
    cropX = uint64_t{reader.ue()} * unitX;
    cropX += uint64_t{reader.ue()} * unitX;
    cropY = uint64_t{reader.ue()} * unitY;
    cropY += uint64_t{reader.ue()} * unitY;
  }
  const uint32_t luma = reader.ue();
  const uint32_t chroma = reader.ue();
  if (!reader.ok() || cropX >= width || cropY >= height || luma > 8 || chroma > 8) return false;
  sps.codedWidth = static_cast<int>(width);
  sps.codedHeight = static_cast<int>(height);
  sps.width = static_cast<int>(width - cropX);
  sps.height = static_cast<int>(height - cropY);
  sps.bitDepthLuma = static_cast<int>(8 + luma);
  sps.bitDepthChroma = static_cast<int>(8 + chroma);
  return true;
}

bool readOrdering(BitReader& reader, Sps& sps) {
  const auto subLayers = static_cast<uint32_t>(sps.subLayers);
  uint32_t reorder = 0;
  for (uint32_t i = reader.flag() ? 0 : subLayers - 1; i < subLayers; ++i) {
    reader.ue();
    reorder = reader.ue();
    reader.ue();
  }
  if (!reader.ok() || reorder > kMaxPictureBuffer) return false;
  sps.reorderDepth = static_cast<int>(reorder);
  return true;
}

/// Coding tools, of which the size of blocks is kept, and reference picture sets.
bool readTools(BitReader& reader, Sps& sps) {
  constexpr uint32_t kMaxLog2CtbSize = 6;
  const uint64_t log2CtbSize = uint64_t{3} + reader.ue() + reader.ue();
  if (reader.ok() && log2CtbSize <= kMaxLog2CtbSize) sps.ctbSize = 1 << log2CtbSize;
  for (int i = 0; i < 4; ++i) reader.ue();  // sizes and depths of transforms
  if (reader.flag() && reader.flag()) skipScalingLists(reader);
  reader.skip(2);
  if (reader.flag()) {  // PCM
    reader.skip(8);
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  const uint32_t count = reader.ue();
  if (!reader.ok() || count > kMaxReferenceSets) return false;
  std::vector<ReferenceSet> sets;
  sets.reserve(count);
  while (sets.size() < count) {
    auto set = readReferenceSet(reader, sets, false);
    if (!set) return false;
    sets.push_back(std::move(*set));
  }
  sps.longTerm = reader.flag();
  if (sps.longTerm) {
    const uint32_t longTerm = reader.ue();
    if (!reader.ok() || longTerm > kMaxLongTermPictures) return false;
    for (uint32_t i = 0; i < longTerm; ++i) {
      const uint32_t order = reader.bits(sps.pictureOrderBits);
      sps.longTermPictures.push_back({order, reader.flag()});
    }
  }
  if (!reader.ok()) return false;
  sps.referenceSets = std::move(sets);
  sps.referencesRead = true;
  reader.skip(2);
  return reader.ok();
}

/// Where the parts lie that do not matter to decoding, as bits of the RBSP.
struct Layout {
  size_t vuiBegin = 0;
  size_t vuiEnd = 0;
  bool whole = false;  ///< read to the end of the VUI without damage
};

std::optional<Sps> parse(ByteView nal, Layout& layout) {
  if (nalType(nal) != kNalSps || layerId(nal) != 0) return std::nullopt;
  const Bytes rbsp = nal::unescape(nal.subspan(kNalHeaderBytes));
  BitReader reader(rbsp);
  Sps sps;
  reader.skip(4);
  const uint32_t subLayers = reader.bits(3) + 1;
  if (subLayers > kMaxSubLayers) return std::nullopt;
  sps.subLayers = static_cast<int>(subLayers);
  sps.temporalIdNested = reader.flag();
  sps.profile = readProfile(reader, subLayers);
  const uint32_t id = reader.ue();
  if (id > 15) return std::nullopt;
  sps.id = static_cast<int>(id);
  if (!readPicture(reader, sps)) return std::nullopt;
  sps.pictureOrderBits = reader.ue() + 4;
  if (sps.pictureOrderBits > 16 || sps.pictureOrderBits < 4) return std::nullopt;
  if (!readOrdering(reader, sps)) return std::nullopt;

  if (!readTools(reader, sps)) return sps;
  const bool hasVui = reader.flag();
  layout.vuiBegin = reader.position();
  layout.whole = !hasVui || readVui(reader, sps);
  layout.vuiEnd = reader.position();
  return sps;
}

}  // namespace

std::optional<Sps> parseSps(ByteView nal) {
  Layout layout;
  return parse(nal, layout);
}

bool decodeAlike(const CodecParameters& a, const CodecParameters& b) {
  if (a.pps != b.pps || a.frameRate != b.frameRate) return false;
  if (a.sps == b.sps) return true;
  Layout first;
  Layout second;
  const auto one = parse(a.sps, first);
  const auto other = parse(b.sps, second);
  if (!one || !other || !first.whole || !second.whole || first.vuiBegin != second.vuiBegin) {
    return false;
  }
  const Bytes left = nal::unescape(ByteView(a.sps).subspan(kNalHeaderBytes));
  const Bytes right = nal::unescape(ByteView(b.sps).subspan(kNalHeaderBytes));
  // The bit before is vui_parameters_present_flag. Behind the VUI stand the extensions, which are
  // tools of decoding: only sets without any are told apart.
  const auto plain = [](const Bytes& rbsp, const Layout& layout) {
    BitReader reader(rbsp);
    reader.skip(static_cast<unsigned>(layout.vuiEnd));
    return !reader.flag() && reader.ok();
  };
  return plain(left, first) && plain(right, second) && sameBits(left, right, first.vuiBegin - 1);
}

}  // namespace flux::h265
