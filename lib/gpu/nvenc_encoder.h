// Encodes on a GPU's own circuits (NVENC), from pictures that are there already or are uploaded.
#pragma once

#include <memory>

#include "gpu/device.h"
#include "video/encoder.h"

namespace flux::gpu {

/// Preset P4 with low latency; constant bitrate. Throws ERR_INVALID_ARGUMENT and what
/// NvencSession's constructor throws, each of which is a reason to encode on the CPU instead. A
/// picture of another size is scaled on the GPU, of another GPU or none copied over the machine's
/// memory.
std::unique_ptr<video::Encoder> makeNvencEncoder(std::shared_ptr<Device> device,
                                                 const video::EncoderOptions& options);

}  // namespace flux::gpu
