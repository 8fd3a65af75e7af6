// Encodes one stream. Backends: av_encoder (libx264, libopenh264) here, nvenc_encoder in lib/gpu.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "codec/access_unit.h"
#include "video/frame.h"

namespace flux::video {

struct EncoderOptions {
  Codec codec = Codec::kH264;   ///< kH264 or kH265
  Size size;                    ///< even; frames of another size are scaled
  double frameRate = 25;        ///< what the rate control counts with
  int64_t bitrate = 2'000'000;  ///< bits per second
  int keyFrameEvery = 50;       ///< frames, at most
  ColourSpec colour;            ///< of what goes in and comes out
  /// In software: slices that are encoded at the same time. More make one stream faster, at the
  /// price of bits; with many streams one each is best.
  int threads = 1;
};

/// Used by one thread at a time. No B-frames: every frame gives its unit at once. Parameter sets
/// stand before each key frame and in AccessUnit::parameters. Throws ERR_ENCODE; ERR_GPU_LOST.
class Encoder {
 public:
  struct Input {
    Frame picture;
    int64_t timestamp = 0;  ///< microseconds, rising
    int64_t arrivalMicros = 0;
    int64_t arrivalWallMs = 0;
    bool keyFrame = false;  ///< make this one a key frame (IDR)
  };

  Encoder() = default;
  virtual ~Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  /// "libx264", "libopenh264", "libx265" or "nvenc".
  [[nodiscard]] virtual const char* backend() const noexcept = 0;
  virtual AccessUnitPtr encode(const Input& input) = 0;
  /// From the next frame on, without a key frame and without a new session; a backend that cannot
  /// (see av_encoder.h) begins anew at the next key frame. Throws ERR_INVALID_ARGUMENT.
  virtual void setBitrate(int64_t bitsPerSecond) = 0;
};

}  // namespace flux::video
