// Raw H.264 and H.265 byte streams (Annex B) as packets: access units found, times made from the
// frame rate. Internal to lib/container.
#pragma once

#include <cstdint>
#include <memory>

#include "container/packet_reader.h"

namespace flux {

/// Reads ahead from one key frame to the next, because presentation order follows from the picture
/// order counts of all pictures between (H.264 §8.2.1, H.265 §8.3.1): none of them is shown behind
/// a picture that follows the next IDR or IRAP picture in decoding order and is not its leading
/// one.
class AnnexBReader final {
 public:
  /// `codec` is kH264 or kH265. Throws ERR_CONTAINER where no parameter sets are found.
  AnnexBReader(ByteSource source, Codec codec);
  ~AnnexBReader();

  [[nodiscard]] const CodecParametersPtr& parameters() const;
  bool next(Packet& packet);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux
