// A decoded picture in memory, as decoders make and scalers and encoders take it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

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

/// Immutable and shared: copies are cheap.
class Frame final {
 public:
  /// `frame` is never null.
  explicit Frame(std::shared_ptr<const AVFrame> frame) : frame_(std::move(frame)) {}

  /// Of what is stored.
  [[nodiscard]] Size size() const;
  /// As it is to be shown, with square pixels: a stream whose pixels are wider than high is
  /// stretched, one whose pixels are higher than wide grows in height, as players do. A ratio
  /// beyond 4:1 is no camera's and counts as square.
  [[nodiscard]] Size displaySize() const;
  [[nodiscard]] const AVFrame& av() const noexcept { return *frame_; }

 private:
  std::shared_ptr<const AVFrame> frame_;
};

}  // namespace flux::video
