// Loads a file as the clip that simulated cameras play.
#pragma once

#include <string>

#include "rtsp/server.h"

namespace flux {

/// Reads the H.264 or H.265 track of a Matroska, MP4 or raw video file into memory, from its first
/// key frame on, and the first audio track of a codec that cameras send. Audio that sounds before
/// or after the pictures is left out. Throws ERR_NOT_FOUND, ERR_CONTAINER (its video is of another
/// codec, which the message names, or there is none, or no key frame) and ERR_INVALID_ARGUMENT
/// where both together exceed 512 MiB.
rtsp::ClipPtr loadClip(const std::string& path);

}  // namespace flux
