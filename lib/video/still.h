// A key frame as a JPEG of the size that somebody wants: thumbnails and snapshots.
#pragma once

#include "base/bytes.h"
#include "codec/codec_parameters.h"
#include "video/frame.h"

namespace flux::video {

struct StillOptions {
  /// The box that the picture is to fit into, in pixels; 0: as it comes. The picture keeps its
  /// shape.
  Size box;
  bool enlarge = false;  ///< also beyond the picture's own size
  int quality = 80;      ///< see encodeJpeg()
};

struct Still {
  Bytes jpeg;
  Size size;
};

/// `shown` as large as `box` allows; see StillOptions. Never without a pixel.
Size fitInto(Size shown, const StillOptions& options);

/// Throws what decodeKeyFrame(), scaleForJpeg() and encodeJpeg() throw, and ERR_LIMIT where the
/// result would exceed kMaxPixels.
Still makeStill(const CodecParameters& parameters, ByteView keyFrame, const StillOptions& options);

}  // namespace flux::video
