// Clips of all that a decoder may meet, as ffmpeg encodes them.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "decoded_clip.h"

namespace flux::test {

struct Clip {
  const char* name;
  const char* size;
  const char* arguments;  ///< ffmpeg's
  int heldBack;           ///< units before the first picture, at most
};

inline void PrintTo(const Clip& clip, std::ostream* out) {
  *out << clip.name;
}

#define X264 "-c:v libx264 -preset veryfast -g 12 -sc_threshold 0 "
#define X265 "-c:v libx265 -preset ultrafast -x265-params log-level=none:pools=1:frame-threads=1:"

inline constexpr Clip kClips[] = {
    {"H264", "128x96", X264 "-bf 0", 0},
    {"H264BPyramid", "128x96", X264 "-bf 3 -b_strategy 0 -x264-params b-pyramid=normal", 2},
    {"H264OpenGop", "128x96", X264 "-bf 2 -b_strategy 0 -x264-params open-gop=1", 2},
    {"H264Interlaced", "128x96", X264 "-bf 2 -flags +ilme+ildct -x264-params tff=1", 2},
    {"H264InterlacedBff", "128x96", X264 "-bf 0 -flags +ilme+ildct -x264-params bff=1", 0},
    {"H264High10", "128x96", X264 "-bf 2 -pix_fmt yuv420p10", 2},
    {"H264High422", "128x96", X264 "-bf 2 -pix_fmt yuv422p10", 2},
    {"H264High444", "128x96", X264 "-bf 0 -pix_fmt yuv444p", 0},
    {"H264Gray", "128x96", X264 "-bf 0 -pix_fmt gray", 0},
    {"H264Slices", "128x96", X264 "-bf 0 -slices 4", 0},
    {"H264Baseline", "128x96", X264 "-profile:v baseline -pix_fmt yuv420p", 0},
    {"H264Odd", "126x90", X264 "-bf 0", 0},
    {"H264OddBoth", "97x71", X264 "-bf 0 -pix_fmt yuv444p", 0},
    {"H264Small", "64x80", X264 "-bf 2 -b_strategy 0", 2},
    {"H265", "128x96", X265 "keyint=12:bframes=0:open-gop=0", 0},
    {"H265BPyramid", "128x96", X265 "keyint=12:bframes=4:b-adapt=0:b-pyramid=1:open-gop=0", 2},
    {"H265OpenGop", "128x96", X265 "keyint=12:bframes=3:b-adapt=0:open-gop=1", 2},
    {"H265Main10", "128x96", X265 "keyint=12:bframes=2:b-adapt=0:open-gop=0 -pix_fmt yuv420p10", 2},
    {"H265Main422", "128x96", X265 "keyint=12:bframes=2:b-adapt=0:open-gop=0 -pix_fmt yuv422p10",
     2},
    {"H265Slices", "128x96", X265 "keyint=12:bframes=0:slices=2", 0},
    {"H265Wavefronts", "128x96", X265 "keyint=12:bframes=0:wpp=1", 0},
    {"H265Odd", "126x90", X265 "keyint=12:bframes=0", 0},
    {"H265Small", "72x80", X265 "keyint=12:bframes=2:b-adapt=0:open-gop=0", 2},
    {"Mjpeg", "128x96", "-c:v mjpeg -q:v 5 -pix_fmt yuvj420p", 0},
    {"Mjpeg422", "128x96", "-c:v mjpeg -q:v 5 -pix_fmt yuvj422p", 0},
    {"MjpegOdd", "127x93", "-c:v mjpeg -q:v 5 -pix_fmt yuvj420p", 0},
};

#undef X264
#undef X265

inline const Clip& clip(std::string_view name) {
  for (const Clip& one : kClips) {
    if (name == one.name) return one;
  }
  throw std::runtime_error("no clip of that name");
}

/// Encoded once per test program; 30 pictures.
inline std::string pathOf(const Clip& clip) {
  static const TemporaryDirectory dir;
  const std::string path = dir.file(std::string(clip.name) + ".mkv");
  if (std::filesystem::exists(path)) return path;
  mustRun(std::string("ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=") + clip.size +
          ":rate=25 -frames:v 30 -threads 1 " + clip.arguments + " " + path);
  return path;
}

}  // namespace flux::test
