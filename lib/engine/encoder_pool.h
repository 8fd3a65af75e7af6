// All streams that are encoded in a process: who wants the same of the same camera shares one.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/decoder_pool.h"
#include "engine/encoded_stream.h"

namespace flux {

class EncoderPool;

/// Somebody's share of an encoded stream. Any thread but the engine's network, recording and sync
/// threads.
class SharedEncoder final {
 public:
  ~SharedEncoder();
  SharedEncoder(const SharedEncoder&) = delete;
  SharedEncoder& operator=(const SharedEncoder&) = delete;

  // See EncodedStream. What they change, they change for all who share it.
  void addTap(const std::shared_ptr<Tap>& tap);
  void removeTap(const std::shared_ptr<Tap>& tap);
  bool requestKeyFrame();
  void setBitrate(int64_t bitsPerSecond);
  [[nodiscard]] EncodedStreamStats stats() const;
  /// Have both a share of one?
  [[nodiscard]] bool sharesWith(const SharedEncoder& other) const { return entry_ == other.entry_; }

  /// After it returns none of its taps and not its listener is called any more. The stream ends
  /// with the last who shares it. Idempotent.
  void close();

 private:
  friend class EncoderPool;
  struct Entry;
  SharedEncoder(std::shared_ptr<EncoderPool> pool, std::shared_ptr<Entry> entry,
                EncodedStream::Listener listener);

  const std::shared_ptr<EncoderPool> pool_;
  const std::shared_ptr<Entry> entry_;
  const std::shared_ptr<EncodedStream::Listener> listener_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Tap>> taps_;
  bool closed_ = false;
};

class EncoderPool final : public std::enable_shared_from_this<EncoderPool> {
 public:
  /// Makes the pictures of a camera's stream come: see EncodedStream::OpenPictures.
  using OpenCameraPictures = std::function<std::shared_ptr<void>(
      const std::shared_ptr<Camera>& camera, StreamKind stream, double maxFrameRate,
      std::function<void(const video::DecodedFrame&)> sink)>;

  /// By decoders of `pool`, one for each that is asked for.
  static OpenCameraPictures picturesFrom(std::shared_ptr<DecoderPool> pool);

  /// The process's pool, on the process's engine, with a GPU where there is one; made where there
  /// is none.
  static std::shared_ptr<EncoderPool> acquire();

  EncoderPool(std::shared_ptr<Engine> engine, std::shared_ptr<EncoderBackends> backends,
              OpenCameraPictures openPictures);
  EncoderPool(const EncoderPool&) = delete;
  EncoderPool& operator=(const EncoderPool&) = delete;

  /// Any thread but the engine's network, recording and sync threads. Throws ERR_INVALID_ARGUMENT.
  std::shared_ptr<SharedEncoder> open(const std::shared_ptr<Camera>& camera,
                                      const EncodedStreamOptions& options,
                                      EncodedStream::Listener listener = {});
  /// Encodes what a decoder gives; `decoder` is who shares it.
  std::shared_ptr<SharedEncoder> open(const std::shared_ptr<void>& decoder,
                                      const EncodedStream::OpenPictures& openPictures,
                                      const EncodedStreamOptions& options,
                                      EncodedStream::Listener listener = {});
  /// Streams that are open.
  [[nodiscard]] size_t size() const;

 private:
  friend class SharedEncoder;
  std::shared_ptr<SharedEncoder> open(const std::shared_ptr<void>& source,
                                      const std::shared_ptr<Camera>& camera,
                                      const EncodedStream::OpenPictures& openPictures,
                                      const EncodedStreamOptions& options,
                                      EncodedStream::Listener listener);
  void release(const std::shared_ptr<SharedEncoder::Entry>& entry);

  const std::shared_ptr<Engine> engine_;
  const std::shared_ptr<EncoderBackends> backends_;
  const OpenCameraPictures openPictures_;
  mutable std::mutex mutex_;
  std::list<std::shared_ptr<SharedEncoder::Entry>> entries_;
};

}  // namespace flux
