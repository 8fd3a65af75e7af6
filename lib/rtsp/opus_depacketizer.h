// Opus in RTP (RFC 7587): one packet is one unit.
#pragma once

#include "rtsp/described_depacketizer.h"

namespace flux::rtsp {

class OpusDepacketizer final : public DescribedDepacketizer {
 public:
  using DescribedDepacketizer::DescribedDepacketizer;

  void push(const RtpPacket& packet, const Times& times) override;
};

}  // namespace flux::rtsp
