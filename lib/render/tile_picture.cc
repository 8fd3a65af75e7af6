#include "render/tile_picture.h"

namespace flux::render {

void TilePicture::take(video::Converter& converter, const video::Frame& frame, Size to,
                       video::Fit shownAs) {
  size = to;
  fit = shownAs;
  colour = frame.colour();
  samples.resize(video::packedBytes(video::PixelFormat::kNv12, to));
  // The target of a letterboxed picture has the picture's own shape already.
  const video::Fit within = fit == video::Fit::kCover ? fit : video::Fit::kStretch;
  converter.convert(
      frame, {.format = video::PixelFormat::kNv12, .size = to, .fit = within, .colour = colour},
      video::packedInto(samples, video::PixelFormat::kNv12, to));
}

}  // namespace flux::render
