// VPS, PPS, and codec parameters from all three sets or from an hvcC record (ISO/IEC 14496-15
// §8.3.3.1).
#include <array>
#include <cstdio>

#include "codec/bit_reader.h"
#include "codec/h265.h"
#include "codec/h265_profile.h"

namespace flux::h265 {
namespace {

constexpr size_t kMaxParameterSet = 65535;  // hvcC lengths are 16-bit
constexpr size_t kLengthSizeAt = 21;

/// How slices may be decoded beside each other; only told where the SPS bounds their segments.
uint8_t parallelismType(const Sps& sps, const Pps& pps) {
  if (sps.minSpatialSegmentation == 0) return 0;
  if (pps.tiles && pps.entropyCodingSync) return 0;
  if (pps.entropyCodingSync) return 3;
  return pps.tiles ? 2 : 1;
}

Bytes buildHvcC(const Sps& sps, const Pps& pps, const std::array<ByteView, 3>& sets) {
  const Profile& profile = sps.profile;
  ByteWriter out;
  out.u8(1);
  out.u8(static_cast<uint8_t>(profile.space << 6 | (profile.highTier ? 0x20 : 0) | profile.idc));
  out.u32(profile.compatibility).bytes(profile.constraints);
  out.u8(static_cast<uint8_t>(profile.levelIdc));
  out.u16(static_cast<uint16_t>(0xF000 | sps.minSpatialSegmentation));
  out.u8(static_cast<uint8_t>(0xFC | parallelismType(sps, pps)));
  out.u8(static_cast<uint8_t>(0xFC | sps.chromaFormatIdc));
  out.u8(static_cast<uint8_t>(0xF8 | (sps.bitDepthLuma - 8)));
  out.u8(static_cast<uint8_t>(0xF8 | (sps.bitDepthChroma - 8)));
  out.u16(0);  // avgFrameRate: unspecified, a camera's rate is what arrives
  out.u8(static_cast<uint8_t>(sps.subLayers << 3 | (sps.temporalIdNested ? 0x04 : 0) | 3));
  out.u8(static_cast<uint8_t>(sets.size()));
  for (const ByteView set : sets) {
    // array_completeness stays 0: cameras repeat their sets in band, and we pass them on untouched.
    out.u8(nalType(set)).u16(1).u16(static_cast<uint16_t>(set.size())).bytes(set);
  }
  return out.take();
}

/// ISO/IEC 14496-15 annex E.3: profile space and number, compatibility flags from the last to the
/// first, tier and level, and the constraint bytes without the zeros at their end.
std::string buildCodecString(const Profile& profile) {
  uint32_t reversed = 0;
  for (unsigned i = 0; i < 32; ++i) reversed |= (profile.compatibility >> i & 1U) << (31 - i);
  constexpr std::array<const char*, 4> kSpaces = {"", "A", "B", "C"};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "hvc1.%s%d.%X.%c%d",
                kSpaces.at(static_cast<size_t>(profile.space)), profile.idc, reversed,
                profile.highTier ? 'H' : 'L', profile.levelIdc);
  std::string out = text.data();
  size_t count = profile.constraints.size();
  while (count > 0 && profile.constraints.at(count - 1) == 0) --count;
  for (size_t i = 0; i < count; ++i) {
    std::snprintf(text.data(), text.size(), ".%X", profile.constraints.at(i));
    out += text.data();
  }
  return out;
}

std::shared_ptr<CodecParameters> build(ByteView vps, ByteView sps, ByteView pps) {
  vps = nal::withoutTrailingZeros(vps);
  sps = nal::withoutTrailingZeros(sps);
  pps = nal::withoutTrailingZeros(pps);
  if (vps.size() > kMaxParameterSet || sps.size() > kMaxParameterSet ||
      pps.size() > kMaxParameterSet) {
    return nullptr;
  }
  if (nalType(vps) != kNalVps || vps.size() <= kNalHeaderBytes) return nullptr;
  const auto sequence = parseSps(sps);
  const auto picture = parsePps(pps);
  if (!sequence || !picture) return nullptr;
  auto out = std::make_shared<CodecParameters>();
  out->codec = Codec::kH265;
  out->vps.assign(vps.begin(), vps.end());
  out->sps.assign(sps.begin(), sps.end());
  out->pps.assign(pps.begin(), pps.end());
  out->width = sequence->width;
  out->height = sequence->height;
  out->profileIdc = sequence->profile.idc;
  out->levelIdc = sequence->profile.levelIdc;
  out->reorderDepth = sequence->reorderDepth;
  out->frameRate = sequence->frameRate;
  if (out->frameRate == 0) {
    if (const auto video = parseVps(vps)) out->frameRate = video->frameRate;
  }
  out->decoderConfiguration = buildHvcC(*sequence, *picture, {vps, sps, pps});
  out->codecString = buildCodecString(sequence->profile);
  return out;
}

}  // namespace

bool startsPicture(ByteView nal) {
  return nal.size() > kNalHeaderBytes && isSlice(nalType(nal)) && layerId(nal) == 0 &&
         (nal[kNalHeaderBytes] & 0x80) != 0;
}

std::optional<Vps> parseVps(ByteView nal) {
  if (nalType(nal) != kNalVps || layerId(nal) != 0) return std::nullopt;
  const Bytes rbsp = nal::unescape(nal.subspan(kNalHeaderBytes));
  BitReader reader(rbsp);
  reader.skip(12);
  const uint32_t subLayers = reader.bits(3) + 1;
  if (subLayers > kMaxSubLayers) return std::nullopt;
  Vps vps;
  vps.subLayers = static_cast<int>(subLayers);
  reader.skip(17);
  readProfile(reader, subLayers);
  for (uint32_t i = reader.flag() ? 0 : subLayers - 1; i < subLayers; ++i) {
    for (int field = 0; field < 3; ++field) reader.ue();
  }
  const uint32_t maxLayerId = reader.bits(6);
  const uint32_t layerSets = reader.ue();
  if (!reader.ok() || layerSets > 1023) return std::nullopt;
  reader.skip(layerSets * (maxLayerId + 1));
  if (reader.flag()) vps.frameRate = readFrameRate(reader);
  if (!reader.ok()) return std::nullopt;
  return vps;
}

std::optional<Pps> parsePps(ByteView nal) {
  if (nalType(nal) != kNalPps || layerId(nal) != 0) return std::nullopt;
  const Bytes rbsp = nal::unescape(nal.subspan(kNalHeaderBytes));
  BitReader reader(rbsp);
  const uint32_t id = reader.ue();
  const uint32_t spsId = reader.ue();
  if (id > 63 || spsId > 15) return std::nullopt;
  Pps pps;
  pps.id = static_cast<int>(id);
  pps.spsId = static_cast<int>(spsId);
  pps.dependentSlices = reader.flag();
  pps.outputFlag = reader.flag();
  pps.extraSliceHeaderBits = static_cast<int>(reader.bits(3));
  reader.skip(2);
  reader.ue();
  reader.ue();
  reader.se();
  reader.skip(2);
  if (reader.flag()) reader.ue();  // cu_qp_delta
  reader.se();
  reader.se();
  reader.skip(4);
  pps.tiles = reader.flag();
  pps.entropyCodingSync = reader.flag();
  // What follows (tiles, deblocking, scaling lists, extensions) matters to a decoder only.
  if (!reader.ok()) return std::nullopt;
  return pps;
}

CodecParametersPtr makeParameters(ByteView vps, ByteView sps, ByteView pps) {
  return build(vps, sps, pps);
}

CodecParametersPtr parametersFromHvcC(ByteView hvcC) try {
  ByteReader reader(hvcC);
  if (reader.u8() != 1) return nullptr;
  reader.skip(kLengthSizeAt);
  std::array<ByteView, 3> sets;  // the first of each kind
  const int arrays = reader.u8();
  for (int i = 0; i < arrays; ++i) {
    reader.skip(1);
    const int count = reader.u16();
    for (int j = 0; j < count; ++j) {
      const ByteView set = reader.bytes(reader.u16());
      const uint8_t type = nalType(set);
      if (type < kNalVps || type > kNalPps || layerId(set) != 0) continue;
      ByteView& kept = sets.at(type - kNalVps);
      if (kept.empty()) kept = set;
    }
  }
  auto out = build(sets[0], sets[1], sets[2]);
  if (!out) return nullptr;
  out->decoderConfiguration.assign(hvcC.begin(), hvcC.end());
  out->decoderConfiguration[kLengthSizeAt] |= 3;
  return out;
} catch (const Error&) {
  return nullptr;  // truncated
}

}  // namespace flux::h265
