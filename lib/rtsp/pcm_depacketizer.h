// Samples in RTP: PCMU, PCMA and L16 (RFC 3551 §4.5.14, §4.5.11). One packet is one unit.
#pragma once

#include "rtsp/described_depacketizer.h"

namespace flux::rtsp {

/// L16 comes out big-endian, whatever the camera sends (Track::Packing::kLittleEndian).
class PcmDepacketizer final : public DescribedDepacketizer {
 public:
  using DescribedDepacketizer::DescribedDepacketizer;

  void begin(const Track& track) override;
  void push(const RtpPacket& packet, const Times& times) override;

 private:
  size_t sampleBytes_ = 1;  ///< of one channel
  size_t frameBytes_ = 1;   ///< of all channels
  bool swap_ = false;
};

}  // namespace flux::rtsp
