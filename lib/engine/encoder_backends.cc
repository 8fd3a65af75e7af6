#include "engine/encoder_backends.h"

#include "base/clock.h"
#include "gpu/device.h"
#include "gpu/nvenc_encoder.h"
#include "video/av_encoder.h"

namespace flux {
namespace {

class AvEncoderFactory final : public EncoderFactory {
 public:
  std::unique_ptr<video::Encoder> make(const video::EncoderOptions& options) override {
    return video::makeAvEncoder(options);
  }
};

class NvencFactory final : public EncoderFactory {
 public:
  explicit NvencFactory(int device) : device_(device) {}

  std::unique_ptr<video::Encoder> make(const video::EncoderOptions& options) override {
    return gpu::makeNvencEncoder(gpu::Device::open(device_), options);
  }

 private:
  const int device_;
};

}  // namespace

std::shared_ptr<EncoderBackends> makeEncoderBackends(int device) {
  return std::make_shared<EncoderBackends>([device]() -> EncoderBackends::Gpu {
    const gpu::DriverInfo& info = gpu::driverInfo();
    if (!info.usable) return {nullptr, info.why};
    const gpu::Driver::Component& nvenc = gpu::driver().nvenc;
    if (!nvenc.available) return {nullptr, nvenc.why};
    return {std::make_shared<NvencFactory>(device), ""};
  });
}

EncoderBackends::EncoderBackends(std::function<Gpu()> openGpu)
    : openGpu_(std::move(openGpu)), cpu_(std::make_shared<AvEncoderFactory>()) {}

const EncoderBackends::Gpu& EncoderBackends::gpu() {
  std::call_once(opened_, [this] {
    gpu_ = openGpu_ ? openGpu_() : Gpu{nullptr, "no GPU is to be used"};
  });
  return gpu_;
}

EncoderBackends::Made EncoderBackends::make(EncoderBackend wanted,
                                            const video::EncoderOptions& options) {
  if (wanted == EncoderBackend::kLibavcodec) return {cpu_->make(options), ""};
  // Options that nothing takes are no reason to give a GPU up.
  std::string reason = whyNotGpu(options.codec);
  if (reason.empty()) {
    try {
      return {gpu().factory->make(options), ""};
    } catch (const Error& error) {
      if (error.code() == "ERR_INVALID_ARGUMENT") throw;
      reportFailure(options.codec, error);
      if (wanted == EncoderBackend::kNvenc) throw;
      reason = error.what();
    }
  }
  if (wanted == EncoderBackend::kNvenc) {
    throw Error("ERR_UNSUPPORTED", "NVENC is not to be had: " + reason +
                                       ". Leave the choice of the encoder to the engine, or mend "
                                       "that");
  }
  return {cpu_->make(options), reason};
}

std::string EncoderBackends::whyNotGpu(Codec codec) {
  if (gpu().factory == nullptr) return gpu().whyNot;
  const std::lock_guard lock(mutex_);
  if (!lost_.empty()) return lost_;
  const auto index = static_cast<size_t>(codec);
  if (index < unsupported_.size() && !unsupported_[index].empty()) return unsupported_[index];
  return monotonicMicros() < fullUntilMicros_ ? full_ : "";
}

void EncoderBackends::reportFailure(Codec codec, const Error& error) {
  if (error.code() == "ERR_LIMIT") return;
  if (error.code() == "ERR_GPU_LOST") return reportLost(error.what());
  const std::lock_guard lock(mutex_);
  const auto index = static_cast<size_t>(codec);
  if (error.code() == "ERR_UNSUPPORTED" && index < unsupported_.size()) {
    unsupported_[index] = error.what();
    return;
  }
  full_ = error.what();
  fullUntilMicros_ = monotonicMicros() + kFullForMicros;
}

void EncoderBackends::reportLost(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (lost_.empty()) lost_ = why;
}

void EncoderBackends::reset() {
  const std::lock_guard lock(mutex_);
  lost_.clear();
  unsupported_ = {};
  fullUntilMicros_ = 0;
}

}  // namespace flux
