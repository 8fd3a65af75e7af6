// Pictures on their way to the (fake) GPU and back, for tests.
#pragma once

#include "gpu/device.h"
#include "gpu/kernels.h"
#include "gpu/memory.h"
#include "gpu/result.h"
#include "gpu/stream.h"
#include "gpu/surface_pool.h"
#include "video/convert.h"

extern "C" {
#include <libavutil/frame.h>
}

namespace flux::gpu {

/// Has the stream copy an NV12 or P016LE picture into planes of its size.
inline void upload(const AVFrame& from, const std::array<video::DeviceImage::Plane, 2>& to,
                   const Stream& stream) {
  const size_t sample = from.format == AV_PIX_FMT_NV12 ? 1 : 2;
  for (size_t i = 0; i < 2; ++i) {
    CUDA_MEMCPY2D copy{};
    copy.srcMemoryType = CU_MEMORYTYPE_HOST;
    copy.srcHost = from.data[i];
    copy.srcPitch = static_cast<size_t>(from.linesize[i]);
    copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
    copy.dstDevice = to[i].address;
    copy.dstPitch = to[i].pitch;
    const auto width = static_cast<size_t>(from.width);
    copy.WidthInBytes = (i == 0 ? width : (width + 1) / 2 * 2) * sample;
    copy.Height = static_cast<size_t>(i == 0 ? from.height : (from.height + 1) / 2);
    check(driver().cuMemcpy2DAsync(&copy, stream.get()), "uploading a picture");
  }
}

/// A surface of the session with that picture, not waited for.
inline std::shared_ptr<Surface> surfaceWith(const video::Frame& from, SurfaceSession& session,
                                            const Stream& stream) {
  auto surface = session.acquire();
  if (surface == nullptr) throw std::runtime_error("the session has no surface left");
  surface->setColour(from.colour());
  surface->setPixelRatio({from.av().sample_aspect_ratio.num, from.av().sample_aspect_ratio.den});
  surface->beginWrite(stream);
  upload(from.av(), surface->planes(), stream);
  surface->markReady(stream);
  return surface;
}

/// Waits for the stream.
inline std::vector<uint8_t> bytesOf(const DeviceBuffer& buffer, const Stream& stream) {
  std::vector<uint8_t> out(buffer.bytes());
  check(driver().cuMemcpyDtoHAsync(out.data(), buffer.address(), out.size(), stream.get()),
        "downloading");
  stream.synchronize();
  return out;
}

}  // namespace flux::gpu
