// NAL unit types that only RTP payloads have (RFC 7798 §4.4). Internal to lib/rtsp.
#pragma once

#include <cstdint>

namespace flux::rtsp {

/// The last type that a NAL unit of the codec may have (RFC 7798 §1.1.4).
inline constexpr uint8_t kLastNalUnit265 = 47;
inline constexpr uint8_t kAggregation265 = 48;
inline constexpr uint8_t kFragmentation265 = 49;
inline constexpr uint8_t kPaci265 = 50;

}  // namespace flux::rtsp
