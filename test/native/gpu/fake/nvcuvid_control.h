// What a test tells the fake libnvcuvid and asks of it: faults, and what was done against the
// contract.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace fake {

/// Everything counts over the whole process. A fault's number counts from the moment that it was
/// set: 1 is the next call, 0 is never.
struct NvcuvidControl {
  // Faults; each is also read from the environment when the library is loaded (FLUX_FAKE_NVDEC_
  // and the name in capitals, as in FLUX_FAKE_NVDEC_FAIL_CREATE_AT).
  std::atomic<int> failCreateAt = 0;       ///< this creation of a decoder, and all after it, fail
  std::atomic<int> failCreateWith = 2;     ///< CUresult: 2 out of memory, 801 not supported
  std::atomic<int> errorStatusAt = 0;      ///< this picture decodes with an error
  std::atomic<int> concealedStatusAt = 0;  ///< this picture decodes with an error that is concealed
  std::atomic<int> failDecodeAt = 0;       ///< this cuvidDecodePicture fails once
  std::atomic<int> failDecodeWith = 1;
  std::atomic<int> failMapAt = 0;    ///< this cuvidMapVideoFrame fails once
  std::atomic<int> failMapWith = 1;  ///< 719: the device is lost from then on
  std::atomic<int> failParseAt = 0;  ///< this cuvidParseVideoData fails with 999 once
  std::atomic<int> lostAt = 0;       ///< from this picture on every call answers 719
  std::atomic<int> swallowFrom = 0;  ///< from this packet on the parser gives no callbacks
  std::atomic<int> statusPolls = 0;  ///< how often a picture is still being decoded when asked

  // Settings
  std::atomic<int> statusSupported = 1;  ///< 0: cuvidGetDecodeStatus answers 801
  std::atomic<int> reconfigures = 1;     ///< 0: cuvidReconfigureDecoder answers 801
  std::atomic<int> maxWidth = 4096;      ///< of H.264; H.265's is twice that
  std::atomic<int> minWidth = 48;        ///< of H.264; H.265's is three times that
  std::atomic<int> maxSessions = 0;      ///< decoders alive beyond so many are refused; 0: no limit
  std::atomic<int> hevc10 = 1;           ///< 0: H.265 of 10 bits is not supported

  // What happened
  std::atomic<int64_t> parsers = 0;   ///< alive
  std::atomic<int64_t> decoders = 0;  ///< alive
  std::atomic<int64_t> mapped = 0;    ///< now
  std::atomic<int64_t> parsersMade = 0;
  std::atomic<int64_t> decodersMade = 0;
  std::atomic<int64_t> reconfigured = 0;
  std::atomic<int64_t> capsAsked = 0;
  std::atomic<int64_t> decoded = 0;
  std::atomic<bool> lost = false;

  void violation(const std::string& what) {
    const std::lock_guard lock(mutex);
    texts.push_back(what);
  }
  /// What was done that the interface forbids; empty where all is well. Forgets it.
  std::vector<std::string> takeViolations() {
    const std::lock_guard lock(mutex);
    return std::exchange(texts, {});
  }
  /// No faults and no violations from now on; what is alive stays counted.
  void reset() {
    for (auto* fault : {&failCreateAt, &errorStatusAt, &concealedStatusAt, &failDecodeAt,
                        &failMapAt, &failParseAt, &lostAt, &swallowFrom, &statusPolls}) {
      *fault = 0;
    }
    failCreateWith = 2;
    failDecodeWith = 1;
    failMapWith = 1;
    statusSupported = 1;
    reconfigures = 1;
    maxWidth = 4096;
    minWidth = 48;
    maxSessions = 0;
    hevc10 = 1;
    lost = false;
    takeViolations();
  }

 private:
  std::mutex mutex;
  std::vector<std::string> texts;
};

}  // namespace fake

extern "C" __attribute__((visibility("default"))) fake::NvcuvidControl* fakeNvcuvidControl();
