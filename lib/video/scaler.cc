#include "video/scaler.h"

extern "C" {
#include <libswscale/swscale.h>
}

#include "video/sws.h"

namespace flux::video {
namespace {

constexpr int kFlags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
/// JFIF's. Its matrix says nothing of the RGB between.
constexpr ColourSpec kJpeg{Matrix::kBt601, true};

}  // namespace

Frame scaleForJpeg(const Frame& source, Size size) {
  const Frame host = source.onHost();
  // Over RGB: from one matrix straight to another libswscale does not go everywhere.
  const AvFramePtr rgb =
      swsConvert(host.av(), host.colour(), size, AV_PIX_FMT_RGB24, kJpeg, kFlags);
  return Frame(swsConvert(*rgb, kJpeg, size, AV_PIX_FMT_YUVJ420P, kJpeg, kFlags));
}

}  // namespace flux::video
