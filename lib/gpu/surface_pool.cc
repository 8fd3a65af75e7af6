#include "gpu/surface_pool.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/round_up.h"
#include "gpu/device.h"
#include "gpu/result.h"
#include "gpu/surface_memory.h"

namespace flux::gpu {
namespace {

// Sizes of a class: few different ones among cameras, little waste (1920x1080 is 1920x1088, 640x360
// is 640x384).
constexpr int kWidthStep = 128;
constexpr int kHeightStep = 32;
/// The widest access of a kernel to a line, in bytes.
constexpr unsigned kElementBytes = 16;
/// What drivers make pitches multiples of.
constexpr size_t kPitchStep = 512;
constexpr int kMaxCount = 1024;

void checkArguments(video::Size size, int bitDepth, int count) {
  if (size.width < 1 || size.height < 1 || int64_t{size.width} * size.height > video::kMaxPixels) {
    throw Error("ERR_INVALID_ARGUMENT", "a picture of " + std::to_string(size.width) + "x" +
                                            std::to_string(size.height) +
                                            " cannot be kept on a GPU; expected 1 to " +
                                            std::to_string(video::kMaxPixels) + " pixels");
  }
  if (bitDepth != 8 && (bitDepth < 10 || bitDepth > 16)) {
    throw Error("ERR_INVALID_ARGUMENT", "bitDepth is " + std::to_string(bitDepth) +
                                            "; a GPU keeps pictures of 8 or of 10 to 16 bits");
  }
  if (count < 1 || count > kMaxCount) {
    throw Error("ERR_INVALID_ARGUMENT", "count is " + std::to_string(count) + "; expected 1 to " +
                                            std::to_string(kMaxCount) + " surfaces");
  }
}

/// Under the pool's mutex. Throws ERR_GPU_MEMORY, ERR_GPU_LOST.
std::unique_ptr<SurfaceMemory> allocate(SurfaceClass& own) {
  const ContextScope scope(own.device);
  // Only the driver knows the pitch; until it said, what it usually makes of it is charged.
  const size_t pitch = own.pitch != 0 ? own.pitch : roundUp(own.row(), kPitchStep);
  auto memory = std::make_unique<SurfaceMemory>(
      own.device, own.device.budget().charge(Purpose::kSurfaces, pitch * own.lines()));
  size_t got = 0;
  check(driver().cuMemAllocPitch(&memory->address, &got, own.row(), own.lines(), kElementBytes),
        "allocating a picture on the GPU");
  if (own.pitch == 0) own.pitch = got;
  if (own.pitch == got) return memory;
  throw Error("ERR_GPU", "the driver lays lines of " + std::to_string(own.row()) +
                             " bytes out in two ways; report it, with the driver's version");
}

}  // namespace

size_t SurfaceClass::row() const {
  return static_cast<size_t>(size.width) * static_cast<size_t>(bytesPerSample);
}

SurfaceSession::~SurfaceSession() {
  const std::lock_guard lock(class_->mutex);
  share_->open = false;
  class_->owed -= share_->capacity - share_->inUse;
}

std::shared_ptr<Surface> SurfaceSession::acquire() {
  device_->ensureWorks();
  std::shared_ptr<Surface> surface(new Surface());
  surface->device_ = device_;
  surface->class_ = class_;
  surface->share_ = share_;
  surface->size_ = size_;
  surface->bitDepth_ = bitDepth_;
  const std::lock_guard lock(class_->mutex);
  if (share_->inUse >= share_->capacity) {
    ++share_->exhausted;
    return nullptr;
  }
  surface->memory_ = std::move(class_->free.back());
  class_->free.pop_back();
  --class_->owed;
  ++class_->inUse;
  ++share_->inUse;
  return surface;
}

SurfaceSession::Stats SurfaceSession::stats() const {
  const std::lock_guard lock(class_->mutex);
  return {share_->capacity, share_->inUse,
          class_->bytes() * static_cast<uint64_t>(share_->capacity), share_->exhausted};
}

SurfacePool::SurfacePool(Device& device) : device_(device) {}

SurfacePool::~SurfacePool() = default;

std::unique_ptr<SurfaceSession> SurfacePool::open(video::Size size, int bitDepth, int count,
                                                  const std::string& session) {
  checkArguments(size, bitDepth, count);
  device_.ensureWorks();
  auto out = std::unique_ptr<SurfaceSession>(new SurfaceSession());
  out->device_ = device_.shared_from_this();
  out->share_ = std::make_shared<SurfaceShare>();
  out->size_ = size;
  out->bitDepth_ = bitDepth;

  const std::lock_guard lock(mutex_);
  out->class_ = classFor({roundUp(size.width, kWidthStep), roundUp(size.height, kHeightStep)},
                         bitDepth == 8 ? 1 : 2);
  grow(*out->class_, count);
  {
    const std::lock_guard classLock(out->class_->mutex);
    out->share_->capacity = count;
    out->class_->owed += count;
  }
  out->charge_ = device_.budget().attribute(
      Purpose::kSurfaces, out->class_->bytes() * static_cast<uint64_t>(count), session);
  return out;
}

std::shared_ptr<SurfaceClass> SurfacePool::classFor(video::Size size, int bytesPerSample) {
  for (const auto& known : classes_) {
    if (known->size == size && known->bytesPerSample == bytesPerSample) return known;
  }
  return classes_.emplace_back(std::make_shared<SurfaceClass>(device_, size, bytesPerSample));
}

void SurfacePool::grow(SurfaceClass& own, int count) {
  // Only who holds the pool's mutex raises what is owed, so that what is idle now can only become
  // more.
  const auto lacking = [&] {
    const std::lock_guard lock(own.mutex);
    return count - static_cast<int>(own.idle());
  };
  while (lacking() > 0) {
    std::unique_ptr<SurfaceMemory> made;
    try {
      made = allocate(own);
    } catch (const Error& error) {
      if (error.code() != "ERR_GPU_MEMORY" || freeIdle(&own) == 0) throw;
      continue;
    }
    const std::lock_guard lock(own.mutex);
    // Room for all that there is, so that giving one back cannot fail.
    own.free.reserve(own.free.size() + static_cast<size_t>(own.inUse) + 1);
    own.free.push_back(std::move(made));
  }
}

uint64_t SurfacePool::freeIdle(const SurfaceClass* except) {
  uint64_t bytes = 0;
  for (const auto& own : classes_) {
    if (own.get() == except) continue;
    std::vector<std::unique_ptr<SurfaceMemory>> doomed;
    const std::lock_guard lock(own->mutex);
    while (own->idle() > 0) {
      doomed.push_back(std::move(own->free.back()));
      own->free.pop_back();
      bytes += own->bytes();
    }
  }
  return bytes;
}

uint64_t SurfacePool::trim() {
  const std::lock_guard lock(mutex_);
  return freeIdle(nullptr);
}

SurfacePool::Stats SurfacePool::stats() const {
  Stats out;
  const std::lock_guard lock(mutex_);
  for (const auto& own : classes_) {
    const std::lock_guard classLock(own->mutex);
    const size_t all = own->free.size() + static_cast<size_t>(own->inUse);
    out.bytes += own->bytes() * all;
    out.idleBytes += own->bytes() * own->idle();
    out.surfaces += static_cast<int>(all);
    out.inUse += own->inUse;
  }
  return out;
}

SurfacePool::BorrowedStream SurfacePool::borrowStream() {
  std::unique_ptr<Stream> stream;
  {
    const std::lock_guard lock(streamsMutex_);
    if (!streams_.empty()) {
      stream = std::move(streams_.back());
      streams_.pop_back();
    }
  }
  if (stream == nullptr) stream = std::make_unique<Stream>(device_);
  return {stream.release(), [this](Stream* own) {
            const std::lock_guard lock(streamsMutex_);
            streams_.emplace_back(own);
          }};
}

}  // namespace flux::gpu
