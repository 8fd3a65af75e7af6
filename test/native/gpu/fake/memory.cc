// Memory of the machine in the place of a GPU's. Addresses are not those of the machine's memory,
// so that a program which takes one for the other ends at once.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "state.h"

namespace {

constexpr int kInvalidValue = 1;
constexpr int kOutOfMemory = 2;

constexpr size_t kAlignment = 512;
constexpr size_t kGuard = 512;
constexpr uint8_t kGuardByte = 0xA5;
constexpr uint8_t kNewByte = 0xCD;
/// No pointer of a program has such bits.
constexpr CUdeviceptr kOffset = CUdeviceptr{1} << 52;

CUresult result(int number) {
  return static_cast<CUresult>(number);
}

fake::Allocation* allocationAt(CUdeviceptr address, CUdeviceptr* base = nullptr) {
  auto& all = fake::state().allocations;
  auto entry = all.upper_bound(address);
  if (entry == all.begin()) return nullptr;
  --entry;
  if (address >= entry->first + entry->second.bytes) return nullptr;
  if (base != nullptr) *base = entry->first;
  return &entry->second;
}

CUdeviceptr allocate(size_t bytes, bool internal) {
  auto& all = fake::state();
  fake::Device* device = fake::currentDevice();
  if (bytes > all.memory || device->used > all.memory - bytes) return 0;
  void* block = nullptr;
  if (::posix_memalign(&block, kAlignment, bytes + 2 * kGuard) != 0) return 0;
  auto* begin = static_cast<uint8_t*>(block);
  std::memset(begin, kGuardByte, kGuard);
  std::memset(begin + kGuard, kNewByte, bytes);
  std::memset(begin + kGuard + bytes, kGuardByte, kGuard);
  device->used += bytes;
  const CUdeviceptr address = reinterpret_cast<CUdeviceptr>(begin + kGuard) + kOffset;
  all.allocations.emplace(address, fake::Allocation{device, begin, bytes, internal});
  return address;
}

bool isWhole(const fake::Allocation& allocation) {
  const auto guard = [](uint8_t byte) { return byte == kGuardByte; };
  const uint8_t* after = allocation.block + kGuard + allocation.bytes;
  return std::all_of(allocation.block, allocation.block + kGuard, guard) &&
         std::all_of(after, after + kGuard, guard);
}

CUresult release(CUdeviceptr address, bool internal) {
  auto& all = fake::state().allocations;
  const auto entry = all.find(address);
  if (entry == all.end() || entry->second.internal != internal) {
    fake::violate("memory was freed that is not allocated, or was freed before");
    return result(kInvalidValue);
  }
  // The work may still need it. A real driver waits here, and with it the whole GPU.
  const CUresult status = fake::runAll(*entry->second.device);
  if (!isWhole(entry->second)) fake::violate("memory was written to beside an allocation");
  entry->second.device->used -= entry->second.bytes;
  std::free(entry->second.block);
  all.erase(entry);
  return status;
}

/// One side of a copy, or what a fill writes to.
struct Side {
  uint8_t* data;
  size_t pitch;
};

bool isPinned(const void* pointer) {
  for (const auto& [begin, device] : fake::state().pinned) {
    if (begin == pointer) return true;
  }
  return false;
}

bool sideOf(CUmemorytype type, void* host, CUdeviceptr device, CUarray array, size_t pitch,
            size_t x, size_t y, size_t width, size_t height, Side& side) {
  side.pitch = pitch != 0 ? pitch : width;
  switch (type) {
    case CU_MEMORYTYPE_HOST:
      side.data = static_cast<uint8_t*>(host) + y * side.pitch + x;
      return true;
    case CU_MEMORYTYPE_DEVICE:
      if (x + width > side.pitch && height > 1) break;
      side.data = static_cast<uint8_t*>(
          fakeCudaMemory(device + y * side.pitch + x, side.pitch * (height - 1) + width));
      return side.data != nullptr;
    case CU_MEMORYTYPE_ARRAY: {
      const auto entry = fake::state().arrays.find(array);
      if (entry == fake::state().arrays.end()) break;
      fake::Array& own = *entry->second;
      if (x + width > own.width || y + height > own.height) break;
      side.pitch = own.width;
      side.data = own.data.data() + y * own.width + x;
      return true;
    }
  }
  fake::violate("a copy goes beyond what it copies from or to");
  return false;
}

bool sidesOf(const CUDA_MEMCPY2D& copy, Side& from, Side& to) {
  return sideOf(copy.srcMemoryType, const_cast<void*>(copy.srcHost), copy.srcDevice, copy.srcArray,
                copy.srcPitch, copy.srcXInBytes, copy.srcY, copy.WidthInBytes, copy.Height, from) &&
         sideOf(copy.dstMemoryType, copy.dstHost, copy.dstDevice, copy.dstArray, copy.dstPitch,
                copy.dstXInBytes, copy.dstY, copy.WidthInBytes, copy.Height, to);
}

void copyLines(const Side& from, const Side& to, size_t width, size_t height) {
  for (size_t y = 0; y < height; ++y) {
    std::memcpy(to.data + y * to.pitch, from.data + y * from.pitch, width);
  }
}

CUresult copy2D(const CUDA_MEMCPY2D& copy, CUstream handle) {
  const auto stream = fake::streamOf(handle);
  Side from{};
  Side to{};
  if (stream == nullptr || !sidesOf(copy, from, to)) return result(kInvalidValue);
  const bool comesOver =
      copy.srcMemoryType != CU_MEMORYTYPE_HOST && copy.dstMemoryType == CU_MEMORYTYPE_HOST;
  if (comesOver) fake::state().bytesToHost += copy.WidthInBytes * copy.Height;
  // A driver reads memory that is not pinned before it returns.
  std::shared_ptr<std::vector<uint8_t>> kept;
  if (copy.srcMemoryType == CU_MEMORYTYPE_HOST && !isPinned(copy.srcHost)) {
    kept = std::make_shared<std::vector<uint8_t>>(copy.WidthInBytes * copy.Height);
    copyLines(from, {kept->data(), copy.WidthInBytes}, copy.WidthInBytes, copy.Height);
  }
  return fake::submit(stream, [copy, kept] {
    Side source{};
    Side target{};
    if (!sidesOf(copy, source, target)) return result(700);
    if (kept != nullptr) source = {kept->data(), copy.WidthInBytes};
    copyLines(source, target, copy.WidthInBytes, copy.Height);
    return CUDA_SUCCESS;
  });
}

CUDA_MEMCPY2D line(CUmemorytype from, CUmemorytype to, size_t bytes) {
  CUDA_MEMCPY2D copy{};
  copy.srcMemoryType = from;
  copy.dstMemoryType = to;
  copy.WidthInBytes = bytes;
  copy.Height = 1;
  return copy;
}

}  // namespace

