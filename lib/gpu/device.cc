#include "gpu/device.h"

#include <map>

#include "base/error.h"
#include "gpu/kernels.h"
#include "gpu/result.h"
#include "gpu/surface_pool.h"

namespace flux::gpu {
namespace {

thread_local Device* currentDevice = nullptr;

/// The process's devices, and why some of them work no more. Never destroyed: users may be gone
/// only after the static objects are.
struct Registry {
  std::mutex mutex;
  std::map<int, std::weak_ptr<Device>> devices;
  std::map<int, std::string> lost;
};

Registry& registry() {
  static auto& all = *new Registry();
  return all;
}

const DeviceInfo& infoOf(int ordinal) {
  cuda();
  const DriverInfo& info = driverInfo();
  if (ordinal < 0 || static_cast<size_t>(ordinal) >= info.devices.size()) {
    throw Error("ERR_UNSUPPORTED", "there is no GPU " + std::to_string(ordinal) +
                                       "; the driver shows " + std::to_string(info.devices.size()) +
                                       ", counted from 0");
  }
  return info.devices[static_cast<size_t>(ordinal)];
}

}  // namespace

struct Device::Listeners {
  std::mutex mutex;
  std::list<LostListener> list;
};

std::shared_ptr<Device> Device::open(int ordinal) {
  auto& all = registry();
  const std::lock_guard lock(all.mutex);
  if (const auto lost = all.lost.find(ordinal); lost != all.lost.end()) {
    throw Error("ERR_GPU_LOST", lost->second);
  }
  auto& entry = all.devices[ordinal];
  auto device = entry.lock();
  if (device == nullptr) {
    device = std::shared_ptr<Device>(new Device(ordinal));
    entry = device;
  }
  return device;
}

Device::Device(int ordinal)
    : ordinal_(ordinal),
      info_(infoOf(ordinal)),
      listeners_(std::make_shared<Listeners>()),
      budget_(info_.memoryBytes) {
  const Driver& table = cuda();
  check(table.cuDeviceGet(&handle_, ordinal), "opening the GPU");
  // Threads that wait for the GPU sleep instead of spinning. Where somebody else in this process
  // has the context already, theirs is the choice.
  table.cuDevicePrimaryCtxSetFlags(handle_, CU_CTX_SCHED_BLOCKING_SYNC);
  check(table.cuDevicePrimaryCtxRetain(&context_, handle_), "opening the GPU " + info_.name);
}

Device::~Device() {
  if (lost()) return;
  surfaces_.reset();
  kernels_.reset();
  driver().cuDevicePrimaryCtxRelease(handle_);
}

Device::Memory Device::memory() const {
  const ContextScope scope(const_cast<Device&>(*this));
  size_t free = 0;
  size_t total = 0;
  check(driver().cuMemGetInfo(&free, &total), "asking for the GPU's memory");
  return {free, total};
}

SurfacePool& Device::surfaces() {
  const std::lock_guard lock(makingParts_);
  if (surfaces_ == nullptr) surfaces_ = std::make_unique<SurfacePool>(*this);
  return *surfaces_;
}

const Kernels& Device::kernels() {
  const std::lock_guard lock(makingParts_);
  if (kernels_ == nullptr) kernels_ = std::make_unique<Kernels>(*this);
  return *kernels_;
}

std::string Device::lostReason() const {
  const std::lock_guard lock(mutex_);
  return lostReason_;
}

void Device::ensureWorks() const {
  if (lost()) throw Error("ERR_GPU_LOST", lostReason());
}

void Device::markLost(const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (lost()) return;
    lostReason_ = reason;
    lost_.store(true, std::memory_order_release);
  }
  {
    auto& all = registry();
    const std::lock_guard lock(all.mutex);
    all.lost.emplace(ordinal_, reason);
  }
  const std::lock_guard lock(listeners_->mutex);
  for (const auto& listener : listeners_->list) listener(reason);
}

bool Device::answers() const noexcept {
  return !lost() && driver().cuCtxSynchronize() == CUDA_SUCCESS;
}

std::shared_ptr<void> Device::onLost(LostListener listener) {
  struct Token {
    explicit Token(std::shared_ptr<Listeners> all, LostListener own) : listeners(std::move(all)) {
      place = listeners->list.insert(listeners->list.end(), std::move(own));
    }
    ~Token() {
      const std::lock_guard lock(listeners->mutex);
      listeners->list.erase(place);
    }
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;

    std::shared_ptr<Listeners> listeners;
    std::list<LostListener>::iterator place;
  };
  const std::lock_guard lock(listeners_->mutex);
  // Under the lock: whoever is marking it as lost either sees this one, or has set the flag
  // already.
  if (!lost()) return std::make_shared<Token>(listeners_, std::move(listener));
  listener(lostReason());
  return nullptr;
}

ContextScope::ContextScope(Device& device) : outer_(currentDevice) {
  device.ensureWorks();
  if (currentDevice != &device) {
    check(driver().cuCtxPushCurrent(device.context_), "entering the GPU's context");
    pushed_ = true;
  }
  currentDevice = &device;
}

ContextScope::ContextScope(Device& device, Quiet) noexcept : outer_(currentDevice) {
  if (currentDevice != &device) {
    pushed_ = driver().cuCtxPushCurrent(device.context_) == CUDA_SUCCESS;
  }
  currentDevice = &device;
}

ContextScope::~ContextScope() {
  currentDevice = outer_;
  CUcontext popped = nullptr;
  if (pushed_) driver().cuCtxPopCurrent(&popped);
}

Device* ContextScope::device() noexcept {
  return currentDevice;
}

}  // namespace flux::gpu
