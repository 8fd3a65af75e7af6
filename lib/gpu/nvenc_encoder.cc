#include "gpu/nvenc_encoder.h"

extern "C" {
#include <libavutil/frame.h>
}

#include <array>
#include <optional>
#include <utility>

#include "base/error.h"
#include "gpu/kernels.h"
#include "gpu/nvenc_session.h"
#include "gpu/result.h"
#include "gpu/stream.h"
#include "gpu/surface_pool.h"
#include "video/convert.h"
#include "video/encoded_units.h"

namespace flux::gpu {
namespace {

class NvencEncoder final : public video::Encoder {
 public:
  NvencEncoder(std::shared_ptr<Device> device, const video::EncoderOptions& options)
      : device_(std::move(device)), options_(options), units_(options.codec) {
    const ContextScope scope(*device_);
    session_.emplace(device_, options_);
    stream_.emplace(*device_);
    surfaces_ = device_->surfaces().open(options_.size, 8, 1, "encoder");
    surface_ = surfaces_->acquire();
    if (surface_ == nullptr) throw Error("ERR_GPU_MEMORY", "there is no surface for an encoder");
    surface_->setColour(options_.colour);
    const auto luma = surface_->planes()[0];
    input_ = session_->registerInput(luma.address, luma.pitch);
  }

  ~NvencEncoder() override {
    const ContextScope scope(*device_, ContextScope::kQuiet);
    session_.reset();
    stream_.reset();
    surface_.reset();
    surfaces_.reset();
  }

  [[nodiscard]] const char* backend() const noexcept override { return "nvenc"; }

  AccessUnitPtr encode(const Input& input) override {
    const ContextScope scope(*device_);
    bring(input.picture);
    const bool keyFrame = input.keyFrame || sinceKeyFrame_ >= options_.keyFrameEvery || first_;
    AccessUnitPtr unit = units_.make(session_->encode(input_, keyFrame, input.timestamp), input);
    first_ = false;
    sinceKeyFrame_ = unit->keyFrame ? 1 : sinceKeyFrame_ + 1;
    return unit;
  }

  void setBitrate(int64_t bitsPerSecond) override {
    video::EncoderOptions changed = options_;
    changed.bitrate = bitsPerSecond;
    video::checkEncoderOptions(changed);
    const ContextScope scope(*device_);
    session_->setBitrate(bitsPerSecond);
  }

 private:
  /// Has the picture in the surface that the encoder reads, in its size and colours.
  void bring(const video::Frame& picture) {
    const Surface* own = surfaceOf(picture);
    if (own != nullptr && &own->owner() == device_.get()) {
      const auto planes = surface_->planes();
      DeviceDestination to;
      for (size_t i = 0; i < planes.size(); ++i) {
        to.address[i] = planes[i].address;
        to.pitch[i] = planes[i].pitch;
      }
      surface_->beginWrite(*stream_);
      device_->kernels().convert(*own, conversion(), to, *stream_);
    } else {
      const video::Frame host = picture.onHost();
      surface_->beginWrite(*stream_);
      upload(fits(host) ? host : converter_.toFrame(host, conversion()));
    }
    surface_->markReady(*stream_);
    // The encoder does not know of streams.
    stream_->synchronize();
    uploaded_.reset();
  }

  [[nodiscard]] video::ConvertOptions conversion() const {
    return {.format = video::PixelFormat::kNv12, .size = options_.size, .colour = options_.colour};
  }

  [[nodiscard]] bool fits(const video::Frame& host) const {
    return host.av().format == AV_PIX_FMT_NV12 && host.size() == options_.size &&
           host.colour() == options_.colour;
  }

  /// `host` stays until bring() has waited.
  void upload(const video::Frame& host) {
    uploaded_ = host;
    const AVFrame& from = host.av();
    const auto planes = surface_->planes();
    for (size_t plane = 0; plane < planes.size(); ++plane) {
      CUDA_MEMCPY2D copy{};
      copy.srcMemoryType = CU_MEMORYTYPE_HOST;
      copy.srcHost = from.data[plane];
      copy.srcPitch = static_cast<size_t>(from.linesize[plane]);
      copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
      copy.dstDevice = planes[plane].address;
      copy.dstPitch = planes[plane].pitch;
      copy.WidthInBytes = static_cast<size_t>(options_.size.width);
      copy.Height = static_cast<size_t>(options_.size.height) >> plane;
      check(driver().cuMemcpy2DAsync(&copy, stream_->get()), "copying a picture to the GPU");
    }
  }

  const std::shared_ptr<Device> device_;
  const video::EncoderOptions options_;
  video::EncodedUnits units_;
  video::Converter converter_;
  std::optional<NvencSession> session_;
  std::optional<Stream> stream_;
  std::unique_ptr<SurfaceSession> surfaces_;
  std::shared_ptr<Surface> surface_;
  std::optional<video::Frame> uploaded_;
  NV_ENC_REGISTERED_PTR input_ = nullptr;
  int sinceKeyFrame_ = 0;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<video::Encoder> makeNvencEncoder(std::shared_ptr<Device> device,
                                                 const video::EncoderOptions& options) {
  video::checkEncoderOptions(options);
  return std::make_unique<NvencEncoder>(std::move(device), options);
}

}  // namespace flux::gpu
