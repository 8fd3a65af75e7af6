// Small H.265 streams for tests: parameter sets that x265 wrote, slices that only their first three
// bytes make slices, and the RTP payloads that carry them.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "codec/access_unit.h"
#include "codec/nal.h"

namespace flux::rtsp::test {

/// 640x360, Main, two reordered pictures.
inline const Bytes kVps265 = fromHex("40010c01ffff01600000030090000003000003003f959409");
inline const Bytes kSps265 =
    fromHex("42010101600000030090000003000003003fa0050201696595964932bc05a02000000300200000030321");
inline const Bytes kPps265 = fromHex("4401c172b46240");
/// 1920x1080, Main.
inline const Bytes kOtherVps265 = fromHex("40010c01ffff016000000300900000030000030078959809");
inline const Bytes kOtherSps265 =
    fromHex("420101016000000300900000030000030078a003c08010e596566924e5780b40400000fa40001d4c02");
/// As kSps265, with an aspect ratio, full range and colours in its VUI.
inline const Bytes kColourfulSps265 = fromHex(
    "42010101600000030090000003000003003fa0050201696595964932bc39b80808082000000300200000030321");
inline const Bytes kPrefixSei265 = {0x4E, 0x01, 0x05, 0x01, 0x2A, 0x80};
inline const Bytes kSuffixSei265 = {0x50, 0x01, 0x84, 0x01, 0x2A, 0x80};
inline const Bytes kDelimiter265 = {0x46, 0x01, 0x50};
inline const Bytes kEndOfSequence265 = {0x48, 0x01};

/// A slice segment of `type` with `size` bytes; `first` says whether it begins its picture.
inline Bytes segment265(uint8_t type, size_t size, bool first = true, uint8_t seed = 1) {
  Bytes out(size, 0);
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>((i * 7 + seed) | 1);
  out[0] = static_cast<uint8_t>(type << 1);
  out[1] = 0x01;
  out[2] = first ? 0xAF : 0x2F;
  return out;
}
inline Bytes idr265(size_t size = 40, bool first = true) {
  return segment265(19, size, first);
}
inline Bytes trail265(size_t size = 20, bool first = true) {
  return segment265(1, size, first);
}

/// Joins NAL units to an aggregation packet (RFC 7798 §4.4.2).
inline Bytes ap265(const std::vector<Bytes>& nals) {
  Bytes out = {48 << 1, 0x01};
  for (const Bytes& nal : nals) {
    out.push_back(static_cast<uint8_t>(nal.size() >> 8));
    out.push_back(static_cast<uint8_t>(nal.size()));
    out.insert(out.end(), nal.begin(), nal.end());
  }
  return out;
}

/// One NAL unit in `count` fragmentation units (§4.4.3).
inline std::vector<Bytes> fu265(const Bytes& nal, size_t count) {
  std::vector<Bytes> out;
  const size_t body = nal.size() - 2;
  for (size_t i = 0; i < count; ++i) {
    const auto from = static_cast<std::ptrdiff_t>(2 + body * i / count);
    const auto to = static_cast<std::ptrdiff_t>(2 + body * (i + 1) / count);
    Bytes part = {static_cast<uint8_t>((nal[0] & 0x81) | 49 << 1), nal[1],
                  static_cast<uint8_t>((i == 0 ? 0x80 : 0) | (i + 1 == count ? 0x40 : 0) |
                                       (nal[0] >> 1 & 0x3F))};
    part.insert(part.end(), nal.begin() + from, nal.begin() + to);
    out.push_back(part);
  }
  return out;
}

inline std::vector<Bytes> nalsIn(const AccessUnit& unit) {
  std::vector<Bytes> out;
  nal::forEachNal(unit.data, [&](ByteView nal) { out.emplace_back(nal.begin(), nal.end()); });
  return out;
}

}  // namespace flux::rtsp::test
