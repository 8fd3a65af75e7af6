// Pictures that tests make up: a format, a size, and what stands at each position.
#pragma once

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <functional>
#include <memory>
#include <random>

#include "video/frame.h"

namespace flux::video {

struct AvFrameFree {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using GeneratedFrame = std::unique_ptr<AVFrame, AvFrameFree>;

/// Of 8 bits; `sample(component, x, y)` gives each value.
inline GeneratedFrame generate(AVPixelFormat format, Size size, ColourSpec colour,
                               const std::function<int(int, int, int)>& sample) {
  GeneratedFrame frame(av_frame_alloc());
  frame->format = format;
  frame->width = size.width;
  frame->height = size.height;
  frame->color_range = colour.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  constexpr AVColorSpace kSpaces[] = {AVCOL_SPC_SMPTE170M, AVCOL_SPC_BT709, AVCOL_SPC_BT2020_NCL};
  frame->colorspace = kSpaces[static_cast<int>(colour.matrix)];
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  const AVPixFmtDescriptor& is = *av_pix_fmt_desc_get(format);
  for (int c = 0; c < is.nb_components; ++c) {
    const bool chroma = c == 1 || c == 2;
    const int width = AV_CEIL_RSHIFT(size.width, chroma ? is.log2_chroma_w : 0);
    const int height = AV_CEIL_RSHIFT(size.height, chroma ? is.log2_chroma_h : 0);
    const AVComponentDescriptor& at = is.comp[c];
    for (int y = 0; y < height; ++y) {
      uint8_t* row = frame->data[at.plane] + ptrdiff_t{y} * frame->linesize[at.plane];
      for (int x = 0; x < width; ++x) {
        row[x * at.step + at.offset] = static_cast<uint8_t>(sample(c, x, y));
      }
    }
  }
  return frame;
}

inline Frame frameOf(GeneratedFrame frame) {
  return Frame(std::shared_ptr<const AVFrame>(std::move(frame)));
}

inline std::function<int(int, int, int)> noise(unsigned seed) {
  return [random = std::mt19937(seed)](int, int, int) mutable {
    return static_cast<int>(random() & 255);
  };
}

/// The same everywhere.
inline std::function<int(int, int, int)> plain(int y, int cb, int cr) {
  return [=](int component, int, int) { return component == 0 ? y : component == 1 ? cb : cr; };
}

}  // namespace flux::video
