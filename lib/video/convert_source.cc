#include "video/convert_source.h"

extern "C" {
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <cstring>
#include <string>

#include "video/sws.h"

namespace flux::video {
namespace {

int shifted(int length, int shift) {
  return (length + (1 << shift) - 1) >> shift;
}

/// 8 bits per component, Y'CbCr or grey, each component in bytes of its own.
bool isReadable(const AVPixFmtDescriptor& format) {
  constexpr uint64_t kOther = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL |
                              AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_FLOAT |
                              AV_PIX_FMT_FLAG_BAYER;
  if ((format.flags & kOther) != 0 || format.comp[0].step != 1) return false;
  if (format.nb_components == 2) return false;  // grey with opacity
  for (int i = 0; i < std::min<int>(format.nb_components, 3); ++i) {
    if (format.comp[i].depth != 8 || format.comp[i].shift != 0) return false;
  }
  return format.log2_chroma_w <= 2 && format.log2_chroma_h <= 2;
}

ConvertSource componentsOf(std::shared_ptr<const AVFrame> frame, ColourSpec colour) {
  const AVPixFmtDescriptor& format =
      *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
  ConvertSource source{.grey = format.nb_components == 1, .colour = colour};
  for (int i = 0; i < (source.grey ? 1 : 3); ++i) {
    const AVComponentDescriptor& at = format.comp[i];
    const int shiftX = i == 0 ? 0 : format.log2_chroma_w;
    const int shiftY = i == 0 ? 0 : format.log2_chroma_h;
    source.components[i] = {
        .data = frame->data[at.plane] + at.offset,
        .stride = frame->linesize[at.plane],
        .step = at.step,
        .size = {shifted(frame->width, shiftX), shifted(frame->height, shiftY)},
        .shiftX = shiftX,
        .shiftY = shiftY,
    };
  }
  source.frame = std::move(frame);
  return source;
}

/// What libswscale makes the source's format into without losing colour's resolution.
AVPixelFormat readableLike(const AVPixFmtDescriptor& format) {
  if ((format.flags & AV_PIX_FMT_FLAG_RGB) != 0 || (format.flags & AV_PIX_FMT_FLAG_PAL) != 0 ||
      (format.flags & AV_PIX_FMT_FLAG_BAYER) != 0) {
    return AV_PIX_FMT_YUV444P;
  }
  if (format.nb_components < 3) return AV_PIX_FMT_GRAY8;
  if (format.log2_chroma_w == 0) {
    return format.log2_chroma_h == 0 ? AV_PIX_FMT_YUV444P : AV_PIX_FMT_YUV440P;
  }
  return format.log2_chroma_h == 0 ? AV_PIX_FMT_YUV422P : AV_PIX_FMT_YUV420P;
}

/// 9 to 16 bits per component, Y'CbCr or grey, each component in words of its own.
bool isWide(const AVPixFmtDescriptor& format) {
  constexpr uint64_t kOther = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL |
                              AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_FLOAT |
                              AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_BE;
  if ((format.flags & kOther) != 0 || format.comp[0].step != 2) return false;
  if (format.nb_components == 2) return false;  // grey with opacity
  for (int i = 0; i < std::min<int>(format.nb_components, 3); ++i) {
    if (format.comp[i].depth < 9 || format.comp[i].depth > 16) return false;
  }
  return format.log2_chroma_w <= 1 && format.log2_chroma_h <= 1;
}

/// Words to the nearest bytes.
void narrow(const uint8_t* from, int step, int shift, int count, uint8_t* to) {
  const int half = 1 << (shift - 1);
  const auto put = [&](int i, ptrdiff_t at) {
    uint16_t word = 0;
    std::memcpy(&word, from + at, sizeof(word));
    to[i] = static_cast<uint8_t>(std::min((word + half) >> shift, 255));
  };
  if (step == 2) {
    for (int i = 0; i < count; ++i) put(i, ptrdiff_t{2} * i);
  } else {
    for (int i = 0; i < count; ++i) put(i, ptrdiff_t{step} * i);
  }
}

/// libswscale does the same, at a fraction of the speed.
AvFramePtr narrowed(const AVFrame& from, const AVPixFmtDescriptor& format) {
  AvFramePtr to = makeAvFrame();
  to->format = readableLike(format);
  to->width = from.width;
  to->height = from.height;
  check(av_frame_get_buffer(to.get(), 0), "ERR_OUT_OF_MEMORY", "make a picture");
  for (int c = 0; c < (format.nb_components < 3 ? 1 : 3); ++c) {
    const AVComponentDescriptor& at = format.comp[c];
    const Size size{shifted(from.width, c == 0 ? 0 : format.log2_chroma_w),
                    shifted(from.height, c == 0 ? 0 : format.log2_chroma_h)};
    for (int y = 0; y < size.height; ++y) {
      narrow(from.data[at.plane] + ptrdiff_t{y} * from.linesize[at.plane] + at.offset, at.step,
             at.shift + at.depth - 8, size.width, to->data[c] + ptrdiff_t{y} * to->linesize[c]);
    }
  }
  return to;
}

}  // namespace

ConvertSource readable(const Frame& frame) {
  const AVFrame& from = frame.av();
  const auto format = static_cast<AVPixelFormat>(from.format);
  const AVPixFmtDescriptor* described = av_pix_fmt_desc_get(format);
  const ColourSpec colour = frame.colour();
  if (described != nullptr && isReadable(*described)) {
    return componentsOf({std::shared_ptr<const AVFrame>(), &from}, colour);
  }
  if (described != nullptr && isWide(*described)) {
    return componentsOf(narrowed(from, *described), colour);
  }
  if (described == nullptr ||
      sws_isSupportedInput(static_cast<AVPixelFormat>(withoutRange(format))) == 0) {
    throw Error("ERR_UNSUPPORTED", std::string("this libswscale cannot read pictures of ") +
                                       (described != nullptr ? described->name : "?"));
  }
  const AVPixelFormat wanted = readableLike(*described);
  const bool rgb = (described->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  return componentsOf(
      swsConvert(from, {colour.matrix, rgb || colour.fullRange}, frame.size(), wanted, colour,
                 SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP),
      colour);
}

}  // namespace flux::video