namespace fake {

void requireEmpty(Device& device) {
  State& all = state();
  size_t left = 0;
  const auto count = [&](const auto& things, auto deviceOf) {
    for (const auto& thing : things) left += deviceOf(thing) == &device ? 1 : 0;
  };
  count(all.allocations, [](const auto& own) { return own.second.device; });
  count(all.pinned, [](const auto& own) { return own.second; });
  count(all.streamHandles, [](const auto& own) { return own.second->device; });
  count(all.events, [](const auto& own) { return own.second.device; });
  count(all.arrays, [](const auto& own) { return own.second->device; });
  count(all.modules, [](const auto& own) { return own.second->device; });
  if (left > 0) {
    violate("a context ended with " + std::to_string(left) +
            " allocations, streams, events, arrays or modules in it");
  }
}

}  // namespace fake

void* fakeCudaMemory(CUdeviceptr address, size_t bytes) {
  const auto guard = fake::lock();
  CUdeviceptr base = 0;
  const fake::Allocation* allocation = allocationAt(address, &base);
  if (allocation == nullptr || address - base + bytes > allocation->bytes) {
    fake::violate(std::to_string(bytes) + " bytes at " + std::to_string(address) +
                  " are not all of one allocation");
    return nullptr;
  }
  return allocation->block + kGuard + (address - base);
}

CUdeviceptr fakeCudaAllocate(size_t bytes) {
  const auto guard = fake::lock();
  if (fake::currentDevice() == nullptr) {
    fake::violate("memory was allocated without a current context");
    return 0;
  }
  return allocate(bytes, true);
}

void fakeCudaFree(CUdeviceptr address) {
  const auto guard = fake::lock();
  release(address, true);
}

