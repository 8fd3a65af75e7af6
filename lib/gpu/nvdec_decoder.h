// Decodes one stream on a GPU's video engines. Pictures stay in the GPU's memory.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gpu/device.h"
#include "gpu/stream.h"
#include "video/decoder.h"

namespace flux::gpu {

struct NvdecOptions {
  CodecParametersPtr parameters;   ///< never null
  std::shared_ptr<Device> device;  ///< never null
  /// Where pictures are copied out; shared by the decoders of one thread, which then have to be
  /// used by that thread. nullptr: a stream of its own.
  std::shared_ptr<Stream> stream;
  std::string session;  ///< whose memory it is: a camera's name
  /// Instead of what the stream says of its colours.
  std::optional<video::ColourSpec> colour;
  /// Pictures that may be held at a time by those who were given them. Beyond that new ones are
  /// dropped and counted.
  int heldPictures = 6;
};

class NvdecDecoder : public video::Decoder {
 public:
  struct Stats {
    uint64_t pictures = 0;   ///< handed out
    uint64_t concealed = 0;  ///< of those
    uint64_t failed = 0;     ///< decoded with errors, and not handed out
    uint64_t undecoded = 0;  ///< units that gave no picture
    uint64_t dropped = 0;    ///< because others held too many
    uint64_t late = 0;       ///< decoded behind their place in the order, and not handed out
    int decodeSurfaces = 0;  ///< of the session now
  };
  [[nodiscard]] virtual Stats stats() const noexcept = 0;
  [[nodiscard]] uint64_t dropped() const noexcept override { return stats().dropped; }
  /// Pictures that only wait for collect(): pending() without those that the stream's order holds
  /// back.
  [[nodiscard]] virtual size_t ready() const noexcept = 0;
};

/// H.264 and H.265 of those kinds for which nvdecRefusal() is empty. Every picture is there when
/// its unit was submitted and the GPU is done, unless the stream itself puts pictures out of order.
///
/// Opens a session on the video engines at once. Throws ERR_UNSUPPORTED (this GPU does not decode
/// such pictures, or no more of them), ERR_GPU_MEMORY, ERR_DECODER: the stream has to be decoded
/// elsewhere; ERR_GPU_LOST; ERR_INVALID_ARGUMENT. Besides what Decoder says, submit() throws the
/// first two as well, where a stream changes into what there is no room for.
std::unique_ptr<NvdecDecoder> makeNvdecDecoder(const NvdecOptions& options);

}  // namespace flux::gpu
