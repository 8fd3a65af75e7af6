#include "video/frame_format.h"

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

#include <cstdlib>

namespace flux::video {

std::string formatName(const Frame& frame) {
  if (const auto& image = frame.onDevice()) return image->bitDepth() > 8 ? "p016le" : "nv12";
  const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.av().format));
  return name != nullptr ? name : "unknown";
}

int bitDepth(const Frame& frame) {
  if (const auto& image = frame.onDevice()) return image->bitDepth();
  const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.av().format));
  return format != nullptr ? format->comp[0].depth : 8;
}

uint64_t storedBytes(const Frame& frame) {
  if (const auto& image = frame.onDevice()) {
    const auto rows = static_cast<uint64_t>(image->size().height);
    return image->planes()[0].pitch * rows + image->planes()[1].pitch * ((rows + 1) / 2);
  }
  const AVFrame& picture = frame.av();
  const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
  uint64_t bytes = 0;
  for (int plane = 0; plane < 4 && picture.data[plane] != nullptr; ++plane) {
    const bool chroma = format != nullptr && (plane == 1 || plane == 2);
    const int rows = chroma ? -(-picture.height >> format->log2_chroma_h) : picture.height;
    bytes += static_cast<uint64_t>(std::abs(picture.linesize[plane])) * static_cast<uint64_t>(rows);
  }
  return bytes;
}

}  // namespace flux::video
