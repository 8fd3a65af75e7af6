// What an encoder in software is given: the picture in its size, format and colours. Internal to
// lib/video.
#pragma once

#include <memory>

#include "video/frame.h"
#include "video/libav.h"

struct SwsContext;

namespace flux::video {

/// Keeps what it needs from one picture to the next: a stream's pictures are alike.
class InputScaler final {
 public:
  /// A frame of its own; of a picture that fits already it shares the pixels. `picture` is in the
  /// machine's memory, `format` YUV420P or NV12. Throws ERR_ENCODE; ERR_UNSUPPORTED where
  /// libswscale cannot read the picture's pixel format.
  AvFramePtr scale(const Frame& picture, Size size, AVPixelFormat format, ColourSpec colour);

 private:
  struct Deleter {
    void operator()(SwsContext* context) const;
  };
  std::unique_ptr<SwsContext, Deleter> context_;
};

}  // namespace flux::video
