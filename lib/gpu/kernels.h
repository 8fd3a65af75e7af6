// Conversion of pictures on a GPU by the rule of video/convert.h, with the result where the next
// stage reads it: a surface, a tensor's batch, a tile of an atlas.
#pragma once

#include <array>
#include <cstddef>

#include "gpu/driver.h"
#include "gpu/stream.h"
#include "video/convert.h"
#include "video/frame.h"

namespace flux::gpu {

class Device;
class Surface;

/// A picture in a GPU's memory, NV12 or P016, whoever owns it.
struct DevicePicture {
  std::array<video::DeviceImage::Plane, 2> planes{};
  video::Size size;   ///< as stored
  video::Size shown;  ///< as Frame::displaySize()
  int bitDepth = 8;   ///< 8: NV12, 10 to 16: P016
  video::ColourSpec colour;
};

DevicePicture pictureOf(const video::DeviceImage& image);

/// Where a result goes, in the order of the format's planes. A tile of an atlas is a destination
/// that begins at the tile's upper left corner, with the atlas's pitches.
struct DeviceDestination {
  std::array<CUdeviceptr, 3> address{};
  std::array<size_t, 3> pitch{};  ///< bytes from one line to the next
};

/// Planes one after another without padding, as item `index` of a batch ([N, 3, H, W] for tensors).
/// Throws ERR_INVALID_ARGUMENT where `bytes` are too few for that.
DeviceDestination packedInto(CUdeviceptr address, size_t bytes, video::PixelFormat format,
                             video::Size size, size_t index = 0);

/// A device's kernels, compiled by its driver when this is made. Used by any number of threads;
/// each call needs the device's context to be current, and gives its work to `stream`.
class Kernels final {
 public:
  /// Throws ERR_UNSUPPORTED where the driver cannot compile them.
  explicit Kernels(Device& device);
  ~Kernels();
  Kernels(const Kernels&) = delete;
  Kernels& operator=(const Kernels&) = delete;

  /// Writes all of `to`, bars included. `from` must be there, in the order of `stream`, and must
  /// stay until the work is done. Throws as planOf(), and as check().
  video::Placement convert(const DevicePicture& from, const video::ConvertOptions& options,
                           const DeviceDestination& to, const Stream& stream) const;
  /// The same of a surface: waits on the stream until it is ready, and keeps its next writer
  /// waiting until it is read. The caller may let it go at once.
  video::Placement convert(const Surface& from, const video::ConvertOptions& options,
                           const DeviceDestination& to, const Stream& stream) const;
  /// Into a surface, which is begun and marked as ready: scaled where sizes differ, of 8 bits where
  /// it has 8. Throws ERR_UNSUPPORTED where a picture of 10 bits and more would have to be scaled,
  /// or one of 8 bits widened.
  void copy(const DevicePicture& from, Surface& to, const Stream& stream) const;

 private:
  Device& device_;
  CUmodule module_ = nullptr;
  std::array<CUfunction, 5> functions_{};
};

}  // namespace flux::gpu
