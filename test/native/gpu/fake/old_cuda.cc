// A libcuda.so.1 from before anything that lib/gpu needs.
#include "fake_cuda.h"

FAKE_CUDA_API CUresult cuInit(unsigned) {
  return CUDA_SUCCESS;
}
FAKE_CUDA_API CUresult cuDriverGetVersion(int* version) {
  *version = 5050;
  return CUDA_SUCCESS;
}
FAKE_CUDA_API CUresult cuGetErrorName(CUresult, const char**) {
  return CUDA_ERROR_UNKNOWN;
}
FAKE_CUDA_API CUresult cuGetErrorString(CUresult, const char**) {
  return CUDA_ERROR_UNKNOWN;
}
