// Compound packets, read with bounds and written as RFC 3550 §6.1 wants them.
#include "rtsp/rtcp.h"

namespace flux::rtsp {
namespace {

constexpr uint8_t kVersionBits = 2 << 6;
constexpr uint8_t kSenderReport = 200;
constexpr uint8_t kReceiverReport = 201;
constexpr uint8_t kSourceDescription = 202;
constexpr uint8_t kBye = 203;
constexpr uint8_t kCname = 1;

void readPacket(uint8_t type, uint8_t count, ByteReader body, RtcpSummary& out) {
  if (type == kSenderReport) {
    SenderReport report;
    report.ssrc = body.u32();
    report.ntpTime = body.u64();
    report.rtpTimestamp = body.u32();
    report.packetCount = body.u32();
    report.octetCount = body.u32();
    out.senderReport = report;
  } else if (type == kReceiverReport) {
    ++out.receiverReports;
  } else if (type == kBye && count > 0 && !out.bye) {
    out.bye = body.u32();
  }
}

}  // namespace

std::optional<RtcpSummary> parseRtcp(ByteView compound) try {
  if (compound.empty()) return std::nullopt;
  RtcpSummary out;
  ByteReader reader(compound);
  while (reader.remaining() > 0) {
    const uint8_t first = reader.u8();
    if ((first & 0xC0) != kVersionBits) return std::nullopt;
    const uint8_t type = reader.u8();
    const size_t length = size_t{reader.u16()} * 4;
    readPacket(type, first & 0x1F, ByteReader(reader.bytes(length)), out);
  }
  return out;
} catch (const Error&) {
  return std::nullopt;  // truncated
}

Bytes buildReceiverReport(uint32_t ssrc, const std::optional<ReportBlock>& block,
                          std::string_view cname) {
  cname = cname.substr(0, 255);
  ByteWriter out;
  out.u8(static_cast<uint8_t>(kVersionBits | (block ? 1 : 0))).u8(kReceiverReport);
  out.u16(block ? 7 : 1).u32(ssrc);
  if (block) {
    out.u32(block->ssrc);
    out.u32(uint32_t{block->fractionLost} << 24 | (block->cumulativeLost & 0xFFFFFF));
    out.u32(block->highestSequence).u32(block->jitter);
    out.u32(block->lastSenderReport).u32(block->delaySinceLast);
  }
  // One chunk: source, CNAME item, and zeros up to the next word, at least one (§6.5).
  const size_t chunk = 4 + 2 + cname.size();
  const size_t padded = (chunk / 4 + 1) * 4;
  out.u8(kVersionBits | 1).u8(kSourceDescription).u16(static_cast<uint16_t>(padded / 4));
  out.u32(ssrc).u8(kCname).u8(static_cast<uint8_t>(cname.size())).bytes(asBytes(cname));
  for (size_t i = chunk; i < padded; ++i) out.u8(0);
  return out.take();
}

}  // namespace flux::rtsp
