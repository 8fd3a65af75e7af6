#include "render/cuda_gl.h"

#include "gpu/kernels.h"
#include "gpu/result.h"

namespace flux::render {
namespace {

/// Not WRITE_DISCARD: slots that did not change keep what they have.
constexpr unsigned kKeepContents = 0;

}  // namespace

CudaGl::CudaGl(std::shared_ptr<gpu::Device> device, const Atlas& atlas)
    : device_(std::move(device)), generation_(atlas.generation()) {
  const gpu::ContextScope scope(*device_);
  stream_ = std::make_unique<gpu::Stream>(*device_, gpu::Stream::Priority::kHigh);
  const auto width = static_cast<size_t>(atlas.size().width);
  const auto height = static_cast<size_t>(atlas.size().height);
  buffer_ = gpu::DeviceBuffer(*device_, width * height * 3 / 2, gpu::Purpose::kRendering);
  planes_ = {Plane{buffer_.address(), width}, Plane{buffer_.address() + width * height, width}};
  try {
    registerTextures(atlas);
  } catch (...) {
    unregister();
    throw;
  }
}

CudaGl::~CudaGl() {
  const gpu::ContextScope scope(*device_, gpu::ContextScope::kQuiet);
  unregister();
  stream_.reset();  // waits: nothing writes into the buffer any more
  buffer_ = {};
}

void CudaGl::registerTextures(const Atlas& atlas) {
  const auto& cuda = gpu::cuda();
  for (size_t pair = 0; pair < resources_.size(); ++pair) {
    const std::array textures = {atlas.luma(pair), atlas.chroma(pair)};
    for (size_t plane = 0; plane < textures.size(); ++plane) {
      gpu::check(cuda.cuGraphicsGLRegisterImage(&resources_[pair][plane], textures[plane],
                                                GL_TEXTURE_2D, kKeepContents),
                 "sharing a texture with OpenGL");
    }
  }
}

void CudaGl::unregister() noexcept {
  for (auto& pair : resources_) {
    for (CUgraphicsResource& resource : pair) {
      if (resource != nullptr) gpu::driver().cuGraphicsUnregisterResource(resource);
      resource = nullptr;
    }
  }
}

void CudaGl::scale(const Atlas& atlas, const Write& write) {
  const PixelRect& slot = atlas.slot(write.slot);
  const auto x = static_cast<size_t>(slot.x);
  const auto y = static_cast<size_t>(slot.y);
  gpu::DeviceDestination to;
  to.address = {planes_[0].address + y * planes_[0].pitch + x,
                planes_[1].address + y / 2 * planes_[1].pitch + x};
  to.pitch = {planes_[0].pitch, planes_[1].pitch};
  // The target of a letterboxed picture has the picture's own shape already.
  const auto fit = write.fit == video::Fit::kCover ? write.fit : video::Fit::kStretch;
  device_->kernels().convert(*write.picture,
                             {.format = video::PixelFormat::kNv12,
                              .size = slot.size(),
                              .fit = fit,
                              .colour = write.picture->colour()},
                             to, *stream_);
}

void CudaGl::copy(const Atlas& atlas, const std::vector<Write>& writes) {
  const auto& cuda = gpu::cuda();
  std::array<CUarray, 2> arrays{};
  for (size_t plane = 0; plane < arrays.size(); ++plane) {
    gpu::check(cuda.cuGraphicsSubResourceGetMappedArray(&arrays[plane],
                                                        resources_[atlas.current()][plane], 0, 0),
               "reaching OpenGL's texture");
  }
  for (const Write& write : writes) {
    const PixelRect& slot = atlas.slot(write.slot);
    for (size_t plane = 0; plane < arrays.size(); ++plane) {
      const bool chroma = plane == 1;
      CUDA_MEMCPY2D copy{};
      copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
      copy.srcDevice = planes_[plane].address;
      copy.srcPitch = planes_[plane].pitch;
      copy.dstMemoryType = CU_MEMORYTYPE_ARRAY;
      copy.dstArray = arrays[plane];
      // A sample of chroma is two bytes wide, for two pixels: the bytes are the same.
      copy.srcXInBytes = copy.dstXInBytes = static_cast<size_t>(slot.x);
      copy.srcY = copy.dstY = static_cast<size_t>(chroma ? slot.y / 2 : slot.y);
      copy.WidthInBytes = static_cast<size_t>(chroma ? (slot.width + 1) / 2 * 2 : slot.width);
      copy.Height = static_cast<size_t>(chroma ? (slot.height + 1) / 2 : slot.height);
      gpu::check(cuda.cuMemcpy2DAsync(&copy, stream_->get()), "copying a picture to OpenGL");
    }
  }
}

void CudaGl::write(const Atlas& atlas, const std::vector<Write>& writes) {
  const gpu::ContextScope scope(*device_);
  for (const Write& write : writes) {
    if (write.picture != nullptr) scale(atlas, write);
  }
  const auto& cuda = gpu::cuda();
  auto& pair = resources_[atlas.current()];
  gpu::check(cuda.cuGraphicsMapResources(2, pair.data(), stream_->get()),
             "mapping OpenGL's textures");
  try {
    copy(atlas, writes);
  } catch (...) {
    cuda.cuGraphicsUnmapResources(2, pair.data(), stream_->get());
    throw;
  }
  // OpenGL's next work waits for what the stream was given.
  gpu::check(cuda.cuGraphicsUnmapResources(2, pair.data(), stream_->get()),
             "giving OpenGL its textures back");
}

}  // namespace flux::render
