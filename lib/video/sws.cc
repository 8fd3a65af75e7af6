#include "video/sws.h"

extern "C" {
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <string>

namespace flux::video {
namespace {

/// libswscale's fixed point: no brightness, contrast and saturation of one.
constexpr int kUnity = 1 << 16;

struct ScalerDeleter {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
using ScalerPtr = std::unique_ptr<SwsContext, ScalerDeleter>;

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

}  // namespace

AvFramePtr swsConvert(const AVFrame& from, ColourSpec colour, Size size, AVPixelFormat format,
                      ColourSpec toColour, int flags) {
  const auto fromFormat = static_cast<AVPixelFormat>(withoutRange(from.format));
  if (sws_isSupportedInput(fromFormat) == 0) {
    const char* name = av_get_pix_fmt_name(fromFormat);
    throw Error("ERR_UNSUPPORTED", std::string("this libswscale cannot read pictures of ") +
                                       (name != nullptr ? name : "?"));
  }
  AvFramePtr to = makeAvFrame();
  to->format = format;
  to->width = size.width;
  to->height = size.height;
  to->sample_aspect_ratio = {1, 1};
  to->color_range = toColour.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  check(av_frame_get_buffer(to.get(), 0), "ERR_DECODE", "make a picture");
  const ScalerPtr scaler(sws_getContext(from.width, from.height, fromFormat, size.width,
                                        size.height, format, flags, nullptr, nullptr, nullptr));
  if (scaler == nullptr) {
    throw Error("ERR_UNSUPPORTED", "this libswscale cannot scale " + std::to_string(from.width) +
                                       "x" + std::to_string(from.height) + " to " +
                                       std::to_string(size.width) + "x" +
                                       std::to_string(size.height));
  }
  // Says -1 where there is nothing to set, as between formats without a matrix.
  sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(matrixOf(colour.matrix)),
                           colour.fullRange, sws_getCoefficients(matrixOf(toColour.matrix)),
                           toColour.fullRange, 0, kUnity, kUnity);
  check(sws_scale(scaler.get(), from.data, from.linesize, 0, from.height, to->data, to->linesize),
        "ERR_DECODE", "scale a picture");
  return to;
}

}  // namespace flux::video
