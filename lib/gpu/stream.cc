#include "gpu/stream.h"

#include <atomic>
#include <utility>

#include "gpu/device.h"
#include "gpu/result.h"

namespace flux::gpu {

Event::Event(Device& device) : device_(&device) {
  check(driver().cuEventCreate(&event_, CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING),
        "making an event");
}

Event::~Event() {
  if (event_ == nullptr || device_->lost()) return;
  const ContextScope scope(*device_, ContextScope::kQuiet);
  driver().cuEventDestroy(event_);
}

Event::Event(Event&& other) noexcept
    : device_(other.device_), event_(std::exchange(other.event_, nullptr)) {}

Event& Event::operator=(Event&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(event_, other.event_);
  return *this;
}

void Event::record(const Stream& stream) {
  check(driver().cuEventRecord(event_, stream.get()), "recording an event");
}

bool Event::done() const {
  const CUresult result = driver().cuEventQuery(event_);
  if (result == CUDA_ERROR_NOT_READY) return false;
  check(result, "asking for an event");
  return true;
}

void Event::synchronize() const {
  check(driver().cuEventSynchronize(event_), "waiting for the GPU");
}

Stream::Stream(Device& device, Priority priority) : device_(device) {
  static std::atomic<uint64_t> next{1};
  id_ = next++;
  int least = 0;
  int greatest = 0;
  check(driver().cuCtxGetStreamPriorityRange(&least, &greatest), "asking for priorities");
  check(driver().cuStreamCreateWithPriority(&stream_, CU_STREAM_NON_BLOCKING,
                                            priority == Priority::kHigh ? greatest : least),
        "making a stream");
}

Stream::~Stream() {
  if (device_.lost()) return;
  const ContextScope scope(device_, ContextScope::kQuiet);
  driver().cuStreamSynchronize(stream_);
  driver().cuStreamDestroy(stream_);
}

void Stream::wait(const Event& event) const {
  check(driver().cuStreamWaitEvent(stream_, event.get(), 0), "ordering two streams");
}

void Stream::synchronize() const {
  check(driver().cuStreamSynchronize(stream_), "waiting for the GPU");
}

}  // namespace flux::gpu
