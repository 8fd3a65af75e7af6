// One NVDEC session: the driver's decoder, its surfaces, and the way out of them into surfaces of
// the pool. Internal to lib/gpu.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gpu/device.h"
#include "gpu/stream.h"
#include "gpu/surface_pool.h"

namespace flux::gpu {

struct NvdecEngineOptions {
  std::string session;          ///< whose memory it is, for the device's budget
  int heldPictures = 6;         ///< pictures that others may hold before new ones are dropped
  int extraDecodeSurfaces = 2;  ///< beyond what the stream needs: pictures that wait for collect()
  int outputSurfaces = 2;       ///< pictures that are being copied out at a time
  std::optional<video::ColourSpec> colour;
};

/// Needs the device's context to be current in every call but the destructor. Used by one thread at
/// a time.
class NvdecEngine final {
 public:
  enum class Status : uint8_t { kInProgress, kDone, kConcealed, kFailed };

  NvdecEngine(std::shared_ptr<Device> device, const Stream& stream, NvdecEngineOptions options);
  ~NvdecEngine();
  NvdecEngine(const NvdecEngine&) = delete;
  NvdecEngine& operator=(const NvdecEngine&) = delete;

  /// Once there is a decoder only from within the parser's sequence callback. Makes the decoder fit
  /// for `format`: as it is, reconfigured or made anew. No picture may be left in it. Returns the
  /// number of its surfaces. Throws ERR_GPU_MEMORY, ERR_UNSUPPORTED, ERR_DECODER.
  int configure(const CUVIDEOFORMAT& format);
  /// Returns when the GPU has taken the work, not when it has done it.
  void decode(CUVIDPICPARAMS& picture);
  [[nodiscard]] Status status(int index) const;

  struct Copied {
    Status status;                           ///< never kInProgress
    std::shared_ptr<const Surface> surface;  ///< nullptr where it failed, or others hold too many
  };
  /// Copies the picture, whose status was `known`, into a surface that is ready when its event says
  /// so. Waits until the picture is decoded.
  [[nodiscard]] Copied copy(int index, bool progressive, Status known);
  /// Is the picture still being copied out?
  [[nodiscard]] bool busy(int index) const;
  /// Gives back to the decoder what has been copied; with `wait` all.
  void release(bool wait);

  /// Of the decoder and its pictures, in bytes.
  [[nodiscard]] uint64_t memoryBytes() const noexcept;
  [[nodiscard]] int surfaces() const noexcept { return surfaces_; }

 private:
  struct Mapped {
    int index;
    CUdeviceptr address;
    Event copied;
    std::shared_ptr<const Surface> surface;
  };

  void create(const CUVIDEOFORMAT& format);
  bool reconfigure(const CUVIDEOFORMAT& format);
  void destroy() noexcept;
  void openSurfaces(const CUVIDEOFORMAT& format);
  CUdeviceptr map(int index, bool progressive, size_t& pitch);
  void unmap(CUdeviceptr address);
  void queueCopy(const Surface& surface, CUdeviceptr from, size_t pitch);
  Event takeEvent();
  void releaseOldest();

  std::shared_ptr<Device> device_;
  const Stream& stream_;
  const NvdecEngineOptions options_;
  CUvideodecoder decoder_ = nullptr;
  CUVIDDECODECREATEINFO created_{};
  int surfaces_ = 0;
  Charge charge_;
  std::unique_ptr<SurfaceSession> pictures_;
  video::Size size_;
  int bitDepth_ = 8;
  video::ColourSpec colour_;
  std::array<int, 2> pixelRatio_{0, 1};
  std::deque<Mapped> mapped_;  ///< the oldest first
  std::vector<Event> idleEvents_;
};

}  // namespace flux::gpu
