#include "engine/decoder_pool.h"

#include <utility>

#include "base/error.h"
#include "engine/camera.h"

namespace flux {
namespace {

void addTo(DecoderPoolStats& sum, const StreamDecoderStats& from) {
  sum.unitsIn += from.unitsIn;
  sum.unitsDropped += from.unitsDropped;
  sum.framesOut += from.framesOut;
  sum.errors += from.errors;
  sum.rebuilds += from.rebuilds;
  sum.fallbacks += from.fallbacks;
  sum.sessionsGivenUp += from.sessionsGivenUp;
  sum.decodeMicros += from.decodeMicros;
}

}  // namespace

DecoderPool::DecoderPool(std::shared_ptr<Engine> engine, std::shared_ptr<DecoderBackends> backends)
    : engine_(std::move(engine)), backends_(std::move(backends)) {}

DecoderPool::~DecoderPool() {
  close();
}

std::shared_ptr<StreamDecoder> DecoderPool::decoder(const std::shared_ptr<Camera>& camera,
                                                    const StreamDecoderOptions& options,
                                                    StreamDecoder::Listener listener) {
  return add(camera, options, std::move(listener));
}

std::shared_ptr<StreamDecoder> DecoderPool::decoder(const StreamDecoderOptions& options,
                                                    StreamDecoder::Listener listener) {
  return add(nullptr, options, std::move(listener));
}

std::shared_ptr<StreamDecoder> DecoderPool::add(const std::shared_ptr<Camera>& camera,
                                                const StreamDecoderOptions& options,
                                                StreamDecoder::Listener listener) {
  StreamDecoderOptions named = options;
  if (named.name.empty() && camera != nullptr) named.name = camera->id();
  auto made = StreamDecoder::make(engine_, backends_, camera, named, std::move(listener));
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      decoders_.push_back(made);
      return made;
    }
  }
  made->close();
  throw Error("ERR_CLOSED", "The DecoderPool is closed. Open another.");
}

void DecoderPool::remove(const std::shared_ptr<StreamDecoder>& decoder) {
  decoder->close();
  const std::lock_guard lock(mutex_);
  if (std::erase(decoders_, decoder) > 0) addTo(gone_, decoder->stats());
}

DecoderPoolStats DecoderPool::stats() const {
  std::vector<std::shared_ptr<StreamDecoder>> decoders;
  DecoderPoolStats out;
  {
    const std::lock_guard lock(mutex_);
    decoders = decoders_;
    out = gone_;
  }
  const WorkerPool& threads = engine_->decodePool();
  out.threads = threads.threads();
  out.maxThreads = threads.maxThreads();
  out.decoders = decoders.size();
  for (const auto& decoder : decoders) {
    const StreamDecoderStats stats = decoder->stats();
    addTo(out, stats);
    out.memoryBytes += stats.memoryBytes;
    if (*stats.backend != '\0') ++(stats.onGpu ? out.onGpu : out.onCpu);
  }
  const auto lost = backends_->lost();
  out.gpuAvailable = backends_->gpu() != nullptr && !lost;
  out.whyNoGpu = lost.value_or(backends_->whyNoGpu());
  if (backends_->gpu() != nullptr) out.deviceBytes = backends_->gpu()->memoryBytes();
  return out;
}

void DecoderPool::close() {
  std::vector<std::shared_ptr<StreamDecoder>> decoders;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    decoders = decoders_;
  }
  for (const auto& decoder : decoders) remove(decoder);
}

}  // namespace flux
