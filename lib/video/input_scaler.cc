#include "video/input_scaler.h"

extern "C" {
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <string>

namespace flux::video {
namespace {

constexpr const char* kFailed = "ERR_ENCODE";
/// libswscale's fixed point: no brightness, contrast and saturation of one.
constexpr int kOne = 1 << 16;

const int* coefficientsOf(Matrix matrix) {
  switch (matrix) {
    case Matrix::kBt601:
      return sws_getCoefficients(SWS_CS_ITU601);
    case Matrix::kBt709:
      return sws_getCoefficients(SWS_CS_ITU709);
    case Matrix::kBt2020:
      return sws_getCoefficients(SWS_CS_BT2020);
  }
  return sws_getCoefficients(SWS_CS_DEFAULT);
}

/// The deprecated name that says "full range", which colourOf() knows.
AVPixelFormat withoutRange(int format) {
  return format == AV_PIX_FMT_YUVJ420P ? AV_PIX_FMT_YUV420P : static_cast<AVPixelFormat>(format);
}

}  // namespace

void InputScaler::Deleter::operator()(SwsContext* context) const {
  sws_freeContext(context);
}

AvFramePtr InputScaler::scale(const Frame& picture, Size size, AVPixelFormat format,
                              ColourSpec colour) {
  const AVFrame& from = picture.av();
  const ColourSpec own = picture.colour();
  const AVPixelFormat fromFormat = withoutRange(from.format);
  AvFramePtr to = makeAvFrame();
  if (picture.size() == size && fromFormat == format && own == colour) {
    check(av_frame_ref(to.get(), &from), kFailed, "encode a picture");
    to->format = format;
    return to;
  }
  if (sws_isSupportedInput(fromFormat) == 0) {
    const char* name = av_get_pix_fmt_name(fromFormat);
    throw Error("ERR_UNSUPPORTED",
                std::string("this libswscale cannot read pictures of ") + (name ? name : "?"));
  }
  to->format = format;
  to->width = size.width;
  to->height = size.height;
  check(av_frame_get_buffer(to.get(), 0), kFailed, "make a picture");
  // Makes another context only where the picture differs from the one before.
  context_.reset(sws_getCachedContext(context_.release(), from.width, from.height, fromFormat,
                                      size.width, size.height, format, SWS_BILINEAR, nullptr,
                                      nullptr, nullptr));
  if (context_ == nullptr) throw Error("ERR_UNSUPPORTED", "this libswscale cannot scale a picture");
  // Says -1 where there is nothing to set, as between formats without a matrix.
  sws_setColorspaceDetails(context_.get(), coefficientsOf(own.matrix), own.fullRange,
                           coefficientsOf(colour.matrix), colour.fullRange, 0, kOne, kOne);
  check(sws_scale(context_.get(), from.data, from.linesize, 0, from.height, to->data, to->linesize),
        kFailed, "scale a picture");
  return to;
}

}  // namespace flux::video
