// ONVIF metadata in RTP (ONVIF Streaming Specification §5.1.2.1.1): XML documents in pieces.
#pragma once

#include "rtsp/described_depacketizer.h"

namespace flux::rtsp {

/// A document ends at the marker bit. One that lost a packet, grew too large or is no XML is
/// dropped. Where the timestamp changes without a marker, what was collected is a document if it
/// ends like one.
class MetadataDepacketizer final : public DescribedDepacketizer {
 public:
  using DescribedDepacketizer::DescribedDepacketizer;

  void begin(const Track& track) override;
  void onLoss() override;
  void onRestart() override;
  void push(const RtpPacket& packet, const Times& times) override;

 private:
  void append(const RtpPacket& packet, const Times& times);
  void close();
  void reset();

  Bytes document_;
  bool open_ = false;
  bool broken_ = false;       ///< the open document is to be dropped
  bool headInDoubt_ = false;  ///< packets were lost: what comes next may be a document's middle
  uint32_t timestamp_ = 0;
  Times times_;
};

}  // namespace flux::rtsp
