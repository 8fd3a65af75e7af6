// Which encoder a stream gets: the GPU's where there is one and it has room, else libavcodec.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "video/encoder.h"

namespace flux {

enum class EncoderBackend : uint8_t {
  kAuto,        ///< NVENC where it can, else libavcodec
  kNvenc,       ///< NVENC or nothing
  kLibavcodec,  ///< always the CPU
};

/// Makes the encoders of one backend. Any thread, several at once.
class EncoderFactory {
 public:
  EncoderFactory() = default;
  virtual ~EncoderFactory() = default;
  EncoderFactory(const EncoderFactory&) = delete;
  EncoderFactory& operator=(const EncoderFactory&) = delete;

  /// What it throws tells what to do: ERR_UNSUPPORTED, never this codec on this machine;
  /// ERR_GPU_LOST, nothing at all until reset(); ERR_LIMIT, no pictures of this size; anything
  /// else, not now.
  virtual std::unique_ptr<video::Encoder> make(const video::EncoderOptions& options) = 0;
};

/// The choice for all encoders of a pool. Any thread.
class EncoderBackends final {
 public:
  /// A GPU that had no room for an encoder is not asked again before this time has passed.
  static constexpr int64_t kFullForMicros = 10'000'000;

  struct Gpu {
    std::shared_ptr<EncoderFactory> factory;  ///< null: there is none
    std::string whyNot;                       ///< as a clause
  };

  /// The GPU is opened when the first encoder wants it: waking one may take a second. Without
  /// `openGpu` there is none.
  explicit EncoderBackends(std::function<Gpu()> openGpu = {});

  struct Made {
    std::unique_ptr<video::Encoder> encoder;
    std::string reason;  ///< why not the GPU, where it was to be; else empty
  };
  /// Throws what the last factory that was tried threw.
  Made make(EncoderBackend wanted, const video::EncoderOptions& options);

  /// The GPU's encoders do not get anywhere, or cannot be made: see EncoderFactory::make().
  void reportFailure(Codec codec, const Error& error);
  /// Nothing works on the GPU any more; `why` is a sentence. The first call counts.
  void reportLost(const std::string& why);
  /// The GPU may be tried again, by each encoder that is made from now on.
  void reset();

 private:
  const Gpu& gpu();
  [[nodiscard]] std::string whyNotGpu(Codec codec);

  const std::function<Gpu()> openGpu_;
  const std::shared_ptr<EncoderFactory> cpu_;
  std::once_flag opened_;
  Gpu gpu_;
  mutable std::mutex mutex_;
  std::string lost_;
  std::array<std::string, 2> unsupported_;  ///< by Codec: kH264, kH265
  std::string full_;
  int64_t fullUntilMicros_ = 0;  ///< monotonic
};

/// NVENC of the GPU with this ordinal where the driver has it, else libavcodec alone.
std::shared_ptr<EncoderBackends> makeEncoderBackends(int device = 0);

}  // namespace flux
