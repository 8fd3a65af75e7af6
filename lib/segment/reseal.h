// Copies a segment under another key: what leaves the recorder for someone who must not have the
// recorder's own.
#pragma once

#include <cstdint>
#include <string>

#include "segment/reader.h"

namespace flux::segment {

struct ResealTarget {
  std::string path;  ///< must not exist
  KeyId keyId{};
  crypto::SecretKeyPtr key;  ///< not the source's
  /// For a source of version 1, whose header does not hold them; of version 2 the header's count.
  uint64_t sequence = 0;
  uint16_t stream = 0;
};

struct Resealed {
  uint64_t fileSize = 0;        ///< of the copy
  uint64_t plaintextBytes = 0;  ///< the same in both
  bool finished = true;  ///< the source had its authentic end (always, unless allowUnfinished)
};

/// Writes the verified plaintext of a segment into a new segment of version 2 with the same camera,
/// start, sequence and stream, made durable as Writer::finish() does. The copy of an unfinished
/// source is a finished segment of what was authentic. A picture in front of the source is not
/// copied: it is not sealed. Plaintext exists in memory only, a chunk at a time, and is wiped.
/// Where anything fails no file is left behind. Throws what Reader and Writer throw, and
/// ERR_INVALID_ARGUMENT where both keys are the same.
Resealed reseal(const ReaderOptions& source, const ResealTarget& target);

}  // namespace flux::segment
