// Which decoder a stream gets: the GPU's where it can decode the stream, else libavcodec.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "video/decoder.h"

namespace flux {

enum class DecoderBackend : uint8_t {
  kAuto,        ///< NVDEC where it can, else libavcodec
  kNvdec,       ///< NVDEC or nothing
  kLibavcodec,  ///< always the CPU
};

/// Makes the decoders of one backend. Any thread, several at once.
class DecoderFactory {
 public:
  DecoderFactory() = default;
  virtual ~DecoderFactory() = default;
  DecoderFactory(const DecoderFactory&) = delete;
  DecoderFactory& operator=(const DecoderFactory&) = delete;

  /// Why this backend cannot decode what has these parameters, as a clause for a sentence; empty
  /// where it can. Quick: asked at every change of a stream's parameters.
  [[nodiscard]] virtual std::string refusal(const CodecParameters& parameters) const = 0;
  /// Throws ERR_GPU_LOST where nothing works on this GPU any more; anything else that it throws
  /// means: not this stream, not now.
  /// `session` says whose memory it is: a camera's name.
  virtual std::unique_ptr<video::Decoder> make(const video::DecoderOptions& options,
                                               const std::string& session) = 0;
  /// What its decoders and their pictures hold of the device's memory, bytes; 0: not known.
  [[nodiscard]] virtual uint64_t memoryBytes() const { return 0; }
  /// Somebody says that the device works again.
  virtual void reset() {}
};

/// libavcodec's, which refuses nothing before it has tried.
std::shared_ptr<DecoderFactory> makeAvDecoderFactory();

/// Who holds a session of the GPU, and may be asked to give it up for another.
class GpuTenant {
 public:
  GpuTenant() = default;
  virtual ~GpuTenant() = default;
  GpuTenant(const GpuTenant&) = delete;
  GpuTenant& operator=(const GpuTenant&) = delete;

  static constexpr int64_t kInUse = INT64_MAX;

  /// Since when nobody has wanted its pictures, monotonic microseconds; kInUse: somebody does, or
  /// it holds no session.
  [[nodiscard]] virtual int64_t idleSinceMicros() const = 0;
  /// Gives its session back before it returns. False where it is at work, or in use again.
  virtual bool giveUp() = 0;
};

/// The choice for all streams of a pool: a GPU that is lost is lost for all of them, until reset().
/// Any thread.
class DecoderBackends final {
 public:
  /// A decoder that the GPU had no room for is not asked for again before this time has passed.
  static constexpr int64_t kFullForMicros = 10'000'000;
  /// Whose pictures nobody wanted for so long makes room for others.
  static constexpr int64_t kIdleMicros = 10'000'000;

  /// `gpu` may be null; `whyNoGpu` then says why, as a clause.
  DecoderBackends(std::shared_ptr<DecoderFactory> gpu, std::string whyNoGpu,
                  std::shared_ptr<DecoderFactory> cpu = makeAvDecoderFactory());

  struct Choice {
    bool gpu = false;
    std::string reason;  ///< why not the GPU, where it was to be
  };
  struct Made {
    std::unique_ptr<video::Decoder> decoder;
    Choice choice;
  };

  /// Without making one. Throws ERR_UNSUPPORTED where `wanted` is kNvdec and there can be none.
  [[nodiscard]] Choice choose(DecoderBackend wanted, const CodecParameters& parameters) const;
  /// Where the GPU has no room, tenants that are idle give theirs up one by one, the longest idle
  /// first. Throws what the last factory that was tried threw.
  Made make(DecoderBackend wanted, const video::DecoderOptions& options,
            const std::string& session = {});

  /// One that may be asked for its session from now on, as long as it lives.
  void join(const std::weak_ptr<GpuTenant>& tenant);
  /// Instead of kIdleMicros.
  void setIdleAfter(int64_t micros) noexcept { idleAfterMicros_ = micros; }

  /// Nothing works on the GPU any more; `why` is a sentence. The first call counts.
  void reportLost(const std::string& why);
  [[nodiscard]] std::optional<std::string> lost() const;
  /// The GPU may be tried again, by each stream from its next key frame on.
  void reset();
  /// Changes with reportLost() and reset(): what was chosen before may be chosen otherwise now.
  [[nodiscard]] uint64_t generation() const noexcept { return generation_; }

  [[nodiscard]] const std::shared_ptr<DecoderFactory>& gpu() const noexcept { return gpu_; }
  [[nodiscard]] const std::string& whyNoGpu() const noexcept { return whyNoGpu_; }

 private:
  [[nodiscard]] std::string whyNotGpu(const CodecParameters& parameters) const;
  [[nodiscard]] bool isFull() const;
  bool makeRoom();

  const std::shared_ptr<DecoderFactory> gpu_;
  const std::string whyNoGpu_;
  const std::shared_ptr<DecoderFactory> cpu_;
  mutable std::mutex mutex_;
  std::optional<std::string> lost_;
  std::string fullReason_;
  int64_t fullUntilMicros_ = 0;  ///< monotonic
  std::vector<std::weak_ptr<GpuTenant>> tenants_;
  std::atomic<uint64_t> generation_{0};
  std::atomic<int64_t> idleAfterMicros_{kIdleMicros};
};

}  // namespace flux
