// What travels from a camera to every tap: one picture's NAL units in one immutable buffer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace flux {

enum class VideoCodec : uint8_t { kH264 };

/// Everything a muxer or decoder must know before the first picture. Immutable once shared.
struct CodecParameters {
  VideoCodec codec = VideoCodec::kH264;
  Bytes sps;      ///< one SPS NAL unit, header byte included, without start code
  Bytes pps;      ///< one PPS NAL unit
  int width = 0;  ///< pixels after cropping
  int height = 0;
  int profileIdc = 0;
  int levelIdc = 0;
  /// Pictures that may precede a picture in decoding order and follow it in output order
  /// (max_num_reorder_frames where the VUI says so, else derived; 0 = no B-frames).
  int reorderDepth = 0;
  /// Frames per second from the VUI timing, 0 where it does not say.
  double frameRate = 0;
  Bytes decoderConfiguration;  ///< avcC, ISO/IEC 14496-15 §5.3.3.1
  std::string codecString;     ///< RFC 6381, for example "avc1.64001F"
};
using CodecParametersPtr = std::shared_ptr<const CodecParameters>;

/// One access unit as it came: every NAL unit with its bytes and order untouched.
struct AccessUnit {
  Bytes data;  ///< NAL units, each behind its length as a 4-byte big-endian integer
  CodecParametersPtr parameters;
  int64_t mediaTime = 0;       ///< RTP time, extended to 64 bits, in ticks of clockRate; PTS
  uint32_t clockRate = 90000;  ///< ticks per second
  int64_t arrivalMicros = 0;   ///< monotonic, when its last packet was read
  int64_t arrivalWallMs = 0;   ///< UTC, the same moment
  bool keyFrame = false;       ///< an IDR picture: decoding can start here
  bool discontinuity = false;  ///< packets were lost between this unit and the one before
};
using AccessUnitPtr = std::shared_ptr<const AccessUnit>;

}  // namespace flux
