// What the fake libnvcuvid's parser and decoder share: the control, and the functions of the
// libcuda that is loaded beside it. Internal to the library.
#pragma once

#include <ffnvcodec/dynlink_cuda.h>
// clang-format off
#include <ffnvcodec/dynlink_nvcuvid.h>
// clang-format on

#include <atomic>
#include <string>

#include "fake_cuda.h"
#include "nvcuvid_control.h"

namespace fake {

constexpr auto kOk = CUDA_SUCCESS;
constexpr auto kInvalidValue = static_cast<CUresult>(1);
constexpr auto kInvalidContext = static_cast<CUresult>(201);
constexpr auto kMapFailed = static_cast<CUresult>(205);
constexpr auto kInvalidHandle = static_cast<CUresult>(400);
constexpr auto kLaunchFailed = static_cast<CUresult>(719);
constexpr auto kNotSupported = static_cast<CUresult>(801);

NvcuvidControl& control();

/// Counts `fault` down where it is set; true at the call that it names.
bool due(std::atomic<int>& fault);

/// kOk, or what a call has to answer: the device is lost, or no context is current.
CUresult ready(const char* function);

/// Is this thread inside a parser's sequence callback?
bool& inSequenceCallback();

}  // namespace fake
