// One encode session of NVENC: what the API's functions promise each other is kept here. Internal
// to lib/gpu. Source: Video Codec SDK, NVENC Video Encoder API Programming Guide.
#pragma once

#include <ffnvcodec/nvEncodeAPI.h>

#include <memory>
#include <vector>

#include "base/bytes.h"
#include "gpu/device.h"
#include "video/encoder.h"

namespace flux::gpu {

/// The driver's functions, with those of its version checked. Throws ERR_UNSUPPORTED, with the
/// reason and what to do.
const NV_ENCODE_API_FUNCTION_LIST& nvencApi();

/// Used by one thread at a time. Every call needs the device's context to be current.
class NvencSession final {
 public:
  /// Throws what stands for the driver's answer:
  ///   ERR_UNSUPPORTED    this GPU has no encoder (H100, H200), or none for this codec
  ///   ERR_GPU_SESSIONS   as many sessions as the driver allows are open, or its memory is full
  ///   ERR_LIMIT          the picture is too small or too large for it
  ///   ERR_GPU_LOST, ERR_ENCODE
  NvencSession(std::shared_ptr<Device> device, const video::EncoderOptions& options);
  ~NvencSession();
  NvencSession(const NvencSession&) = delete;
  NvencSession& operator=(const NvencSession&) = delete;

  /// Memory that pictures are encoded from, NV12, chroma right behind luma. It has to outlive the
  /// session.
  NV_ENC_REGISTERED_PTR registerInput(CUdeviceptr address, size_t pitch);
  /// The bytes of the picture in `input`, whose writers are done. Valid until the next call.
  ByteView encode(NV_ENC_REGISTERED_PTR input, bool keyFrame, int64_t timestamp);
  void setBitrate(int64_t bitsPerSecond);

 private:
  void open();
  void requireCodec() const;
  [[nodiscard]] int capability(NV_ENC_CAPS which) const;
  void configure(const video::EncoderOptions& options);
  void setRate(int64_t bitsPerSecond);
  void close() noexcept;
  /// Throws what `status` stands for.
  void check(NVENCSTATUS status, const char* action) const;
  [[noreturn]] void raise(NVENCSTATUS status, const char* action) const;

  const std::shared_ptr<Device> device_;
  const NV_ENCODE_API_FUNCTION_LIST& api_;
  const GUID codec_;
  const video::Size size_;
  const double frameRate_;
  void* encoder_ = nullptr;
  NV_ENC_OUTPUT_PTR output_ = nullptr;
  NV_ENC_CONFIG config_{};
  NV_ENC_INITIALIZE_PARAMS parameters_{};
  std::vector<NV_ENC_REGISTERED_PTR> inputs_;
  Bytes packet_;
  uint32_t count_ = 0;
};

}  // namespace flux::gpu
