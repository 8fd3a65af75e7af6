#include "engine/open_decoder_backends.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "gpu/device.h"
#include "gpu/nvdec_caps.h"
#include "gpu/nvdec_decoder.h"

namespace flux {
namespace {

/// NVDEC on one GPU.
class NvdecFactory final : public DecoderFactory {
 public:
  explicit NvdecFactory(std::shared_ptr<gpu::Device> device) : device_(std::move(device)) {}

  [[nodiscard]] std::string refusal(const CodecParameters& parameters) const override {
    return gpu::nvdecRefusal(*device_, parameters);
  }
  std::unique_ptr<video::Decoder> make(const video::DecoderOptions& options,
                                       const std::string& session) override {
    return gpu::makeNvdecDecoder({.parameters = options.parameters,
                                  .device = device_,
                                  .stream = nullptr,
                                  .session = session,
                                  .colour = options.colour,
                                  .heldPictures = kHeldPictures});
  }
  [[nodiscard]] uint64_t memoryBytes() const override {
    return device_->budget().stats().usedBytes;
  }

 private:
  /// Three in a queue for JavaScript, one with JavaScript, and a few with renderer, encoder and
  /// model.
  static constexpr int kHeldPictures = 8;

  const std::shared_ptr<gpu::Device> device_;
};

std::shared_ptr<DecoderFactory> openNvdec(const DecoderBackendOptions& options) {
  // Before anything is opened: the driver's table says what of it is missing.
  if (!gpu::driver().nvcuvid.available && gpu::driver().cuda.available) {
    throw Error("ERR_UNSUPPORTED", gpu::driver().nvcuvid.why);
  }
  auto device = gpu::Device::open(options.device);
  if (options.memoryBytes > 0 || options.reserveBytes > 0 || options.reserveShare > 0) {
    const auto total = static_cast<double>(device->budget().stats().totalBytes);
    const uint64_t reserve = options.reserveShare > 0
                                 ? static_cast<uint64_t>(total * options.reserveShare)
                                 : options.reserveBytes;
    device->budget().limit(options.memoryBytes, reserve);
  }
  return std::make_shared<NvdecFactory>(std::move(device));
}

}  // namespace

std::shared_ptr<DecoderBackends> openDecoderBackends(const DecoderBackendOptions& options) {
  if (options.backend == DecoderBackend::kLibavcodec) {
    return std::make_shared<DecoderBackends>(nullptr, "the pool was opened for the CPU alone");
  }
  try {
    return std::make_shared<DecoderBackends>(openNvdec(options), "");
  } catch (const Error& error) {
    const bool wrong = error.code() == "ERR_INVALID_ARGUMENT";
    if (wrong || options.backend == DecoderBackend::kNvdec) throw;
    return std::make_shared<DecoderBackends>(nullptr, error.what());
  }
}

}  // namespace flux
