// What RTP payloads of H.264 (RFC 6184, packetization-mode 1) and H.265 (RFC 7798, without decoding
// order numbers) differ in, for who sends them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "codec/codec_parameters.h"

namespace flux::rtsp {

/// Without state; each codec has one. NAL units given to it hold a whole header.
class PayloadFormat {
 public:
  /// Throws ERR_INVALID_ARGUMENT for other codecs.
  static const PayloadFormat& of(Codec codec);

  PayloadFormat(const PayloadFormat&) = delete;
  PayloadFormat& operator=(const PayloadFormat&) = delete;

  [[nodiscard]] virtual size_t nalHeaderBytes() const = 0;
  [[nodiscard]] virtual bool isSlice(ByteView nal) const = 0;
  /// In front of at least two NAL units that share a packet, each behind its length of two bytes
  /// (STAP-A, AP); as long as the header of a NAL unit.
  [[nodiscard]] virtual Bytes aggregationHeader(const std::vector<ByteView>& nals) const = 0;
  /// In front of each part of `nal`, whose own header is left out (FU-A, FU). Its last byte lacks
  /// the bits that say which part is the first and which the last.
  [[nodiscard]] virtual Bytes fragmentHeader(ByteView nal) const = 0;

  /// Of the rtpmap of a session description.
  [[nodiscard]] virtual std::string encoding() const = 0;
  /// Of its fmtp.
  [[nodiscard]] virtual std::string formatParameters(const CodecParameters& parameters) const = 0;

 protected:
  PayloadFormat() = default;
  ~PayloadFormat() = default;
};

}  // namespace flux::rtsp
