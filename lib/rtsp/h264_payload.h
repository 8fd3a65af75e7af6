// NAL unit types that only RTP payloads have (RFC 6184 §5.2). Internal to lib/rtsp.
#pragma once

#include <cstdint>

namespace flux::rtsp {

inline constexpr uint8_t kStapA = 24;
inline constexpr uint8_t kFuA = 28;

}  // namespace flux::rtsp
