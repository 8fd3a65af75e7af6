// AAC in RTP: MPEG4-GENERIC (RFC 3640) and MP4A-LATM (RFC 6416) to access units.
#pragma once

#include <cstdint>
#include <vector>

#include "rtsp/described_depacketizer.h"

namespace flux::rtsp {

/// Packets hold several access units, each a frame length later than the one before, or a piece of
/// one. Interleaving (RFC 3640 §3.2.3.2), which no camera uses, is not undone: units come out in
/// the order of their packets.
class AacDepacketizer final : public DescribedDepacketizer {
 public:
  using DescribedDepacketizer::DescribedDepacketizer;

  void begin(const Track& track) override;
  void onLoss() override;
  void onRestart() override;
  void push(const RtpPacket& packet, const Times& times) override;

 private:
  /// The fields of an AU header (RFC 3640 §3.2.1.1), in bits.
  struct AuHeader {
    unsigned size = 13;
    unsigned index = 3;
    unsigned indexDelta = 3;
    unsigned ctsDelta = 0;
    unsigned dtsDelta = 0;
    unsigned randomAccess = 0;
    unsigned streamState = 0;
    unsigned auxiliarySize = 0;
    size_t constantSize = 0;  ///< bytes of every unit, where headers do not tell

    /// Bits of the shortest: the flags of CTS and DTS, but not what they announce.
    [[nodiscard]] size_t least(bool first) const {
      return size + (first ? index : indexDelta) + (ctsDelta != 0 ? 1 : 0) +
             (dtsDelta != 0 ? 1 : 0) + randomAccess + streamState;
    }
  };
  static AuHeader readFormat(const Track& track);

  void pushGeneric(const RtpPacket& packet, const Times& times);
  /// Bytes of each unit, from `bits` of headers; false where they are broken.
  bool readHeaders(ByteView section, size_t bits, std::vector<size_t>& sizes) const;
  /// Cuts the AU header section and the auxiliary section off; false where they are broken.
  bool cutSections(ByteView& payload, std::vector<size_t>& sizes) const;
  void pushFragment(ByteView piece, size_t whole, const RtpPacket& packet, const Times& times);
  void pushLatm(const RtpPacket& packet, const Times& times);
  /// False where their lengths do not fill them. Hands the units on unless `times` is null.
  bool readElements(ByteView elements, const Times* times);
  void emitUnit(ByteView unit, size_t position, const Times& times);
  void dropPartial();

  AuHeader header_;
  bool latm_ = false;
  int subFrames_ = 1;         ///< LATM: units in each audioMuxElement
  int64_t unitDuration_ = 0;  ///< ticks

  // A unit (LATM: audioMuxElement) that came in part.
  Bytes partial_;
  size_t partialSize_ = 0;  ///< that it will have; 0 for LATM, which does not tell
  uint32_t partialTimestamp_ = 0;
  bool open_ = false;
  bool headInDoubt_ = false;  ///< packets were lost: a piece may be a middle one
};

}  // namespace flux::rtsp
