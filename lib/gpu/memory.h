// What this engine takes of a GPU's memory, for whom, and where it ends.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gpu/driver.h"

namespace flux::gpu {

class Device;

enum class Purpose : uint8_t { kSurfaces, kDecoders, kEncoders, kRendering, kInference };
inline constexpr size_t kPurposes = 5;
const char* nameOf(Purpose purpose) noexcept;  ///< "surfaces", "decoders", ...

class MemoryBudget;

/// A share of a device's budget, given back by its end. Movable; an empty one stands for nothing.
class Charge final {
 public:
  Charge() = default;
  ~Charge();
  Charge(Charge&& other) noexcept;
  Charge& operator=(Charge&& other) noexcept;
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;

  [[nodiscard]] uint64_t bytes() const noexcept;

 private:
  friend class MemoryBudget;
  struct Entry {
    Purpose purpose;
    uint64_t bytes;
    std::string session;
    bool counted;  ///< against the limit
  };
  Charge(MemoryBudget* budget, std::list<Entry>::iterator entry);

  MemoryBudget* budget_ = nullptr;
  std::list<Entry>::iterator entry_;
};

/// Counts what was allocated on a device, by purpose and by session, against a limit. Used by any
/// number of threads.
class MemoryBudget final {
 public:
  explicit MemoryBudget(uint64_t totalBytes);
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// What all but inference may take together: no more than `bytes` (0: kDefaultShare of the
  /// device), and no more than leaves `reserve` bytes of the device free for inference. What is
  /// taken stays, even if it is more. Throws ERR_INVALID_ARGUMENT if `reserve` is all there is.
  void limit(uint64_t bytes, uint64_t reserve);
  static constexpr double kDefaultShare = 0.8;

  /// Notes that `bytes` are about to be allocated for `session` (a camera's name, or what else
  /// tells whose it is; empty: for all). Throws ERR_GPU_MEMORY beyond the limit; for inference the
  /// limit is the whole device.
  [[nodiscard]] Charge charge(Purpose purpose, uint64_t bytes, const std::string& session = {});
  /// As charge(), empty instead of an error.
  [[nodiscard]] Charge tryCharge(Purpose purpose, uint64_t bytes, const std::string& session = {});
  /// Says that `bytes` of what is charged to no session are this one's for now.
  [[nodiscard]] Charge attribute(Purpose purpose, uint64_t bytes, const std::string& session);

  struct Stats {
    struct Session {
      std::string name;
      uint64_t bytes = 0;
    };
    uint64_t totalBytes = 0;    ///< of the device
    uint64_t limitBytes = 0;    ///< for all but inference
    uint64_t reserveBytes = 0;  ///< kept free for inference
    uint64_t usedBytes = 0;     ///< sum of byPurpose
    std::array<uint64_t, kPurposes> byPurpose{};
    std::vector<Session> bySession;  ///< sorted by name
  };
  [[nodiscard]] Stats stats() const;

 private:
  friend class Charge;

  /// Holds mutex_.
  Charge enter(Purpose purpose, uint64_t bytes, const std::string& session, bool counted);

  const uint64_t totalBytes_;
  mutable std::mutex mutex_;
  uint64_t limitBytes_;
  uint64_t reserveBytes_ = 0;
  std::array<uint64_t, kPurposes> used_{};
  std::list<Charge::Entry> entries_;
};

/// Linear memory on a device (cuMemAlloc), charged to its budget. Must not outlive its device, and
/// not be freed while a stream still uses it.
class DeviceBuffer final {
 public:
  DeviceBuffer() = default;
  /// Throws ERR_GPU_MEMORY; ERR_GPU_LOST.
  DeviceBuffer(Device& device, size_t bytes, Purpose purpose, const std::string& session = {});
  ~DeviceBuffer();
  DeviceBuffer(DeviceBuffer&& other) noexcept;
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  [[nodiscard]] CUdeviceptr address() const noexcept { return address_; }
  [[nodiscard]] size_t bytes() const noexcept { return bytes_; }

 private:
  Device* device_ = nullptr;
  CUdeviceptr address_ = 0;
  size_t bytes_ = 0;
  Charge charge_;
};

/// Memory of the machine that the GPU copies to and from at full speed (cuMemHostAlloc).
class PinnedBuffer final {
 public:
  PinnedBuffer() = default;
  PinnedBuffer(Device& device, size_t bytes);
  ~PinnedBuffer();
  PinnedBuffer(PinnedBuffer&& other) noexcept;
  PinnedBuffer& operator=(PinnedBuffer&& other) noexcept;
  PinnedBuffer(const PinnedBuffer&) = delete;
  PinnedBuffer& operator=(const PinnedBuffer&) = delete;

  [[nodiscard]] uint8_t* data() const noexcept { return data_; }
  [[nodiscard]] size_t bytes() const noexcept { return bytes_; }

 private:
  Device* device_ = nullptr;
  uint8_t* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace flux::gpu
