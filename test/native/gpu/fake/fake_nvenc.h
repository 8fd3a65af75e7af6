// A libnvidia-encode.so.1 for tests, beside the fake libcuda: what it gives are real streams of
// libx264 and libx265. What breaks a contract goes to fakeCudaViolation().
//
// What it holds to
//   versions   every structure carries the version that its size belongs to
//   sessions   nothing before nvEncInitializeEncoder; nothing after nvEncDestroyEncoder, which
//   finds
//              nothing registered, mapped, locked or left; one thread at a time
//   input      registered memory is one live allocation, large enough; only what is registered is
//              mapped, only what is mapped is encoded, and it stays so until the bitstream was
//              locked
//   output     locked after a picture was encoded into it, and unlocked before the next
//   settings   no B-frames, no lookahead
//
// From the environment, read at the first call:
//   FAKE_NVENC_SESSIONS     more are refused, with error 10 (default 8)
//   FAKE_NVENC_UNSUPPORTED  1: opening a session fails with error 2, as on a GPU without NVENC
//   FAKE_NVENC_VERSION      of the interface, major * 16 + minor (default: of the headers)
#pragma once

#include <cstddef>
#include <cstdint>

#include "fake_cuda.h"

struct FakeNvencLive {
  size_t sessions;
  size_t registered;
  size_t mapped;
  size_t bitstreams;
};
FAKE_CUDA_API FakeNvencLive fakeNvencLive();
/// The `nth` call of `function` (1: the next) fails with `error`; `onwards`: all after it, too.
FAKE_CUDA_API void fakeNvencFailAt(const char* function, uint64_t nth, int error, bool onwards);
FAKE_CUDA_API void fakeNvencForgetFaults();
FAKE_CUDA_API void fakeNvencSetSessions(size_t most);
FAKE_CUDA_API void fakeNvencSetUnsupported(bool unsupported);
FAKE_CUDA_API uint64_t fakeNvencCalls(const char* function);
