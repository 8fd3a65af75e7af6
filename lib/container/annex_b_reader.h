// Raw H.264 byte streams (Annex B) as packets: access units found, times made from the frame rate.
// Internal to lib/container.
#pragma once

#include <cstdint>
#include <memory>

#include "container/packet_reader.h"

namespace flux {

/// Reads one coded video sequence (IDR to IDR) ahead, because presentation order follows from the
/// picture order counts of a whole sequence (H.264 §8.2.1).
class AnnexBReader final {
 public:
  /// Throws ERR_CONTAINER where no parameter sets are found.
  explicit AnnexBReader(ByteSource source);
  ~AnnexBReader();

  [[nodiscard]] const CodecParametersPtr& parameters() const;
  bool next(Packet& packet);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux
