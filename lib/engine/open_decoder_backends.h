// What a machine has to decode with: its GPU, where it is to be used and works, and libavcodec.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/decoder_backends.h"

namespace flux {

struct DecoderBackendOptions {
  /// What streams want that do not say. kLibavcodec: no GPU is touched. kNvdec: there has to be
  /// one.
  DecoderBackend backend = DecoderBackend::kAuto;
  int device = 0;  ///< CUDA's ordinal
  // Of the device's memory; see gpu::MemoryBudget::limit(). Both 0: as it stands.
  uint64_t memoryBytes = 0;   ///< that decoders, renderers and encoders may take together; 0: most
  uint64_t reserveBytes = 0;  ///< kept free for inference
  double reserveShare = 0;    ///< the same, as a share of the whole: 0 to 1
};

/// Opens the GPU, which takes up to a second. Throws ERR_UNSUPPORTED, ERR_GPU_LOST and the like
/// where kNvdec cannot be had; ERR_INVALID_ARGUMENT.
std::shared_ptr<DecoderBackends> openDecoderBackends(const DecoderBackendOptions& options);

}  // namespace flux
