extern "C" {
#include <libavutil/frame.h>
}

#include <algorithm>
#include <new>
#include <utility>

#include "gpu/device.h"
#include "gpu/result.h"
#include "gpu/surface_memory.h"
#include "gpu/surface_pool.h"
#include "video/convert_plan.h"

namespace flux::gpu {
namespace {

std::shared_ptr<AVFrame> hostFrame(const Surface& surface) {
  std::shared_ptr<AVFrame> frame(av_frame_alloc(), [](AVFrame* own) { av_frame_free(&own); });
  if (frame == nullptr) throw std::bad_alloc();
  frame->format = surface.bitDepth() == 8 ? AV_PIX_FMT_NV12 : AV_PIX_FMT_P016LE;
  frame->width = surface.size().width;
  frame->height = surface.size().height;
  video::setColour(*frame, surface.colour());
  frame->sample_aspect_ratio = {surface.pixelRatio()[0], surface.pixelRatio()[1]};
  if (av_frame_get_buffer(frame.get(), 0) != 0) throw std::bad_alloc();
  return frame;
}

}  // namespace

SurfaceMemory::~SurfaceMemory() {
  if (address == 0 || device.lost()) return;
  const ContextScope scope(device, ContextScope::kQuiet);
  driver().cuEventSynchronize(ready.get());
  for (const auto& read : reads) {
    if (read.pending) driver().cuEventSynchronize(read.done.get());
  }
  driver().cuMemFree(address);
}

Surface::~Surface() {
  if (memory_ == nullptr) return;
  const std::lock_guard lock(class_->mutex);
  class_->free.push_back(std::move(memory_));
  --class_->inUse;
  --share_->inUse;
  if (share_->open) ++class_->owed;
}

int Surface::device() const noexcept {
  return device_->ordinal();
}

std::array<video::DeviceImage::Plane, 2> Surface::planes() const noexcept {
  const size_t pitch = class_->pitch;
  const size_t lines = 2 * static_cast<size_t>(video::halfOf(size_.height));
  return {Plane{memory_->address, pitch}, Plane{memory_->address + pitch * lines, pitch}};
}

void Surface::beginWrite(const Stream& stream) {
  const std::lock_guard lock(memory_->mutex);
  stream.wait(memory_->ready);
  for (auto& read : memory_->reads) {
    if (std::exchange(read.pending, false)) stream.wait(read.done);
  }
}

void Surface::markReady(const Stream& stream) {
  memory_->ready.record(stream);
}

void Surface::waitReady(const Stream& stream) const {
  stream.wait(memory_->ready);
}

void Surface::markRead(const Stream& stream) const {
  const std::lock_guard lock(memory_->mutex);
  auto& reads = memory_->reads;
  auto known = std::find_if(reads.begin(), reads.end(),
                            [&](const auto& read) { return read.stream == stream.id(); });
  if (known == reads.end()) {
    known = std::find_if(reads.begin(), reads.end(),
                         [](const auto& read) { return !read.pending || read.done.done(); });
  }
  if (known == reads.end()) {
    reads.push_back({0, Event(*device_), false});
    known = std::prev(reads.end());
  }
  known->done.record(stream);
  known->stream = stream.id();
  known->pending = true;
}

CUevent Surface::readyEvent() const noexcept {
  return memory_->ready.get();
}

uint64_t Surface::bytes() const noexcept {
  return class_->bytes();
}

std::shared_ptr<const AVFrame> Surface::download() const {
  const auto frame = hostFrame(*this);
  const ContextScope scope(*device_);
  const auto stream = device_->surfaces().borrowStream();
  waitReady(*stream);
  const auto from = planes();
  const size_t sample = bitDepth_ == 8 ? 1 : 2;
  const size_t chromaWidth = 2 * static_cast<size_t>(video::halfOf(size_.width));
  const std::array<size_t, 2> widths = {static_cast<size_t>(size_.width) * sample,
                                        chromaWidth * sample};
  const std::array<size_t, 2> heights = {static_cast<size_t>(size_.height),
                                         static_cast<size_t>(video::halfOf(size_.height))};
  for (size_t plane = 0; plane < from.size(); ++plane) {
    CUDA_MEMCPY2D copy{};
    copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
    copy.srcDevice = from[plane].address;
    copy.srcPitch = from[plane].pitch;
    copy.dstMemoryType = CU_MEMORYTYPE_HOST;
    copy.dstHost = frame->data[plane];
    copy.dstPitch = static_cast<size_t>(frame->linesize[plane]);
    copy.WidthInBytes = widths[plane];
    copy.Height = heights[plane];
    check(driver().cuMemcpy2DAsync(&copy, stream->get()), "copying a picture from the GPU");
  }
  stream->synchronize();
  return frame;
}

const Surface* surfaceOf(const video::Frame& frame) noexcept {
  return dynamic_cast<const Surface*>(frame.onDevice().get());
}

}  // namespace flux::gpu
