// RTP payloads to H.265 access units (RFC 7798: single NAL unit, AP, FU; PACI is looked through).
#pragma once

#include <array>
#include <optional>

#include "rtsp/nal_depacketizer.h"

namespace flux::rtsp {

/// Where SDP announces decoding order numbers (sprop-max-don-diff above 0) they are read, and units
/// that come in decoding order, as cameras send them, are taken. One that comes out of order is
/// counted as malformed and costs its access unit: nothing is put back in order.
class H265Depacketizer final : public NalDepacketizer {
 public:
  using NalDepacketizer::NalDepacketizer;

  void begin(const Track& track) override;

 private:
  using Header = std::array<uint8_t, 2>;

  void unpack(ByteView payload) override;
  void unpackPaci(const Header& header, ByteView rest);
  void unpackOne(const Header& header, ByteView rest);
  void unpackSingle(const Header& header, ByteView rest);
  void unpackAggregate(ByteView rest);
  void unpackFragment(const Header& header, ByteView rest);
  bool takeOrderNumber(ByteView& rest);
  bool advanceTo(uint16_t orderNumber);

  [[nodiscard]] Traits traits(ByteView nal) const override;
  [[nodiscard]] size_t headerBytes() const override { return 2; }
  [[nodiscard]] bool needsVps() const override { return true; }
  [[nodiscard]] CodecParametersPtr makeParameters(ByteView vps, ByteView sps,
                                                  ByteView pps) const override;
  [[nodiscard]] bool decodeAlike(const CodecParameters& a, const CodecParameters& b) const override;

  bool orderNumbers_ = false;  ///< DONL and DOND fields are there
  std::optional<uint16_t> lastOrderNumber_;
};

}  // namespace flux::rtsp
