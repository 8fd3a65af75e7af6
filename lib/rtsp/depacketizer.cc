#include "rtsp/depacketizer.h"

#include "base/error.h"
#include "rtsp/h264_depacketizer.h"
#include "rtsp/h265_depacketizer.h"

namespace flux::rtsp {

std::unique_ptr<Depacketizer> makeDepacketizer(Codec codec, Depacketizer::Context context) {
  switch (codec) {
    case Codec::kH264:
      return std::make_unique<H264Depacketizer>(std::move(context));
    case Codec::kH265:
      return std::make_unique<H265Depacketizer>(std::move(context));
    default:
      throw Error("ERR_RTSP_UNSUPPORTED", std::string("no depacketizer for ") + codecName(codec));
  }
}

}  // namespace flux::rtsp
