// Finds the pictures of a recorded segment that were on the screen at given moments, as small
// JPEGs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/error.h"
#include "segment/reader.h"
#include "video/still.h"

namespace flux {

struct ThumbnailRequest {
  segment::ReaderOptions segment;
  std::vector<int64_t> timesMicros;  ///< UTC, rising
  video::StillOptions still;
};

struct Thumbnail {
  size_t wanted = 0;       ///< the first of the request's times that it is for
  int64_t timeMicros = 0;  ///< UTC, when the picture was taken
  video::Still still;
};

struct Thumbnails {
  std::vector<Thumbnail> pictures;  ///< rising; of two times with one picture, once
  /// Of the last frame that was read, UTC; of an unfinished segment asked for more, of its last.
  int64_t lastMicros = 0;
  /// Why there are no further pictures: what could not be read, or of which nothing decodes.
  std::optional<Error> error;
};

/// For each time the key frame at or before it, else the segment's first; where that one does not
/// decode the one before it, else the next. Reads the segment once, and no further than it must;
/// verified packets only. `keepGoing` is asked between packets; false ends with ERR_ABORTED.
Thumbnails makeThumbnails(const ThumbnailRequest& request, const std::function<bool()>& keepGoing);

}  // namespace flux
