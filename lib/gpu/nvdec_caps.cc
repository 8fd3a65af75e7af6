#include "gpu/nvdec_caps.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>

#include "base/round_up.h"
#include "codec/h264.h"
#include "codec/h265.h"
#include "gpu/result.h"

namespace flux::gpu {
namespace {

using Key = std::tuple<int, int, int, int>;

constexpr int kMaxFrames = 16;
/// Cameras' streams and x265's need 2 to 5 pictures kept.
constexpr int kUsualFramesOfH265 = 5;

struct Cache {
  std::mutex mutex;
  std::map<Key, CUVIDDECODECAPS> answers;
};

Cache& cache() {
  static auto& one = *new Cache();
  return one;
}

/// Asking takes milliseconds, and the answer never changes.
CUVIDDECODECAPS capsOf(Device& device, const NvdecFormat& format) {
  const Key key{device.ordinal(), format.codec, format.chroma, format.bitDepth};
  Cache& known = cache();
  const std::lock_guard lock(known.mutex);
  if (const auto found = known.answers.find(key); found != known.answers.end()) {
    return found->second;
  }
  CUVIDDECODECAPS caps{};
  caps.eCodecType = format.codec;
  caps.eChromaFormat = format.chroma;
  caps.nBitDepthMinus8 = static_cast<unsigned>(format.bitDepth - 8);
  const ContextScope scope(device);
  const CUresult status = driver().cuvidGetDecoderCaps(&caps);
  if (isSticky(status)) check(status, "asking what the GPU decodes");
  if (status != CUDA_SUCCESS) caps.bIsSupported = 0;
  return known.answers.emplace(key, caps).first->second;
}

std::string sizeText(unsigned width, unsigned height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

const char* chromaText(cudaVideoChromaFormat chroma) {
  switch (chroma) {
    case cudaVideoChromaFormat_Monochrome:
      return "monochrome";
    case cudaVideoChromaFormat_420:
      return "4:2:0";
    case cudaVideoChromaFormat_422:
      return "4:2:2";
    default:
      return "4:4:4";
  }
}

}  // namespace

std::optional<CUVIDEOFORMAT> expectedFormat(const CodecParameters& parameters) {
  CUVIDEOFORMAT format{};
  int width = 0;
  int height = 0;
  int frames = 0;
  if (parameters.codec == Codec::kH264) {
    const auto sps = h264::parseSps(parameters.sps);
    if (!sps) return std::nullopt;
    constexpr int kMacroblock = 16;
    format.codec = cudaVideoCodec_H264;
    format.chroma_format = static_cast<cudaVideoChromaFormat>(sps->chromaFormatIdc);
    format.bit_depth_luma_minus8 = static_cast<uint8_t>(sps->bitDepthLuma - 8);
    format.bit_depth_chroma_minus8 = static_cast<uint8_t>(sps->bitDepthChroma - 8);
    format.coded_width = static_cast<unsigned>(roundUp(sps->width, kMacroblock));
    format.coded_height =
        static_cast<unsigned>(roundUp(sps->height, kMacroblock * (sps->framesOnly ? 1 : 2)));
    width = sps->width;
    height = sps->height;
    // Where the SPS says nothing, NvdecBitstream makes it say that.
    frames = sps->reorderDepthTold ? sps->maxBufferedFrames : sps->maxRefFrames;
  } else if (parameters.codec == Codec::kH265) {
    const auto sps = h265::parseSps(parameters.sps);
    if (!sps) return std::nullopt;
    format.codec = cudaVideoCodec_HEVC;
    format.chroma_format = static_cast<cudaVideoChromaFormat>(sps->chromaFormatIdc);
    format.bit_depth_luma_minus8 = static_cast<uint8_t>(sps->bitDepthLuma - 8);
    format.bit_depth_chroma_minus8 = static_cast<uint8_t>(sps->bitDepthChroma - 8);
    format.coded_width = static_cast<unsigned>(sps->codedWidth);
    format.coded_height = static_cast<unsigned>(sps->codedHeight);
    width = sps->width;
    height = sps->height;
    frames = kUsualFramesOfH265;
  } else {
    return std::nullopt;
  }
  format.min_num_decode_surfaces = static_cast<uint8_t>(std::clamp(frames, 1, kMaxFrames) + 1);
  format.display_area = {0, 0, width, height};
  return format;
}

std::optional<NvdecFormat> nvdecFormatOf(const CodecParameters& parameters) {
  const auto format = expectedFormat(parameters);
  if (!format) return std::nullopt;
  return NvdecFormat{format->codec, format->chroma_format,
                     8 + std::max(format->bit_depth_luma_minus8, format->bit_depth_chroma_minus8),
                     static_cast<int>(format->coded_width), static_cast<int>(format->coded_height)};
}

std::string nvdecRefusal(Device& device, const NvdecFormat& format) {
  const Driver& table = driver();
  if (!table.nvcuvid.available) return table.nvcuvid.why;
  const std::string kind = std::string(format.codec == cudaVideoCodec_H264 ? "H.264" : "H.265") +
                           " of " + std::to_string(format.bitDepth) + " bits, " +
                           chromaText(format.chroma);
  // Surfaces of this engine are NV12 and P016.
  if (format.chroma != cudaVideoChromaFormat_420) {
    return kind + " is decoded on the processor";
  }
  const CUVIDDECODECAPS caps = capsOf(device, format);
  if (caps.bIsSupported == 0) return device.info().name + " does not decode " + kind;
  const auto output =
      format.bitDepth > 8 ? cudaVideoSurfaceFormat_P016 : cudaVideoSurfaceFormat_NV12;
  if ((caps.nOutputFormatMask >> output & 1) == 0) {
    return device.info().name + " decodes " + kind + " into no format that is known here";
  }
  const auto width = static_cast<unsigned>(format.width);
  const auto height = static_cast<unsigned>(format.height);
  if (width > caps.nMaxWidth || height > caps.nMaxHeight ||
      uint64_t{width} * height / 256 > caps.nMaxMBCount) {
    return device.info().name + " decodes " + kind + " of up to " +
           sizeText(caps.nMaxWidth, caps.nMaxHeight) + " pixels, not " + sizeText(width, height);
  }
  if (width < caps.nMinWidth || height < caps.nMinHeight) {
    return device.info().name + " decodes " + kind + " of no less than " +
           sizeText(caps.nMinWidth, caps.nMinHeight) + " pixels, not " + sizeText(width, height);
  }
  return {};
}

std::string nvdecRefusal(Device& device, const CodecParameters& parameters) {
  const auto format = nvdecFormatOf(parameters);
  if (!format) {
    return std::string(codecName(parameters.codec)) + " is decoded on the processor";
  }
  return nvdecRefusal(device, *format);
}

}  // namespace flux::gpu
