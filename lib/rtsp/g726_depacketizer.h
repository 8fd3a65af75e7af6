// G.726 in RTP (RFC 3551 §4.5.4) in both packings that cameras use. One packet is one unit.
#pragma once

#include "rtsp/described_depacketizer.h"

namespace flux::rtsp {

/// Code words come out with the first in the low bits, as RFC 3551 packs them; those of AAL2-G726
/// (first in the high bits) are packed anew.
class G726Depacketizer final : public DescribedDepacketizer {
 public:
  using DescribedDepacketizer::DescribedDepacketizer;

  void begin(const Track& track) override;
  void push(const RtpPacket& packet, const Times& times) override;

 private:
  unsigned bits_ = 4;  ///< per code word
  bool aal2_ = false;
};

}  // namespace flux::rtsp
