// Small H.264 streams for tests: parameter sets that x264 wrote, slices that only their first two
// bytes make slices, and the RTP payloads that carry them.
#pragma once

#include <string>
#include <vector>

#include "codec/h264.h"
#include "rtsp/rtp.h"

namespace flux::rtsp::test {

inline const Bytes kSps = fromHex("674d4016d900a02ff970110000030001000003001e8f162e48");
inline const Bytes kPps = fromHex("68ebc3cb20");
/// 1920x1080, Baseline.
inline const Bytes kOtherSps = fromHex("6742c028da01e0089f97011000000300100000030328f1832a");
inline const Bytes kOtherPps = fromHex("68ce0fc8");
inline const Bytes kSei = {0x06, 0x05, 0x01, 0x2A, 0x80};
inline const Bytes kDelimiter = {0x09, 0xF0};

/// A slice with `size` bytes; `first` says whether it begins its picture.
inline Bytes slice(uint8_t header, size_t size, bool first = true, uint8_t seed = 1) {
  Bytes out(size, 0);
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>((i * 7 + seed) | 1);
  out[0] = header;
  out[1] = first ? 0x88 : 0x40;
  return out;
}
inline Bytes idr(size_t size = 40, bool first = true) {
  return slice(0x65, size, first);
}
inline Bytes inter(size_t size = 20, bool first = true, uint8_t seed = 1) {
  return slice(0x41, size, first, seed);
}

inline Bytes stapA(const std::vector<Bytes>& nals) {
  Bytes out = {0x78};
  for (const Bytes& nal : nals) {
    out.push_back(static_cast<uint8_t>(nal.size() >> 8));
    out.push_back(static_cast<uint8_t>(nal.size()));
    out.insert(out.end(), nal.begin(), nal.end());
  }
  return out;
}

/// One NAL unit in `count` FU-A payloads.
inline std::vector<Bytes> fuA(const Bytes& nal, size_t count) {
  std::vector<Bytes> out;
  const size_t body = nal.size() - 1;
  for (size_t i = 0; i < count; ++i) {
    const auto from = static_cast<std::ptrdiff_t>(1 + body * i / count);
    const auto to = static_cast<std::ptrdiff_t>(1 + body * (i + 1) / count);
    Bytes part = {
        static_cast<uint8_t>((nal[0] & 0xE0) | 28),
        static_cast<uint8_t>((i == 0 ? 0x80 : 0) | (i + 1 == count ? 0x40 : 0) | (nal[0] & 0x1F))};
    part.insert(part.end(), nal.begin() + from, nal.begin() + to);
    out.push_back(part);
  }
  return out;
}

inline Bytes rtpBytes(const Bytes& payload, uint16_t sequence, uint32_t timestamp, bool marker,
                      uint8_t payloadType = 96, uint32_t ssrc = 0x1234) {
  ByteWriter out;
  out.u8(0x80).u8(static_cast<uint8_t>((marker ? 0x80 : 0) | payloadType)).u16(sequence);
  out.u32(timestamp).u32(ssrc).bytes(payload);
  return out.take();
}

inline std::vector<Bytes> nalsOf(const AccessUnit& unit) {
  std::vector<Bytes> out;
  h264::forEachNal(unit.data, [&](ByteView nal) { out.emplace_back(nal.begin(), nal.end()); });
  return out;
}

}  // namespace flux::rtsp::test
