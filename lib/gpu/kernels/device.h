// What a kernel's source needs of its compiler. clang compiles it to PTX without the CUDA toolkit;
// the host's compiler makes C++ functions of the same source, which tests call once for each
// thread.
#pragma once

#if defined(__CUDA__)

#define FLUX_KERNEL extern "C" __attribute__((global))
// Inlined, parameters stay in constant memory; else each thread copies all of them.
#define FLUX_DEVICE __attribute__((device, always_inline)) inline

namespace flux::gpu::device {

/// Of the calling thread, in the whole grid.
FLUX_DEVICE int column() {
  return static_cast<int>(__nvvm_read_ptx_sreg_ctaid_x() * __nvvm_read_ptx_sreg_ntid_x() +
                          __nvvm_read_ptx_sreg_tid_x());
}
FLUX_DEVICE int row() {
  return static_cast<int>(__nvvm_read_ptx_sreg_ctaid_y() * __nvvm_read_ptx_sreg_ntid_y() +
                          __nvvm_read_ptx_sreg_tid_y());
}

/// The `bytes` of device memory at `address`.
template <typename T>
FLUX_DEVICE T* memory(unsigned long long address, unsigned long long) {
  return reinterpret_cast<T*>(address);
}

}  // namespace flux::gpu::device

#else

#define FLUX_KERNEL extern "C"
#define FLUX_DEVICE inline

namespace flux::gpu::device {

// Given by whoever runs the kernels on the processor.
int column();
int row();
/// Ends the kernel (throws) where those bytes are not all of one allocation.
void* hostMemory(unsigned long long address, unsigned long long bytes);

template <typename T>
inline T* memory(unsigned long long address, unsigned long long bytes) {
  return static_cast<T*>(hostMemory(address, bytes));
}

}  // namespace flux::gpu::device

#endif
