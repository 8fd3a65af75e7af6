#include "video/scaler.h"

extern "C" {
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

#include "video/libav.h"

namespace flux::video {
namespace {

constexpr const char* kFailed = "ERR_DECODE";
constexpr int kFlags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
/// libswscale's fixed point: no brightness, contrast and saturation of one.
constexpr int kOne = 1 << 16;

struct ScalerDeleter {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
using ScalerPtr = std::unique_ptr<SwsContext, ScalerDeleter>;

struct Colours {
  int matrix = SWS_CS_ITU601;
  bool full = false;
};

int matrixOf(Matrix matrix) {
  switch (matrix) {
    case Matrix::kBt601:
      return SWS_CS_ITU601;
    case Matrix::kBt709:
      return SWS_CS_ITU709;
    case Matrix::kBt2020:
      return SWS_CS_BT2020;
  }
  return SWS_CS_DEFAULT;
}

/// The deprecated formats whose name says "full range", which colourOf() knows: what they are
/// besides.
AVPixelFormat withoutRange(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUV411P;
    default:
      return format;
  }
}

AvFramePtr convert(const AVFrame& from, AVPixelFormat fromFormat, Colours fromColours, Size size,
                   AVPixelFormat format, Colours colours) {
  AvFramePtr to = makeAvFrame();
  to->format = format;
  to->width = size.width;
  to->height = size.height;
  to->sample_aspect_ratio = {1, 1};
  to->color_range = colours.full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  check(av_frame_get_buffer(to.get(), 0), kFailed, "make a picture");
  const ScalerPtr scaler(sws_getContext(from.width, from.height, fromFormat, size.width,
                                        size.height, format, kFlags, nullptr, nullptr, nullptr));
  if (scaler == nullptr) {
    throw Error("ERR_UNSUPPORTED", "this libswscale cannot scale " + std::to_string(from.width) +
                                       "x" + std::to_string(from.height) + " to " +
                                       std::to_string(size.width) + "x" +
                                       std::to_string(size.height));
  }
  // Says -1 where there is nothing to set, as between formats without a matrix.
  sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(fromColours.matrix), fromColours.full,
                           sws_getCoefficients(colours.matrix), colours.full, 0, kOne, kOne);
  check(sws_scale(scaler.get(), from.data, from.linesize, 0, from.height, to->data, to->linesize),
        kFailed, "scale a picture");
  return to;
}

}  // namespace

Frame scaleForJpeg(const Frame& source, Size size) {
  const Frame host = source.onHost();
  const AVFrame& from = host.av();
  const ColourSpec colour = host.colour();
  const Colours own{matrixOf(colour.matrix), colour.fullRange};
  const AVPixelFormat format = withoutRange(static_cast<AVPixelFormat>(from.format));
  if (sws_isSupportedInput(format) == 0) {
    const char* name = av_get_pix_fmt_name(format);
    throw Error("ERR_UNSUPPORTED",
                std::string("this libswscale cannot read pictures of ") + (name ? name : "?"));
  }
  // Over RGB: from one matrix straight to another libswscale does not go everywhere.
  const AvFramePtr rgb = convert(from, format, own, size, AV_PIX_FMT_RGB24, {.full = true});
  return Frame(convert(*rgb, AV_PIX_FMT_RGB24, {.full = true}, size, AV_PIX_FMT_YUVJ420P,
                       {SWS_CS_ITU601, true}));
}

}  // namespace flux::video
