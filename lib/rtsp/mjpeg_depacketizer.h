// JPEG in RTP (RFC 2435) to whole images.
#pragma once

#include <array>
#include <cstdint>

#include "codec/jpeg.h"
#include "rtsp/depacketizer.h"

namespace flux::rtsp {

/// An image is complete at the marker bit. One that lost a packet, or whose pieces do not follow
/// each other, is dropped, and the next says so (AccessUnit::discontinuity). Sizes that the RTP
/// header cannot hold (0: more than 2040 pixels) are taken from SDP; without them images are
/// dropped.
class MjpegDepacketizer final : public Depacketizer {
 public:
  using Depacketizer::Depacketizer;

  void begin(const Track& track) override;
  void onLoss() override;
  void onRestart() override;
  void push(const RtpPacket& packet, const Times& times) override;

 private:
  /// The header of every payload (RFC 2435 §3.1), with the restart marker header (§3.1.7).
  struct PayloadHeader {
    uint32_t offset = 0;
    uint8_t type = 0;
    uint8_t q = 0;
    int width = 0;
    int height = 0;
    uint16_t restartInterval = 0;
  };

  bool readHeader(ByteReader& reader, PayloadHeader& header) const;
  void append(const PayloadHeader& header, ByteReader& reader);
  /// Writes the image's headers; false where they cannot be made.
  bool openImage(const PayloadHeader& header, ByteReader& reader);
  const jpeg::QuantizationTables* findTables(uint8_t q, ByteReader& reader);
  void breakImage();
  void malformed();
  void close();
  void clear();

  uint32_t clockRate_ = 90000;
  int describedWidth_ = 0;
  int describedHeight_ = 0;
  CodecParametersPtr parameters_;

  /// By Q: computed up to 127, above as last sent in band.
  std::array<jpeg::QuantizationTables, 256> tables_;

  Bytes image_;
  size_t scanAt_ = 0;  ///< bytes of headers in image_
  size_t lastSize_ = 0;
  bool open_ = false;
  bool broken_ = false;
  bool headInDoubt_ = false;  ///< packets were lost: an image may begin in its middle
  uint32_t timestamp_ = 0;
  Times times_;
  bool discontinuity_ = false;
  bool everDelivered_ = false;
};

}  // namespace flux::rtsp
