// RTCP (RFC 3550 §6): what the client reads of a camera's reports, and the report it sends itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace flux::rtsp {

struct SenderReport {
  uint32_t ssrc = 0;
  uint64_t ntpTime = 0;  ///< seconds since 1900 in the upper 32 bits
  uint32_t rtpTimestamp = 0;
  uint32_t packetCount = 0;
  uint32_t octetCount = 0;
};

struct ReportBlock {
  uint32_t ssrc = 0;            ///< the source reported on
  uint8_t fractionLost = 0;     ///< in 1/256, since the previous report
  uint32_t cumulativeLost = 0;  ///< 24 bits, since the first packet
  uint32_t highestSequence = 0;
  uint32_t jitter = 0;            ///< in timestamp ticks
  uint32_t lastSenderReport = 0;  ///< the middle 32 bits of its NTP time; 0: none came yet
  uint32_t delaySinceLast = 0;    ///< in 1/65536 s
};

/// What a compound packet held.
struct RtcpSummary {
  std::optional<SenderReport> senderReport;
  uint32_t receiverReports = 0;  ///< RR packets
  std::optional<uint32_t> bye;   ///< the first source that left
};

/// Empty where a length leads outside the packet or a version is not 2. Packet types it does not
/// know are passed over.
std::optional<RtcpSummary> parseRtcp(ByteView compound);

/// RR (with one block, or empty) and SDES CNAME in one compound packet. `cname` of at most 255
/// bytes.
Bytes buildReceiverReport(uint32_t ssrc, const std::optional<ReportBlock>& block,
                          std::string_view cname);

}  // namespace flux::rtsp
