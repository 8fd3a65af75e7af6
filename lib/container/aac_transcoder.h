// G.711, G.726 and linear PCM as AAC-LC, for files in which players do not know the former.
// Internal to lib/container.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "codec/codec_parameters.h"
#include "container/av.h"

namespace flux {

/// Decodes and encodes with libavcodec at the source's sample rate. Times are in samples. A hole in
/// the source that is shorter than an AAC frame (1024 samples) is filled up with silence, because
/// frames have one length; a longer one stays a hole behind a frame that silence completes.
class AacTranscoder final {
 public:
  /// Is there an encoder for the sample rate and channels of this codec, and a decoder?
  static bool accepts(const CodecParameters& source);

  /// Throws ERR_MUX where accepts() is false.
  explicit AacTranscoder(const CodecParameters& source);
  ~AacTranscoder();

  /// The encoder's parameters, AudioSpecificConfig and delay among them.
  void describe(AVCodecParameters* out) const;

  /// Gets packets with pts, dts and duration in samples. The first one stands before the first
  /// sample by the encoder's delay.
  using Emit = std::function<void(AVPacket&)>;
  /// `at` is the position of the unit's first sample. A unit that cannot be decoded leaves a hole.
  void write(ByteView unit, int64_t at, const Emit& emit);
  /// Encodes what is left and empties the encoder.
  void finish(const Emit& emit);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux
