// NVIDIA's parser of H.264 and H.265, owned, and its callbacks as calls of C++. Internal to
// lib/gpu.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>

#include "base/bytes.h"
#include "gpu/driver.h"

namespace flux::gpu {

/// Calls back from within parse() and finish(), on the same thread. What its client throws in them
/// comes out of those calls.
class NvdecParser final {
 public:
  class Client {
   public:
    virtual ~Client() = default;
    /// The pictures from here on are of this format. Returns how many surfaces there are to decode
    /// into.
    virtual int beginSequence(const CUVIDEOFORMAT& format) = 0;
    /// In decoding order.
    virtual void decodePicture(CUVIDPICPARAMS& picture) = 0;
    /// In the order of presentation.
    virtual void showPicture(const CUVIDPARSERDISPINFO& picture) = 0;
  };

  /// `client` must outlive it.
  NvdecParser(cudaVideoCodec codec, Client& client);
  ~NvdecParser();
  NvdecParser(const NvdecParser&) = delete;
  NvdecParser& operator=(const NvdecParser&) = delete;

  /// One whole picture, or field, behind whatever parameter sets belong to it (Annex B).
  void parse(ByteView picture, int64_t timestamp);
  /// The stream ends: shows what was held back. What follows needs its parameter sets again.
  void finish();

 private:
  static int CUDAAPI onSequence(void* self, CUVIDEOFORMAT* format);
  static int CUDAAPI onDecode(void* self, CUVIDPICPARAMS* picture);
  static int CUDAAPI onDisplay(void* self, CUVIDPARSERDISPINFO* picture);
  /// Runs `call`; 0 where it throws, which is kept, and where something was thrown before.
  template <typename Call>
  int guarded(const Call& call) noexcept;
  void give(CUVIDSOURCEDATAPACKET& packet, const char* action);

  Client& client_;
  CUvideoparser parser_ = nullptr;
  std::exception_ptr thrown_;
};

}  // namespace flux::gpu
