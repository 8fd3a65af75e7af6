#include "engine/encoder_pool.h"

#include <algorithm>
#include <utility>

#include "engine/open_decoder_backends.h"

namespace flux {
namespace {

/// A decoder of a pool with one sink, as long as this lives.
struct Pictures {
  std::shared_ptr<DecoderPool> pool;
  std::shared_ptr<StreamDecoder> decoder;
  StreamDecoder::Subscription subscription;

  ~Pictures() {
    subscription.reset();
    pool->remove(decoder);
  }
};

/// By decoders that are opened when the first picture is wanted: waking a GPU takes its time.
EncoderPool::OpenCameraPictures picturesOf(const std::shared_ptr<Engine>& engine) {
  struct Lazy {
    std::once_flag once;
    EncoderPool::OpenCameraPictures open;
  };
  return [engine, lazy = std::make_shared<Lazy>()](
             const std::shared_ptr<Camera>& camera, StreamKind stream, double maxFrameRate,
             std::function<void(const video::DecodedFrame&)> sink) {
    std::call_once(lazy->once, [&] {
      lazy->open =
          EncoderPool::picturesFrom(std::make_shared<DecoderPool>(engine, openDecoderBackends({})));
    });
    return lazy->open(camera, stream, maxFrameRate, std::move(sink));
  };
}

std::mutex sharedMutex;
/// Never destroyed: an engine's threads may still run while the process exits.
std::weak_ptr<EncoderPool>& shared() {
  static auto& pool = *new std::weak_ptr<EncoderPool>();
  return pool;
}

}  // namespace

std::shared_ptr<EncoderPool> EncoderPool::acquire() {
  const std::lock_guard lock(sharedMutex);
  auto pool = shared().lock();
  if (pool == nullptr) {
    auto engine = Engine::acquire();
    auto pictures = picturesOf(engine);
    pool = std::make_shared<EncoderPool>(std::move(engine), makeEncoderBackends(),
                                         std::move(pictures));
    shared() = pool;
  }
  return pool;
}

EncoderPool::OpenCameraPictures EncoderPool::picturesFrom(std::shared_ptr<DecoderPool> pool) {
  return [pool = std::move(pool)](const std::shared_ptr<Camera>& camera, StreamKind stream,
                                  double maxFrameRate,
                                  std::function<void(const video::DecodedFrame&)> sink) {
    const bool sub = stream == StreamKind::kSub;
    auto decoder = pool->decoder(
        camera,
        {.quality = sub ? Quality::kGridView : Quality::kFullscreen, .maxFrameRate = maxFrameRate});
    auto subscription = decoder->subscribe(std::move(sink));
    return std::shared_ptr<void>(new Pictures{pool, std::move(decoder), std::move(subscription)},
                                 [](Pictures* pictures) { delete pictures; });
  };
}

struct SharedEncoder::Entry {
  std::weak_ptr<void> source;
  std::shared_ptr<EncodedStream> stream;
  size_t shares = 0;  ///< with the pool's mutex held

  std::mutex listening;
  std::vector<std::shared_ptr<EncodedStream::Listener>> listeners;

  void hear(const EncodedStreamEvent& event) {
    const std::lock_guard lock(listening);
    for (const auto& listener : listeners) {
      if (*listener) (*listener)(event);
    }
  }
};

SharedEncoder::SharedEncoder(std::shared_ptr<EncoderPool> pool, std::shared_ptr<Entry> entry,
                             EncodedStream::Listener listener)
    : pool_(std::move(pool)),
      entry_(std::move(entry)),
      listener_(std::make_shared<EncodedStream::Listener>(std::move(listener))) {
  const std::lock_guard lock(entry_->listening);
  entry_->listeners.push_back(listener_);
}

SharedEncoder::~SharedEncoder() {
  close();
}

void SharedEncoder::addTap(const std::shared_ptr<Tap>& tap) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  taps_.push_back(tap);
  entry_->stream->addTap(tap);
}

void SharedEncoder::removeTap(const std::shared_ptr<Tap>& tap) {
  const std::lock_guard lock(mutex_);
  if (std::erase(taps_, tap) > 0) entry_->stream->removeTap(tap);
}

bool SharedEncoder::requestKeyFrame() {
  return entry_->stream->requestKeyFrame();
}

void SharedEncoder::setBitrate(int64_t bitsPerSecond) {
  entry_->stream->setBitrate(bitsPerSecond);
}

EncodedStreamStats SharedEncoder::stats() const {
  return entry_->stream->stats();
}

void SharedEncoder::close() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(closed_, true)) return;
    for (const auto& tap : std::exchange(taps_, {})) entry_->stream->removeTap(tap);
  }
  {
    const std::lock_guard lock(entry_->listening);
    std::erase(entry_->listeners, listener_);
  }
  pool_->release(entry_);
}

EncoderPool::EncoderPool(std::shared_ptr<Engine> engine, std::shared_ptr<EncoderBackends> backends,
                         OpenCameraPictures openPictures)
    : engine_(std::move(engine)),
      backends_(std::move(backends)),
      openPictures_(std::move(openPictures)) {}

std::shared_ptr<SharedEncoder> EncoderPool::open(const std::shared_ptr<Camera>& camera,
                                                 const EncodedStreamOptions& options,
                                                 EncodedStream::Listener listener) {
  const auto openPictures = [open = openPictures_, camera](
                                StreamKind stream, double maxFrameRate,
                                std::function<void(const video::DecodedFrame&)> sink) {
    return open(camera, stream, maxFrameRate, std::move(sink));
  };
  return open(camera, camera, openPictures, options, std::move(listener));
}

std::shared_ptr<SharedEncoder> EncoderPool::open(const std::shared_ptr<void>& decoder,
                                                 const EncodedStream::OpenPictures& openPictures,
                                                 const EncodedStreamOptions& options,
                                                 EncodedStream::Listener listener) {
  return open(decoder, nullptr, openPictures, options, std::move(listener));
}

std::shared_ptr<SharedEncoder> EncoderPool::open(const std::shared_ptr<void>& source,
                                                 const std::shared_ptr<Camera>& camera,
                                                 const EncodedStream::OpenPictures& openPictures,
                                                 const EncodedStreamOptions& options,
                                                 EncodedStream::Listener listener) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(entries_, [&](const auto& entry) {
    return entry->source.lock() == source && entry->stream->options().isShared(options);
  });
  std::shared_ptr<SharedEncoder::Entry> entry;
  if (found != entries_.end()) {
    entry = *found;
  } else {
    entry = std::make_shared<SharedEncoder::Entry>();
    entry->source = source;
    entry->stream =
        EncodedStream::make(engine_, backends_, camera, openPictures, options,
                            [weak = std::weak_ptr(entry)](const EncodedStreamEvent& event) {
                              if (const auto held = weak.lock()) held->hear(event);
                            });
    entries_.push_back(entry);
  }
  ++entry->shares;
  return std::shared_ptr<SharedEncoder>(
      new SharedEncoder(shared_from_this(), std::move(entry), std::move(listener)));
}

void EncoderPool::release(const std::shared_ptr<SharedEncoder::Entry>& entry) {
  {
    const std::lock_guard lock(mutex_);
    if (--entry->shares > 0) return;
    entries_.remove(entry);
  }
  entry->stream->close();
}

size_t EncoderPool::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace flux
