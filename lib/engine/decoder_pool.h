// All streams that are decoded in a process or on a GPU: they share its backends and the engine's
// decode threads.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/decoder_backends.h"
#include "engine/stream_decoder.h"

namespace flux {

class Camera;

struct DecoderPoolStats {
  unsigned threads = 0;     ///< that decode, at present
  unsigned maxThreads = 0;  ///< at most
  size_t decoders = 0;      ///< open
  size_t onGpu = 0;         ///< of these
  size_t onCpu = 0;         ///< of these; the others have no decoder at present
  bool gpuAvailable = false;
  std::string whyNoGpu;      ///< why there is none, or how it was lost
  uint64_t memoryBytes = 0;  ///< of the decoders, as far as they know
  uint64_t deviceBytes = 0;  ///< see DecoderFactory::memoryBytes()
  uint64_t unitsIn = 0;      ///< these: sums over all decoders, those closed included
  uint64_t unitsDropped = 0;
  uint64_t framesOut = 0;
  uint64_t errors = 0;
  uint64_t rebuilds = 0;
  uint64_t fallbacks = 0;
  uint64_t sessionsGivenUp = 0;
  uint64_t decodeMicros = 0;
};

/// Any thread.
class DecoderPool final {
 public:
  DecoderPool(std::shared_ptr<Engine> engine, std::shared_ptr<DecoderBackends> backends);
  ~DecoderPool();
  DecoderPool(const DecoderPool&) = delete;
  DecoderPool& operator=(const DecoderPool&) = delete;

  /// Decodes a camera's stream as `options.quality` says. Throws ERR_CLOSED.
  std::shared_ptr<StreamDecoder> decoder(const std::shared_ptr<Camera>& camera,
                                         const StreamDecoderOptions& options = {},
                                         StreamDecoder::Listener listener = {});
  /// Decodes what it is given. Throws ERR_CLOSED.
  std::shared_ptr<StreamDecoder> decoder(const StreamDecoderOptions& options = {},
                                         StreamDecoder::Listener listener = {});

  /// Closes it, and keeps only its sums: a decoder belongs to the pool until then.
  void remove(const std::shared_ptr<StreamDecoder>& decoder);

  /// A GPU that was lost may be tried again.
  void resetGpu() { backends_->reset(); }
  [[nodiscard]] const std::shared_ptr<DecoderBackends>& backends() const { return backends_; }
  [[nodiscard]] DecoderPoolStats stats() const;
  /// Closes all its decoders. Idempotent.
  void close();

 private:
  std::shared_ptr<StreamDecoder> add(const std::shared_ptr<Camera>& camera,
                                     const StreamDecoderOptions& options,
                                     StreamDecoder::Listener listener);

  const std::shared_ptr<Engine> engine_;
  const std::shared_ptr<DecoderBackends> backends_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<StreamDecoder>> decoders_;
  DecoderPoolStats gone_;  ///< sums of those that are gone
  bool closed_ = false;
};

}  // namespace flux
