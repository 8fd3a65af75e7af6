// From an encoder's Annex B packets to access units. For the encoders here and in lib/gpu.
#pragma once

#include "video/encoder.h"

namespace flux::video {

/// Makes the units of one encoded stream, in order. Parameter sets that stay the same stay one
/// object. What only tells of the encoder itself (SEI messages, delimiters) is left out.
class EncodedUnits final {
 public:
  explicit EncodedUnits(Codec codec) : codec_(codec) {}

  /// `packet` is the whole picture that `input` became; whether it is a key frame is for its NAL
  /// units to say. Throws ERR_ENCODE where it holds no picture, or a first one without parameter
  /// sets.
  AccessUnitPtr make(ByteView packet, const Encoder::Input& input);

 private:
  void takeParameterSet(ByteView nal, Bytes& set);
  void updateParameters();
  void appendParameterSets(Bytes& data) const;

  const Codec codec_;
  Bytes vps_;
  Bytes sps_;
  Bytes pps_;
  bool changed_ = false;  ///< sets came that parameters_ does not have
  CodecParametersPtr parameters_;
};

/// Throws ERR_INVALID_ARGUMENT, naming it, where an option is none that an encoder takes.
void checkEncoderOptions(const EncoderOptions& options);

/// What the decoder's buffer holds at most, in bits: half a second of the bitrate, but never less
/// than a frame and a half. No key frame takes longer to send.
int64_t encoderBufferBits(int64_t bitrate, double frameRate);

}  // namespace flux::video
