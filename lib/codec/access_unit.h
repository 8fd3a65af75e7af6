// What travels from a camera to every tap: one frame of one track in one immutable buffer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "codec/codec_parameters.h"

namespace flux {

/// What a picture lasts where nothing tells: a 25th of a second.
inline constexpr int64_t kDefaultFrameMicros = 40000;

/// One frame as it came: a picture's NAL units with bytes and order untouched (H.264, H.265: each
/// behind its length as a 4-byte big-endian integer), a whole JPEG image, one audio frame or packet
/// of samples, or one metadata document.
struct AccessUnit {
  Bytes data;
  CodecParametersPtr parameters;  ///< never null
  int64_t mediaTime = 0;          ///< RTP time, extended to 64 bits, in ticks of clockRate; PTS
  /// Of sound: the moment of the picture that it belongs to, as RTP time of the picture's track,
  /// where the camera's reports tell (docs/cameras.md, "Sound and picture").
  std::optional<int64_t> pictureTime;
  int64_t duration = 0;        ///< in ticks, where the frame itself tells (audio); else 0
  uint32_t clockRate = 90000;  ///< ticks per second
  int64_t arrivalMicros = 0;   ///< monotonic, when its last packet was read
  int64_t arrivalWallMs = 0;   ///< UTC, the same moment
  bool keyFrame = false;       ///< decoding can start here (IDR or IRAP; always for audio, MJPEG)
  bool discontinuity = false;  ///< packets were lost between this unit and the one before

  [[nodiscard]] MediaKind kind() const noexcept { return parameters->kind(); }
};
using AccessUnitPtr = std::shared_ptr<const AccessUnit>;

/// AccessUnit::mediaTime in microseconds, to the nearest.
inline int64_t mediaMicros(const AccessUnit& unit) {
  // In two steps: ticks times a million may not fit.
  const int64_t rate = unit.clockRate > 0 ? unit.clockRate : 1;
  const int64_t rest = unit.mediaTime % rate * 1'000'000;
  return unit.mediaTime / rate * 1'000'000 + (rest + (rest < 0 ? -rate : rate) / 2) / rate;
}

}  // namespace flux
