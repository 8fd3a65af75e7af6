#include "gpu/picture_batch.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "gpu/kernels.h"
#include "gpu/result.h"

namespace flux::gpu {

PictureBatch::PictureBatch(std::shared_ptr<Device> device, const video::ConvertOptions& options,
                           size_t count)
    : device_(std::move(device)),
      options_(options),
      count_(count),
      itemBytes_(video::packedBytes(options.format, options.size)),
      memory_(*device_, itemBytes_ * count, Purpose::kInference, "batch") {
  (void)device_->kernels();
  const ContextScope scope(*device_);
  stream_ = std::make_unique<Stream>(*device_);
  clear(0, count);
}

PictureBatch::~PictureBatch() = default;

CUdeviceptr PictureBatch::item(size_t index) const {
  if (index >= count_) {
    throw Error("ERR_INVALID_ARGUMENT", "A batch of " + std::to_string(count_) +
                                            " pictures has no item " + std::to_string(index) + ".");
  }
  return memory_.address() + index * itemBytes_;
}

video::Placement PictureBatch::convert(const Surface& from, size_t index) {
  (void)item(index);
  const ContextScope scope(*device_);
  const DeviceDestination to =
      packedInto(memory_.address(), memory_.bytes(), options_.format, options_.size, index);
  return device_->kernels().convert(from, options_, to, *stream_);
}

void PictureBatch::upload(std::span<const uint8_t> from, size_t index) {
  const CUdeviceptr to = item(index);
  if (from.size() != itemBytes_) {
    throw Error("ERR_INVALID_ARGUMENT", "An item takes " + std::to_string(itemBytes_) + " bytes.");
  }
  const ContextScope scope(*device_);
  check(driver().cuMemcpyHtoDAsync(to, from.data(), itemBytes_, stream_->get()),
        "copying a picture to the GPU");
  stream_->synchronize();
}

void PictureBatch::clear(size_t first, size_t count) {
  if (count == 0) return;
  (void)item(first + count - 1);
  const ContextScope scope(*device_);
  check(driver().cuMemsetD8Async(item(first), 0, count * itemBytes_, stream_->get()),
        "clearing a batch");
}

void PictureBatch::download(size_t index, std::span<uint8_t> to) {
  const CUdeviceptr from = item(index);
  if (to.size() != itemBytes_) {
    throw Error("ERR_INVALID_ARGUMENT", "An item takes " + std::to_string(itemBytes_) + " bytes.");
  }
  const ContextScope scope(*device_);
  check(driver().cuMemcpyDtoHAsync(to.data(), from, itemBytes_, stream_->get()),
        "copying a picture from the GPU");
  stream_->synchronize();
}

void PictureBatch::finish() {
  const ContextScope scope(*device_);
  stream_->synchronize();
}

}  // namespace flux::gpu
