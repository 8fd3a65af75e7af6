#include "rtsp/payload_format.h"

#include <algorithm>
#include <cctype>

#include "codec/h264.h"
#include "codec/h265.h"
#include "rtsp/h264_payload.h"
#include "rtsp/h265_payload.h"

namespace flux::rtsp {
namespace {

constexpr uint8_t kForbidden = 0x80;

/// RFC 4648 §8: in capitals.
std::string toBase16(ByteView bytes) {
  std::string out = toHex(bytes);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

class H264Format final : public PayloadFormat {
 public:
  [[nodiscard]] size_t nalHeaderBytes() const override { return 1; }

  [[nodiscard]] bool isSlice(ByteView nal) const override {
    const uint8_t type = h264::nalType(nal);
    return type >= h264::kNalSlice && type <= h264::kNalIdr;
  }

  /// §5.7.1: F is the OR, NRI the maximum over the aggregated units.
  [[nodiscard]] Bytes aggregationHeader(const std::vector<ByteView>& nals) const override {
    uint8_t forbidden = 0;
    uint8_t importance = 0;
    for (const ByteView nal : nals) {
      forbidden = static_cast<uint8_t>(forbidden | (nal[0] & kForbidden));
      importance = std::max<uint8_t>(importance, nal[0] & 0x60);
    }
    return {static_cast<uint8_t>(forbidden | importance | kStapA)};
  }

  /// §5.8: FU indicator and FU header.
  [[nodiscard]] Bytes fragmentHeader(ByteView nal) const override {
    return {static_cast<uint8_t>((nal[0] & 0xE0) | kFuA), h264::nalType(nal)};
  }

  [[nodiscard]] std::string encoding() const override { return "H264"; }

  [[nodiscard]] std::string formatParameters(const CodecParameters& parameters) const override {
    const ByteView sps = parameters.sps;
    const std::string profile = sps.size() >= 4 ? toBase16(sps.subspan(1, 3)) : std::string();
    return "packetization-mode=1;profile-level-id=" + profile +
           ";sprop-parameter-sets=" + toBase64(sps) + "," + toBase64(parameters.pps);
  }
};

class H265Format final : public PayloadFormat {
 public:
  [[nodiscard]] size_t nalHeaderBytes() const override { return h265::kNalHeaderBytes; }

  [[nodiscard]] bool isSlice(ByteView nal) const override {
    return h265::isSlice(h265::nalType(nal));
  }

  /// §4.4.2: F is the OR, LayerId and TID are the lowest of the aggregated units.
  [[nodiscard]] Bytes aggregationHeader(const std::vector<ByteView>& nals) const override {
    uint8_t forbidden = 0;
    uint8_t layer = 0x3F;
    uint8_t temporal = 7;
    for (const ByteView nal : nals) {
      forbidden = static_cast<uint8_t>(forbidden | (nal[0] & kForbidden));
      layer = std::min(layer, h265::layerId(nal));
      temporal = std::min<uint8_t>(temporal, nal[1] & 7);
    }
    return {static_cast<uint8_t>(forbidden | kAggregation265 << 1 | layer >> 5),
            static_cast<uint8_t>(layer << 3 | temporal)};
  }

  /// §4.4.3: payload header and FU header.
  [[nodiscard]] Bytes fragmentHeader(ByteView nal) const override {
    return {static_cast<uint8_t>((nal[0] & 0x81) | kFragmentation265 << 1), nal[1],
            h265::nalType(nal)};
  }

  [[nodiscard]] std::string encoding() const override { return "H265"; }

  [[nodiscard]] std::string formatParameters(const CodecParameters& parameters) const override {
    std::string out;
    if (const auto sps = h265::parseSps(parameters.sps)) {
      const h265::Profile& profile = sps->profile;
      out = "profile-space=" + std::to_string(profile.space) +
            ";profile-id=" + std::to_string(profile.idc) +
            ";tier-flag=" + std::to_string(profile.highTier ? 1 : 0) +
            ";level-id=" + std::to_string(profile.levelIdc) +
            ";interop-constraints=" + toBase16(profile.constraints) + ";";
    }
    return out + "sprop-vps=" + toBase64(parameters.vps) +
           ";sprop-sps=" + toBase64(parameters.sps) + ";sprop-pps=" + toBase64(parameters.pps);
  }
};

}  // namespace

const PayloadFormat& PayloadFormat::of(Codec codec) {
  static const H264Format h264;
  static const H265Format h265;
  if (codec == Codec::kH264) return h264;
  if (codec == Codec::kH265) return h265;
  throw Error("ERR_INVALID_ARGUMENT", std::string(codecName(codec)) +
                                          " cannot be sent: convert the clip to H.264 or H.265");
}

}  // namespace flux::rtsp
