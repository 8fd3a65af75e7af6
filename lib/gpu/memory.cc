#include "gpu/memory.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "gpu/device.h"
#include "gpu/result.h"

namespace flux::gpu {
namespace {

constexpr uint64_t kMebibyte = uint64_t{1} << 20;

std::string mebibytes(uint64_t bytes) {
  return std::to_string((bytes + kMebibyte - 1) / kMebibyte) + " MiB";
}

}  // namespace

const char* nameOf(Purpose purpose) noexcept {
  static constexpr std::array<const char*, kPurposes> kNames = {"surfaces", "decoders", "encoders",
                                                                "rendering", "inference"};
  return kNames[static_cast<size_t>(purpose)];
}

Charge::Charge(MemoryBudget* budget, std::list<Entry>::iterator entry)
    : budget_(budget), entry_(entry) {}

Charge::~Charge() {
  if (budget_ == nullptr) return;
  const std::lock_guard lock(budget_->mutex_);
  if (entry_->counted) budget_->used_[static_cast<size_t>(entry_->purpose)] -= entry_->bytes;
  budget_->entries_.erase(entry_);
}

Charge::Charge(Charge&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), entry_(other.entry_) {}

Charge& Charge::operator=(Charge&& other) noexcept {
  std::swap(budget_, other.budget_);
  std::swap(entry_, other.entry_);
  return *this;
}

uint64_t Charge::bytes() const noexcept {
  return budget_ != nullptr ? entry_->bytes : 0;
}

MemoryBudget::MemoryBudget(uint64_t totalBytes) : totalBytes_(totalBytes), limitBytes_(0) {
  limit(0, 0);
}

void MemoryBudget::limit(uint64_t bytes, uint64_t reserve) {
  if (reserve >= totalBytes_ && totalBytes_ > 0) {
    throw Error("ERR_INVALID_ARGUMENT", "reserve is " + mebibytes(reserve) + ", but the GPU has " +
                                            mebibytes(totalBytes_) +
                                            " in all; leave some of it for the streams");
  }
  const auto share = static_cast<uint64_t>(static_cast<double>(totalBytes_) * kDefaultShare);
  const std::lock_guard lock(mutex_);
  reserveBytes_ = reserve;
  limitBytes_ = std::min(bytes != 0 ? bytes : share, totalBytes_ - reserve);
}

Charge MemoryBudget::tryCharge(Purpose purpose, uint64_t bytes, const std::string& session) {
  const std::lock_guard lock(mutex_);
  const auto all = std::accumulate(used_.begin(), used_.end(), uint64_t{0});
  const auto inference = used_[static_cast<size_t>(Purpose::kInference)];
  const bool free = purpose == Purpose::kInference;
  const uint64_t used = free ? all : all - inference;
  const uint64_t limit = free ? totalBytes_ : limitBytes_;
  if (used > limit || bytes > limit - used) return {};
  return enter(purpose, bytes, session, true);
}

Charge MemoryBudget::attribute(Purpose purpose, uint64_t bytes, const std::string& session) {
  const std::lock_guard lock(mutex_);
  return enter(purpose, bytes, session, false);
}

Charge MemoryBudget::enter(Purpose purpose, uint64_t bytes, const std::string& session,
                           bool counted) {
  entries_.push_back({purpose, bytes, session, counted});
  if (counted) used_[static_cast<size_t>(purpose)] += bytes;
  return {this, std::prev(entries_.end())};
}

Charge MemoryBudget::charge(Purpose purpose, uint64_t bytes, const std::string& session) {
  Charge made = tryCharge(purpose, bytes, session);
  if (made.budget_ != nullptr) return made;
  const Stats now = stats();
  throw Error(
      "ERR_GPU_MEMORY",
      mebibytes(bytes) + " for " + nameOf(purpose) +
          " are beyond the GPU's budget: " + mebibytes(now.usedBytes) + " of " +
          mebibytes(now.limitBytes) + " are in use, " + mebibytes(now.reserveBytes) +
          " are reserved for inference; decode fewer or smaller streams on it, or raise the "
          "budget or lower the reserve");
}

MemoryBudget::Stats MemoryBudget::stats() const {
  Stats out;
  std::map<std::string, uint64_t> sessions;
  {
    const std::lock_guard lock(mutex_);
    out.totalBytes = totalBytes_;
    out.limitBytes = limitBytes_;
    out.reserveBytes = reserveBytes_;
    out.byPurpose = used_;
    for (const auto& entry : entries_) {
      if (!entry.session.empty()) sessions[entry.session] += entry.bytes;
    }
  }
  out.usedBytes = std::accumulate(out.byPurpose.begin(), out.byPurpose.end(), uint64_t{0});
  for (const auto& [name, bytes] : sessions) out.bySession.push_back({name, bytes});
  return out;
}

DeviceBuffer::DeviceBuffer(Device& device, size_t bytes, Purpose purpose,
                           const std::string& session)
    : device_(&device), bytes_(bytes), charge_(device.budget().charge(purpose, bytes, session)) {
  const ContextScope scope(device);
  check(driver().cuMemAlloc(&address_, bytes), "allocating memory on the GPU");
}

DeviceBuffer::~DeviceBuffer() {
  if (address_ == 0 || device_->lost()) return;
  const ContextScope scope(*device_, ContextScope::kQuiet);
  driver().cuMemFree(address_);
}

DeviceBuffer::DeviceBuffer(DeviceBuffer&& other) noexcept
    : device_(std::exchange(other.device_, nullptr)),
      address_(std::exchange(other.address_, 0)),
      bytes_(std::exchange(other.bytes_, 0)),
      charge_(std::move(other.charge_)) {}

DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(address_, other.address_);
  std::swap(bytes_, other.bytes_);
  std::swap(charge_, other.charge_);
  return *this;
}

PinnedBuffer::PinnedBuffer(Device& device, size_t bytes) : device_(&device), bytes_(bytes) {
  const ContextScope scope(device);
  void* data = nullptr;
  check(driver().cuMemHostAlloc(&data, bytes, 0), "allocating memory that the GPU copies to");
  data_ = static_cast<uint8_t*>(data);
}

PinnedBuffer::~PinnedBuffer() {
  if (data_ == nullptr || device_->lost()) return;
  const ContextScope scope(*device_, ContextScope::kQuiet);
  driver().cuMemFreeHost(data_);
}

PinnedBuffer::PinnedBuffer(PinnedBuffer&& other) noexcept
    : device_(std::exchange(other.device_, nullptr)),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

PinnedBuffer& PinnedBuffer::operator=(PinnedBuffer&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace flux::gpu
