// A decoded picture, in the machine's memory or in a GPU's, as decoders make and scalers, renderers
// and encoders take it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>

#include "video/colour.h"

struct AVFrame;

namespace flux::video {

/// Pixels.
struct Size {
  int width = 0;
  int height = 0;

  bool operator==(const Size&) const = default;
};

/// Larger pictures are refused, whatever a stream claims: 8192x5120 is room for 8K. One picture
/// then takes at most 60 MiB at 8 bits and 4:2:0, 240 MiB at 16 bits and 4:4:4.
inline constexpr int64_t kMaxPixels = int64_t{8192} * 5120;

/// As a picture is to be shown, with square pixels: one whose pixels are wider than high is
/// stretched, one whose pixels are higher than wide grows in height, as players do. A ratio beyond
/// 4:1 is no camera's and counts as square; 0/1 is not said.
Size displaySizeOf(Size stored, std::array<int, 2> pixelRatio);

/// A picture in a GPU's memory: a luma plane and one of Cb and Cr by turns at half its size, NV12
/// or P016. Immutable while anybody holds it. Implemented by lib/gpu.
class DeviceImage {
 public:
  struct Plane {
    uint64_t address = 0;  ///< CUdeviceptr, in the device's primary context
    size_t pitch = 0;      ///< bytes from one line to the next
  };

  DeviceImage() = default;
  virtual ~DeviceImage() = default;
  DeviceImage(const DeviceImage&) = delete;
  DeviceImage& operator=(const DeviceImage&) = delete;

  [[nodiscard]] virtual int device() const noexcept = 0;  ///< CUDA's ordinal
  [[nodiscard]] virtual Size size() const noexcept = 0;
  /// 8 is NV12; 10 to 16 is P016, whose samples stand in the upper bits of 16.
  [[nodiscard]] virtual int bitDepth() const noexcept = 0;
  [[nodiscard]] virtual std::array<Plane, 2> planes() const noexcept = 0;
  [[nodiscard]] virtual ColourSpec colour() const noexcept = 0;
  /// Width of a pixel to its height, as in AVFrame::sample_aspect_ratio; 0/1: not said.
  [[nodiscard]] virtual std::array<int, 2> pixelRatio() const noexcept = 0;
  /// A copy in the machine's memory (NV12 or P016LE), complete when it returns. Throws
  /// ERR_GPU_LOST.
  [[nodiscard]] virtual std::shared_ptr<const AVFrame> download() const = 0;
};

/// Immutable and shared: copies are cheap.
class Frame final {
 public:
  /// `frame` is never null.
  explicit Frame(std::shared_ptr<const AVFrame> frame) : picture_(std::move(frame)) {}
  explicit Frame(std::shared_ptr<const DeviceImage> image) : picture_(std::move(image)) {}

  /// Of what is stored.
  [[nodiscard]] Size size() const;
  /// displaySizeOf() of it.
  [[nodiscard]] Size displaySize() const;
  [[nodiscard]] ColourSpec colour() const;

  /// Where the picture is in a GPU's memory, that; else nullptr.
  [[nodiscard]] const std::shared_ptr<const DeviceImage>& onDevice() const;
  /// The picture in the machine's memory: its own, or a copy that is made now (which waits for the
  /// GPU, and throws ERR_GPU_LOST).
  [[nodiscard]] Frame onHost() const;
  /// Only of a picture in the machine's memory.
  [[nodiscard]] const AVFrame& av() const { return *std::get<0>(picture_); }

 private:
  std::variant<std::shared_ptr<const AVFrame>, std::shared_ptr<const DeviceImage>> picture_;
};

}  // namespace flux::video
