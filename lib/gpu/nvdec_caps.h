// What a GPU's video engines decode, asked of the driver for each kind of stream.
#pragma once

#include <optional>
#include <string>

#include "codec/codec_parameters.h"
#include "gpu/device.h"

namespace flux::gpu {

/// What decides whether NVDEC takes a stream.
struct NvdecFormat {
  cudaVideoCodec codec = cudaVideoCodec_H264;
  cudaVideoChromaFormat chroma = cudaVideoChromaFormat_420;
  int bitDepth = 8;
  int width = 0;  ///< coded, in whole macroblocks or coding blocks
  int height = 0;
};

/// Read from the stream's SPS; empty where it is not H.264 or H.265, or its SPS is damaged.
std::optional<NvdecFormat> nvdecFormatOf(const CodecParameters& parameters);

/// What the sequence callback will most probably be told of the stream; empty as above. Crops are
/// taken to be at the right and at the bottom.
std::optional<CUVIDEOFORMAT> expectedFormat(const CodecParameters& parameters);

/// Why `device` does not decode such pictures, as a sentence for people; empty where it does. The
/// driver is asked once for each codec, chroma format and bit depth. Never throws for what a driver
/// lacks; throws ERR_GPU_LOST.
std::string nvdecRefusal(Device& device, const NvdecFormat& format);
/// The same for a stream, before anything is set up: the one who chooses a decoder asks this first.
std::string nvdecRefusal(Device& device, const CodecParameters& parameters);

}  // namespace flux::gpu
