// Counts and bounds the memory of the pictures that one decoder of libavcodec makes. Internal to
// lib/video.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "video/block_marks.h"
#include "video/libav.h"

namespace flux::video {

/// A stream may claim more pictures to refer to than its level allows, each of kMaxPixels: together
/// they stay below this. Eight of 8192x4320 at 10 bits take half of it.
inline constexpr uint64_t kMaxPictureMemory = uint64_t{2} << 30;

/// Outlives its decoder as long as somebody holds one of its pictures.
class PictureMemory final : public std::enable_shared_from_this<PictureMemory> {
 public:
  explicit PictureMemory(uint64_t most = kMaxPictureMemory) : most_(most) {}

  /// What `context` allocates from here on counts, until it is given back. This must outlive it.
  /// Where its pictures' `blockSize` is told, hasHoles() tells which of them are not whole.
  void watch(AVCodecContext& context, int blockSize = 0);
  /// Has a picture, which a context that is watched gave, blocks that were never decoded?
  [[nodiscard]] bool hasHoles(const AVFrame& picture) const;
  /// Of pictures that the decoder refers to and that others hold.
  [[nodiscard]] uint64_t bytes() const noexcept { return bytes_; }

 private:
  struct Share;

  static int getBuffer(AVCodecContext* context, AVFrame* frame, int flags);
  static void release(void* share, uint8_t* data);
  AVBufferRef* count(AVBufferRef* buffer, const BlockMarks& marks);

  const uint64_t most_;
  std::atomic<uint64_t> bytes_{0};
  int blockSize_ = 0;
};

}  // namespace flux::video
