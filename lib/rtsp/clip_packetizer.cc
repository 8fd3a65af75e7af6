#include "rtsp/clip_packetizer.h"

#include <algorithm>
#include <string>

#include "codec/nal.h"

namespace flux::rtsp {
namespace {

constexpr size_t kInterleavedHeader = 4;
constexpr size_t kRtpHeader = 12;
constexpr uint8_t kMarker = 0x80;
constexpr uint8_t kFuStart = 0x80;
constexpr uint8_t kFuEnd = 0x40;

void putU16(uint8_t* out, size_t value) {
  out[0] = static_cast<uint8_t>(value >> 8);
  out[1] = static_cast<uint8_t>(value);
}

void putU32(uint8_t* out, uint32_t value) {
  putU16(out, value >> 16);
  putU16(out + 2, value & 0xFFFF);
}

void append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

PacketizedClip::PacketizedClip(ClipPtr clip) : clip_(std::move(clip)) {
  if (!clip_ || !clip_->parameters || clip_->units.empty() || clip_->duration90k <= 0) {
    throw Error("ERR_INVALID_ARGUMENT", "a simulated camera needs a clip with frames");
  }
  format_ = &PayloadFormat::of(clip_->parameters->codec);
  size_t bytes = 0;
  for (const Clip::Unit& unit : clip_->units) bytes += unit.data.size();
  wire_.reserve(bytes + bytes / 50 + clip_->units.size() * 32);
  for (const Clip::Unit& unit : clip_->units) {
    Frame frame;
    frame.firstPacket = offsets_.size();
    frame.pts90k = unit.pts90k;
    frame.dts90k = unit.dts90k;
    frame.keyFrame = unit.keyFrame;
    packetize(unit.data);
    frame.packetCount = offsets_.size() - frame.firstPacket;
    if (frame.packetCount == 0) {
      throw Error("ERR_INVALID_ARGUMENT",
                  "frame " + std::to_string(frames_.size()) + " of the clip is empty");
    }
    wire_[offsets_.back() + kInterleavedHeader + 1] |= kMarker;
    frames_.push_back(frame);
  }
  offsets_.push_back(wire_.size());
  const auto key =
      std::find_if(frames_.begin(), frames_.end(), [](const Frame& f) { return f.keyFrame; });
  if (key == frames_.end()) {
    throw Error("ERR_INVALID_ARGUMENT", "the clip of a simulated camera has no key frame");
  }
  firstKeyFrame_ = static_cast<size_t>(key - frames_.begin());
}

int64_t PacketizedClip::frameInterval90k() const noexcept {
  return std::max<int64_t>(1, clip_->duration90k / static_cast<int64_t>(frames_.size()));
}

ByteView PacketizedClip::stamp(size_t firstPacket, size_t count, const RtpStamp& stamp) {
  uint16_t sequence = stamp.sequence;
  for (size_t i = firstPacket; i < firstPacket + count; ++i, ++sequence) {
    uint8_t* packet = wire_.data() + offsets_[i];
    packet[1] = stamp.channel;
    uint8_t* rtp = packet + kInterleavedHeader;
    putU16(rtp + 2, sequence);
    putU32(rtp + 4, stamp.timestamp);
    putU32(rtp + 8, stamp.ssrc);
  }
  return ByteView(wire_).subspan(offsets_[firstPacket],
                                 offsets_[firstPacket + count] - offsets_[firstPacket]);
}

void PacketizedClip::packetize(ByteView accessUnit) {
  std::vector<ByteView> small;  // delimiter, parameter sets and SEI share a packet
  size_t smallBytes = 0;
  const auto flushSmall = [&] {
    if (!small.empty()) putAggregate(small);
    small.clear();
    smallBytes = 0;
  };
  const size_t limit = kMaxRtpPayload - format_->nalHeaderBytes();
  const bool whole = nal::forEachNal(accessUnit, [&](ByteView nal) {
    if (nal.size() < format_->nalHeaderBytes()) return;
    const size_t aggregated = 2 + nal.size();
    if (!format_->isSlice(nal) && aggregated <= limit) {
      if (smallBytes + aggregated > limit) flushSmall();
      small.push_back(nal);
      smallBytes += aggregated;
      return;
    }
    flushSmall();
    if (nal.size() > kMaxRtpPayload) {
      putFragments(nal);
      return;
    }
    beginPacket();
    append(wire_, nal);
    endPacket();
  });
  flushSmall();
  if (!whole) {
    throw Error("ERR_INVALID_ARGUMENT", "frame " + std::to_string(frames_.size()) +
                                            " of the clip has a NAL unit that leads outside");
  }
}

void PacketizedClip::beginPacket() {
  offsets_.push_back(wire_.size());
  wire_.resize(wire_.size() + kInterleavedHeader + kRtpHeader, 0);
  uint8_t* packet = wire_.data() + offsets_.back();
  packet[0] = '$';
  packet[kInterleavedHeader] = 0x80;  // version 2, no padding, extension or CSRC
  packet[kInterleavedHeader + 1] = kRtpPayloadType;
}

void PacketizedClip::endPacket() {
  putU16(wire_.data() + offsets_.back() + 2, wire_.size() - offsets_.back() - kInterleavedHeader);
}

void PacketizedClip::putAggregate(const std::vector<ByteView>& nals) {
  beginPacket();
  if (nals.size() == 1) {
    append(wire_, nals[0]);
    endPacket();
    return;
  }
  append(wire_, format_->aggregationHeader(nals));
  for (const ByteView nal : nals) {
    wire_.push_back(static_cast<uint8_t>(nal.size() >> 8));
    wire_.push_back(static_cast<uint8_t>(nal.size()));
    append(wire_, nal);
  }
  endPacket();
}

void PacketizedClip::putFragments(ByteView nal) {
  ByteView rest = nal.subspan(format_->nalHeaderBytes());
  for (bool first = true; !rest.empty(); first = false) {
    Bytes header = format_->fragmentHeader(nal);
    const size_t size = std::min(rest.size(), kMaxRtpPayload - header.size());
    // RFC 6184 §5.8 and RFC 7798 §4.4.3 end the header alike.
    if (first) header.back() |= kFuStart;
    if (size == rest.size()) header.back() |= kFuEnd;
    beginPacket();
    append(wire_, header);
    append(wire_, rest.first(size));
    endPacket();
    rest = rest.subspan(size);
  }
}

}  // namespace flux::rtsp
