// RTP payloads to H.264 access units (RFC 6184: single NAL unit, STAP-A, FU-A).
#pragma once

#include <cstdint>
#include <optional>

#include "rtsp/depacketizer.h"

namespace flux::rtsp {

/// A unit is complete at the marker bit, where it holds a slice, or when the timestamp changes. One
/// that lost a packet is dropped, and the next delivered says so (AccessUnit::discontinuity). Units
/// before the first valid SPS and PPS, from SDP or in band, are dropped.
class H264Depacketizer final : public Depacketizer {
 public:
  using Depacketizer::Depacketizer;

  void begin(const Track& track) override;
  void onLoss() override;
  void onRestart() override;
  void push(const RtpPacket& packet, const Times& times) override;

 private:
  void pushPayload(ByteView payload);
  void pushSingle(ByteView payload);
  void pushAggregate(ByteView payload);
  void pushFragment(ByteView payload);
  void malformed();

  void beginNal(uint8_t header);
  void append(ByteView bytes);
  void endNal();
  void splitStartCodes(size_t at);
  void noteSlice(ByteView nal);
  void noteParameterSet(ByteView nal);
  void updateParameters();

  void breakUnit();
  void closeUnit();
  void clearUnit();

  uint32_t clockRate_ = 90000;
  CodecParametersPtr parameters_;
  Bytes sps_;  ///< the latest seen, valid or not
  Bytes pps_;
  bool parametersKnown_ = false;  ///< parameters_ is of this stream, not of the one before
  bool parametersChanged_ = false;
  bool spsChanged_ = false;  ///< so a PPS with another id replaces the known one

  // The unit being put together.
  Bytes unit_;
  bool open_ = false;
  bool broken_ = false;
  bool hasSlice_ = false;
  bool keyFrame_ = false;
  bool spsSeen_ = false;
  bool headInDoubt_ =
      false;  ///< packets were lost before its first: its first slice must prove itself
  uint32_t timestamp_ = 0;
  Times times_;
  std::optional<size_t> nalAt_;  ///< offset of the open NAL unit's length prefix
  bool inFragment_ = false;

  bool discontinuity_ = false;
  bool everDelivered_ = false;
  size_t lastKeySize_ = 0;
  size_t lastDeltaSize_ = 0;
};

}  // namespace flux::rtsp
