// JPEG files of single pictures, over libavcodec.
#pragma once

#include "base/bytes.h"
#include "video/frame.h"

namespace flux::video {

inline constexpr int kBestJpegQuality = 100;

/// A baseline JPEG (JFIF) of `frame`, which must have a JPEG's colours: see scaleForJpeg().
/// `quality` is 1 to 100, as libjpeg counts it by the size of its files; what lies outside counts
/// as the nearest. From 94 on there is nothing better. Throws ERR_UNSUPPORTED where this libavcodec
/// has no JPEG encoder.
Bytes encodeJpeg(const Frame& frame, int quality);

}  // namespace flux::video
