// What the parts of the fake NVENC share: a session, and the codec behind it.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <ffnvcodec/nvEncodeAPI.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "fake_nvenc.h"

namespace fakenvenc {

/// Registered memory: NV12, chroma right behind luma.
struct Input {
  CUdeviceptr address = 0;
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t pitch = 0;

  [[nodiscard]] size_t bytes() const { return size_t{pitch} * (height + height / 2); }
};

struct Bitstream {
  std::vector<uint8_t> bytes;
  NV_ENC_INPUT_PTR from = nullptr;
  bool locked = false;
  bool seen = true;  ///< was locked since a picture was encoded into it
};

struct ContextDeleter {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};

struct Session {
  std::atomic<bool> busy{false};
  bool initialized = false;
  NV_ENC_INITIALIZE_PARAMS settings{};
  NV_ENC_CONFIG config{};
  std::unique_ptr<AVCodecContext, ContextDeleter> codec;
  int64_t count = 0;
  std::map<void*, Input> registered;
  std::map<void*, void*> mapped;  ///< and what is registered behind it
  std::map<void*, Bitstream> bitstreams;

  /// Never given before in any session, and pointing nowhere.
  void* newHandle() {
    static std::atomic<uintptr_t> next{0x10000};
    return reinterpret_cast<void*>(next += 0x10);
  }
};

/// Opens libx264 or libx265 with the session's settings; false where they do not take them.
bool openCodec(Session& session);
/// Gives the codec the bitrate of the session's configuration.
void setRate(Session& session);
/// One picture as an Annex B packet, at once.
bool encode(Session& session, const Input& input, bool keyFrame, std::vector<uint8_t>& out);

}  // namespace fakenvenc
