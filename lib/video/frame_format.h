// What a picture is stored as, for people and programs that look at it from outside.
#pragma once

#include <cstdint>
#include <string>

#include "video/frame.h"

namespace flux::video {

/// FFmpeg's name of the pixel format, for example "yuv420p"; on a GPU "nv12" or "p016le".
std::string formatName(const Frame& frame);
/// Of a sample of luma.
int bitDepth(const Frame& frame);
/// What the picture takes of memory, the machine's or the GPU's, about.
uint64_t storedBytes(const Frame& frame);

}  // namespace flux::video
