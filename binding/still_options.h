// How a picture is to look: what src/arguments/picture.ts has checked.
#pragma once

#include "arguments.h"
#include "video/still.h"

namespace flux::binding {

/// `width`, `height` (0: as it comes), `enlarge` and `quality`. Throws ERR_INVALID_ARGUMENT naming
/// the field.
inline video::StillOptions readStillOptions(const Options& from) {
  constexpr int64_t kMaxSide = 16384;
  return {.box = {static_cast<int>(from.integer("width", 0, kMaxSide)),
                  static_cast<int>(from.integer("height", 0, kMaxSide))},
          .enlarge = from.flag("enlarge"),
          .quality = static_cast<int>(from.integer("quality", 1, 100))};
}

}  // namespace flux::binding
