// The kernels of lib/gpu, from the source that their PTX is made of, one call for each thread.
#include <stdexcept>

#include "state.h"

namespace {
thread_local int threadColumn = 0;
thread_local int threadRow = 0;
/// The allocation of the last access; valid while a kernel runs, which holds the lock.
thread_local struct {
  unsigned long long begin = 0;
  unsigned long long end = 0;
  uint8_t* memory = nullptr;
} lastUsed;
}  // namespace

namespace flux::gpu::device {

int column() {
  return threadColumn;
}

int row() {
  return threadRow;
}

void* hostMemory(unsigned long long address, unsigned long long bytes) {
  if (address < lastUsed.begin || address + bytes > lastUsed.end) {
    auto& all = fake::state().allocations;
    auto entry = all.upper_bound(address);
    if (entry != all.begin()) --entry;
    // Says what is wrong, if it is.
    void* memory = fakeCudaMemory(address, bytes);
    if (memory == nullptr) throw std::out_of_range("illegal address");
    lastUsed = {entry->first, entry->first + entry->second.bytes,
                static_cast<uint8_t*>(memory) - (address - entry->first)};
  }
  return lastUsed.memory + (address - lastUsed.begin);
}

}  // namespace flux::gpu::device

#include "gpu/kernels/convert.cu"

namespace fake {
namespace {

template <typename Parameters, void (*Function)(Parameters)>
Kernel kernelOf() {
  return {[](const void* parameters) { Function(*static_cast<const Parameters*>(parameters)); },
          sizeof(Parameters)};
}

}  // namespace

const std::map<std::string, Kernel>& kernelSources() {
  static const auto& all = *new std::map<std::string, Kernel>{
      {"flux_convert_ycc", kernelOf<ConvertParameters, flux_convert_ycc>()},
      {"flux_convert_grey", kernelOf<ConvertParameters, flux_convert_grey>()},
      {"flux_convert_rgb", kernelOf<ConvertParameters, flux_convert_rgb>()},
      {"flux_convert_float", kernelOf<ConvertParameters, flux_convert_float>()},
      {"flux_convert_half", kernelOf<ConvertParameters, flux_convert_half>()},
  };
  return all;
}

void runGrid(const Kernel& kernel, const void* parameters, unsigned columns, unsigned rows) {
  lastUsed = {};
  for (unsigned row = 0; row < rows; ++row) {
    for (unsigned column = 0; column < columns; ++column) {
      threadColumn = static_cast<int>(column);
      threadRow = static_cast<int>(row);
      kernel.run(parameters);
    }
  }
}

}  // namespace fake
