// RTP payloads to H.264 access units (RFC 6184: single NAL unit, STAP-A, FU-A).
#pragma once

#include "rtsp/nal_depacketizer.h"

namespace flux::rtsp {

/// The payloads of the interleaved mode (STAP-B, MTAP16, MTAP24, FU-B), which no camera uses, are
/// counted as malformed and cost their access unit.
class H264Depacketizer final : public NalDepacketizer {
 public:
  using NalDepacketizer::NalDepacketizer;

 private:
  void unpack(ByteView payload) override;
  void unpackAggregate(ByteView rest);
  void unpackFragment(ByteView payload);

  [[nodiscard]] Traits traits(ByteView nal) const override;
  [[nodiscard]] size_t headerBytes() const override { return 1; }
  [[nodiscard]] bool needsVps() const override { return false; }
  [[nodiscard]] CodecParametersPtr makeParameters(ByteView vps, ByteView sps,
                                                  ByteView pps) const override;
  [[nodiscard]] bool decodeAlike(const CodecParameters& a, const CodecParameters& b) const override;
};

}  // namespace flux::rtsp
