// Decoded pictures that a test paints: grey, 4:2:0.
#pragma once

extern "C" {
#include <libavutil/frame.h>
}

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include "video/decoder.h"

namespace flux {

struct PaintedBox {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  uint8_t luma = 235;
};

/// Luma `background`, and `box` on it; `atMs` after the start of its stream, which began at the
/// UTC time of a million seconds.
inline video::DecodedFrame greyFrame(video::Size size, int64_t atMs, const PaintedBox& box = {},
                                     uint8_t background = 90) {
  AVFrame* frame = av_frame_alloc();
  if (frame == nullptr) throw std::bad_alloc();
  const std::shared_ptr<AVFrame> owned(frame, [](AVFrame* gone) { av_frame_free(&gone); });
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = size.width;
  frame->height = size.height;
  if (av_frame_get_buffer(frame, 0) < 0) throw std::bad_alloc();
  for (int y = 0; y < size.height; ++y) {
    uint8_t* line = frame->data[0] + static_cast<ptrdiff_t>(y) * frame->linesize[0];
    std::fill_n(line, size.width, background);
    if (y >= box.y && y < box.y + box.height) std::fill_n(line + box.x, box.width, box.luma);
  }
  for (const int plane : {1, 2}) {
    for (int y = 0; y < (size.height + 1) / 2; ++y) {
      uint8_t* line = frame->data[plane] + static_cast<ptrdiff_t>(y) * frame->linesize[plane];
      std::fill_n(line, (size.width + 1) / 2, uint8_t{128});
    }
  }
  video::DecodedFrame decoded{video::Frame(std::shared_ptr<const AVFrame>(owned))};
  decoded.timestamp = atMs * 1000;
  decoded.arrivalMicros = atMs * 1000;
  decoded.arrivalWallMs = 1'000'000'000 + atMs;
  return decoded;
}

}  // namespace flux
