// Streams and events of a device. Nothing in this engine runs on CUDA's default stream, which waits
// for all others.
#pragma once

#include <cstdint>

#include "gpu/driver.h"

namespace flux::gpu {

class Device;

class Stream;

/// A place in a stream's order, without a time. Needs the device's context to be current, except
/// where said otherwise. Must not outlive its device.
class Event final {
 public:
  explicit Event(Device& device);
  ~Event();  ///< any context, or none
  Event(Event&& other) noexcept;
  Event& operator=(Event&& other) noexcept;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// Stands for all that `stream` was given until now. An event that is recorded again forgets.
  void record(const Stream& stream);
  /// True if it was never recorded, too.
  [[nodiscard]] bool done() const;
  /// Sleeps; no processor spins.
  void synchronize() const;
  [[nodiscard]] CUevent get() const noexcept { return event_; }

 private:
  Device* device_;
  CUevent event_ = nullptr;
};

/// An order of work on a device, beside all other streams. Used by one thread at a time. Needs the
/// device's context to be current, except where said otherwise. Must not outlive its device.
class Stream final {
 public:
  enum class Priority : uint8_t { kNormal, kHigh };

  explicit Stream(Device& device, Priority priority = Priority::kNormal);
  /// Any context, or none. Waits for what the stream was given, so that nothing writes into memory
  /// that is freed next.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// What the stream is given from now on waits for `event`; the calling thread does not.
  void wait(const Event& event) const;
  /// Sleeps until all that it was given is done.
  void synchronize() const;
  [[nodiscard]] CUstream get() const noexcept { return stream_; }
  /// Unlike get(), never used twice in a process.
  [[nodiscard]] uint64_t id() const noexcept { return id_; }
  [[nodiscard]] Device& device() const noexcept { return device_; }

 private:
  Device& device_;
  uint64_t id_;
  CUstream stream_ = nullptr;
};

}  // namespace flux::gpu
