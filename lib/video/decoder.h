// Decodes one stream. Who uses it: engine/stream_decoder. Backends: av_decoder (libavcodec) here,
// nvdec_decoder in lib/gpu.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "codec/access_unit.h"
#include "video/frame.h"

namespace flux::video {

struct DecoderOptions {
  CodecParametersPtr parameters;  ///< never null
  /// libavcodec: 1 gives every picture as soon as its unit is in; more decode faster and hold as
  /// many pictures back.
  int threads = 1;
  /// Instead of what the stream says of its colours.
  std::optional<ColourSpec> colour;
};

/// One picture, in the order of presentation.
struct DecodedFrame {
  Frame picture;
  // Of the unit that it was decoded from:
  int64_t timestamp = 0;      ///< media time in microseconds
  int64_t arrivalMicros = 0;  ///< monotonic
  int64_t arrivalWallMs = 0;  ///< UTC
  bool keyFrame = false;
  /// Parts were missing or damaged, and the decoder made something up in their place.
  bool concealed = false;
  int64_t decodedMicros = 0;  ///< monotonic, when the picture was complete
};

/// Used by one thread at a time, not always by the same. What its methods throw tells what to do:
///   ERR_DECODE       this unit gave no picture; the decoder goes on with the next
///   ERR_LIMIT        the same, for a unit or picture that is too large
///   ERR_DECODER      the decoder is of no more use: make another, begin with a key frame
///   ERR_UNSUPPORTED, ERR_GPU_MEMORY   the same, and the other must be of another backend: the
///   stream
///                    has changed into what this one cannot decode or has no room for
///   ERR_GPU_LOST     nothing works on this GPU any more
class Decoder {
 public:
  Decoder() = default;
  virtual ~Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// "libavcodec" or "nvdec".
  [[nodiscard]] virtual const char* backend() const noexcept = 0;
  /// The first unit is a key frame. Its parameters may differ from those before it.
  virtual void submit(const AccessUnit& unit) = 0;
  /// Appends the pictures that are complete; with `wait` all that what was submitted is enough for.
  virtual void collect(std::vector<DecodedFrame>& out, bool wait) = 0;
  /// The stream ends here: appends what was held back for its order. What follows begins with a key
  /// frame.
  virtual void flush(std::vector<DecodedFrame>& out) = 0;
  /// Submitted units whose pictures have not been collected, as far as the backend knows.
  [[nodiscard]] virtual size_t pending() const noexcept = 0;
  /// Complete pictures that were not handed out so far, because those that were are still held and
  /// there is no more room for them.
  [[nodiscard]] virtual uint64_t dropped() const noexcept { return 0; }
  /// What this decoder holds of the memory that its pictures are in, in bytes; 0: not known.
  [[nodiscard]] virtual uint64_t memoryBytes() const noexcept { return 0; }
};

}  // namespace flux::video
