// Loads a file as the clip that simulated cameras play.
#pragma once

#include <string>

#include "rtsp/server.h"

namespace flux {

/// Reads the H.264 track of a Matroska, MP4 or raw H.264 file into memory, from its first key frame
/// on. Throws ERR_NOT_FOUND, ERR_CONTAINER (no such track, no key frame) and ERR_INVALID_ARGUMENT
/// where the track exceeds 512 MiB.
rtsp::ClipPtr loadClip(const std::string& path);

}  // namespace flux
