// Units as NVIDIA's parser wants them: Annex B, one picture or field at a time, and parameter sets
// that do not make it hold pictures back. Internal to lib/gpu.
#pragma once

#include <vector>

#include "codec/access_unit.h"

namespace flux::gpu {

class NvdecBitstream final {
 public:
  /// The pictures of `unit`, valid until the next call: one, or two where it is a pair of fields.
  /// The first stands behind the parameter sets of the unit's parameters where `withParameters`
  /// asks for them. Only slices and parameter sets are left of the unit; empty where it has no
  /// slice.
  ///
  /// An SPS of H.264 that does not tell how far pictures may be out of order is given the promise
  /// that none is (h264::withoutReordering), until a B slice shows that some are.
  const std::vector<ByteView>& picturesOf(const AccessUnit& unit, bool withParameters);

  /// A B slice came behind an SPS that was given that promise. From the next parameter sets on they
  /// stand as they came; pictures up to there may come in decoding order.
  [[nodiscard]] bool promiseBroken() const noexcept { return promised_ && bidirectional_; }

 private:
  void append(ByteView nal, bool isSps);
  const Bytes& rewritten(ByteView sps);

  Bytes stream_;
  std::vector<size_t> begins_;
  std::vector<ByteView> pictures_;
  Bytes sps_;  ///< the last one that came
  Bytes rewrittenSps_;
  bool promised_ = false;       ///< the last SPS that was given on holds the promise
  bool bidirectional_ = false;  ///< for ever
};

}  // namespace flux::gpu
