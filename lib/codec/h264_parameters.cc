// Codec parameters from SPS and PPS or from an avcC record (ISO/IEC 14496-15 §5.3.3.1).
#include <array>
#include <cstdio>

#include "codec/h264.h"

namespace flux::h264 {
namespace {

constexpr size_t kMaxParameterSet = 65535;  // avcC lengths are 16-bit

/// The record grew its chroma and bit depth fields with the High profiles.
bool hasExtension(int profileIdc) {
  return profileIdc != 66 && profileIdc != 77 && profileIdc != 88;
}

Bytes buildAvcC(const Sps& sps, ByteView spsNal, ByteView ppsNal) {
  ByteWriter out;
  out.u8(1).bytes(spsNal.subspan(1, 3));
  out.u8(0xFC | 3);  // 4-byte lengths
  out.u8(0xE0 | 1).u16(static_cast<uint16_t>(spsNal.size())).bytes(spsNal);
  out.u8(1).u16(static_cast<uint16_t>(ppsNal.size())).bytes(ppsNal);
  if (hasExtension(sps.profileIdc)) {
    out.u8(static_cast<uint8_t>(0xFC | sps.chromaFormatIdc));
    out.u8(static_cast<uint8_t>(0xF8 | (sps.bitDepthLuma - 8)));
    out.u8(static_cast<uint8_t>(0xF8 | (sps.bitDepthChroma - 8)));
    out.u8(0);
  }
  return out.take();
}

/// RFC 6381 §3.3: profile, constraint flags and level in hexadecimal.
std::string buildCodecString(ByteView sps) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "avc1.%02X%02X%02X", sps[1], sps[2], sps[3]);
  return text.data();
}

std::shared_ptr<CodecParameters> build(ByteView sps, ByteView pps) {
  sps = nal::withoutTrailingZeros(sps);
  pps = nal::withoutTrailingZeros(pps);
  if (sps.size() > kMaxParameterSet || pps.size() > kMaxParameterSet) return nullptr;
  if (nalType(pps) != kNalPps || pps.size() < 2) return nullptr;
  const auto parsed = parseSps(sps);
  if (!parsed) return nullptr;
  auto out = std::make_shared<CodecParameters>();
  out->sps.assign(sps.begin(), sps.end());
  out->pps.assign(pps.begin(), pps.end());
  out->width = parsed->width;
  out->height = parsed->height;
  out->profileIdc = parsed->profileIdc;
  out->levelIdc = parsed->levelIdc;
  out->reorderDepth = parsed->reorderDepth;
  out->frameRate = parsed->frameRate;
  out->decoderConfiguration = buildAvcC(*parsed, sps, pps);
  out->codecString = buildCodecString(sps);
  return out;
}

}  // namespace

CodecParametersPtr makeParameters(ByteView sps, ByteView pps) {
  return build(sps, pps);
}

CodecParametersPtr parametersFromAvcC(ByteView avcC) try {
  ByteReader reader(avcC);
  if (reader.u8() != 1) return nullptr;
  reader.skip(4);
  const auto readSets = [&reader](int count) {
    ByteView first;
    for (int i = 0; i < count; ++i) {
      const ByteView set = reader.bytes(reader.u16());
      if (i == 0) first = set;
    }
    return first;
  };
  const ByteView sps = readSets(reader.u8() & 0x1F);
  const ByteView pps = readSets(reader.u8());
  auto out = build(sps, pps);
  if (!out) return nullptr;
  out->decoderConfiguration.assign(avcC.begin(), avcC.end());
  out->decoderConfiguration[4] = 0xFC | 3;
  return out;
} catch (const Error&) {
  return nullptr;  // truncated
}

}  // namespace flux::h264
