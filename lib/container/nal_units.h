// What the container room asks of NAL units, for H.264 and H.265 alike.
// Internal to lib/container.
#pragma once

#include "codec/codec_parameters.h"

namespace flux {

/// Is `codec` made of NAL units?
constexpr bool hasNalUnits(Codec codec) {
  return codec == Codec::kH264 || codec == Codec::kH265;
}
/// A slice, or slice segment, of any kind.
bool isSlice(Codec codec, ByteView nal);
/// A slice of a picture at which decoding can start: IDR, or IRAP of H.265.
bool isRandomAccess(Codec codec, ByteView nal);
/// VPS, SPS or PPS.
bool isParameterSet(Codec codec, ByteView nal);
bool isSps(Codec codec, ByteView nal);
bool isDelimiter(Codec codec, ByteView nal);

/// Gathers parameter sets from a stream until a decoder can be set up with them.
class ParameterSetFinder final {
 public:
  explicit ParameterSetFinder(Codec codec) : codec_(codec) {}
  /// Looks at the next NAL unit of the stream.
  void see(ByteView nal);
  /// Made of the first sets that go together; nullptr until there are such.
  [[nodiscard]] const CodecParametersPtr& found() const noexcept { return found_; }

 private:
  Codec codec_;
  Bytes vps_;
  Bytes sps_;
  CodecParametersPtr found_;
};

}  // namespace flux
