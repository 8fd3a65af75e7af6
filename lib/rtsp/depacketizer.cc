#include "rtsp/depacketizer.h"

#include "base/error.h"
#include "rtsp/aac_depacketizer.h"
#include "rtsp/g726_depacketizer.h"
#include "rtsp/h264_depacketizer.h"
#include "rtsp/h265_depacketizer.h"
#include "rtsp/metadata_depacketizer.h"
#include "rtsp/mjpeg_depacketizer.h"
#include "rtsp/opus_depacketizer.h"
#include "rtsp/pcm_depacketizer.h"

namespace flux::rtsp {

std::unique_ptr<Depacketizer> makeDepacketizer(Codec codec, Depacketizer::Context context) {
  switch (codec) {
    case Codec::kH264:
      return std::make_unique<H264Depacketizer>(std::move(context));
    case Codec::kH265:
      return std::make_unique<H265Depacketizer>(std::move(context));
    case Codec::kMjpeg:
      return std::make_unique<MjpegDepacketizer>(std::move(context));
    case Codec::kAac:
      return std::make_unique<AacDepacketizer>(std::move(context));
    case Codec::kPcmu:
    case Codec::kPcma:
    case Codec::kL16:
      return std::make_unique<PcmDepacketizer>(std::move(context));
    case Codec::kG726:
      return std::make_unique<G726Depacketizer>(std::move(context));
    case Codec::kOpus:
      return std::make_unique<OpusDepacketizer>(std::move(context));
    case Codec::kOnvifMetadata:
      return std::make_unique<MetadataDepacketizer>(std::move(context));
    default:
      throw Error("ERR_RTSP_UNSUPPORTED", std::string("no depacketizer for ") + codecName(codec));
  }
}

}  // namespace flux::rtsp