FAKE_CUDA_API CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
  FAKE_ENTER("cuMemGetInfo_v2", true);
  const size_t memory = fake::state().memory;
  *free = memory - std::min(memory, fake::currentDevice()->used);
  *total = memory;
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) {
  FAKE_ENTER("cuMemAlloc_v2", true);
  if (bytes == 0) return result(kInvalidValue);
  *address = allocate(bytes, false);
  return *address != 0 ? CUDA_SUCCESS : result(kOutOfMemory);
}

FAKE_CUDA_API CUresult cuMemAllocPitch_v2(CUdeviceptr* address, size_t* pitch, size_t width,
                                          size_t height, unsigned elementBytes) {
  FAKE_ENTER("cuMemAllocPitch_v2", true);
  if (width == 0 || height == 0 || (elementBytes != 4 && elementBytes != 8 && elementBytes != 16)) {
    return result(kInvalidValue);
  }
  *pitch = (width + kAlignment - 1) / kAlignment * kAlignment;
  *address = allocate(*pitch * height, false);
  return *address != 0 ? CUDA_SUCCESS : result(kOutOfMemory);
}

FAKE_CUDA_API CUresult cuMemFree_v2(CUdeviceptr address) {
  FAKE_ENTER("cuMemFree_v2", true);
  return release(address, false);
}

FAKE_CUDA_API CUresult cuMemHostAlloc(void** pointer, size_t bytes, unsigned) {
  FAKE_ENTER("cuMemHostAlloc", true);
  if (bytes == 0) return result(kInvalidValue);
  *pointer = std::malloc(bytes);
  if (*pointer == nullptr) return result(kOutOfMemory);
  std::memset(*pointer, kNewByte, bytes);
  fake::state().pinned.emplace(*pointer, fake::currentDevice());
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuMemFreeHost(void* pointer) {
  FAKE_ENTER("cuMemFreeHost", true);
  const auto entry = fake::state().pinned.find(pointer);
  if (entry == fake::state().pinned.end()) {
    fake::violate("pinned memory was freed that is not allocated");
    return result(kInvalidValue);
  }
  const CUresult status = fake::runAll(*entry->second);
  fake::state().pinned.erase(entry);
  std::free(pointer);
  return status;
}

FAKE_CUDA_API CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* copy, CUstream stream) {
  FAKE_ENTER("cuMemcpy2DAsync_v2", true);
  return copy2D(*copy, stream);
}

FAKE_CUDA_API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes,
                                            CUstream stream) {
  FAKE_ENTER("cuMemcpyHtoDAsync_v2", true);
  CUDA_MEMCPY2D copy = line(CU_MEMORYTYPE_HOST, CU_MEMORYTYPE_DEVICE, bytes);
  copy.srcHost = from;
  copy.dstDevice = to;
  return copy2D(copy, stream);
}

FAKE_CUDA_API CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes,
                                            CUstream stream) {
  FAKE_ENTER("cuMemcpyDtoHAsync_v2", true);
  CUDA_MEMCPY2D copy = line(CU_MEMORYTYPE_DEVICE, CU_MEMORYTYPE_HOST, bytes);
  copy.srcDevice = from;
  copy.dstHost = to;
  return copy2D(copy, stream);
}

FAKE_CUDA_API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                                            CUstream stream) {
  FAKE_ENTER("cuMemcpyDtoDAsync_v2", true);
  CUDA_MEMCPY2D copy = line(CU_MEMORYTYPE_DEVICE, CU_MEMORYTYPE_DEVICE, bytes);
  copy.srcDevice = from;
  copy.dstDevice = to;
  return copy2D(copy, stream);
}

FAKE_CUDA_API CUresult cuMemsetD2D8Async(CUdeviceptr to, size_t pitch, unsigned char value,
                                         size_t width, size_t height, CUstream handle) {
  FAKE_ENTER("cuMemsetD2D8Async", true);
  const auto stream = fake::streamOf(handle);
  if (stream == nullptr || height == 0) return result(kInvalidValue);
  const size_t bytes = pitch * (height - 1) + width;
  if (fakeCudaMemory(to, bytes) == nullptr) return result(kInvalidValue);
  return fake::submit(stream, [=] {
    auto* data = static_cast<uint8_t*>(fakeCudaMemory(to, bytes));
    if (data == nullptr) return result(700);
    for (size_t y = 0; y < height; ++y) std::memset(data + y * pitch, value, width);
    return CUDA_SUCCESS;
  });
}

FAKE_CUDA_API CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t bytes,
                                       CUstream stream) {
  return cuMemsetD2D8Async(to, bytes, value, bytes, 1, stream);
}
