// The same streams decoded by as many ffmpeg processes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flux::gpu {

struct PeerResult {
  int processes = 0;  ///< that were decoding at the end
  double framesPerSecond = 0;
  double cpuSeconds = 0;  ///< per second, of all together
};

/// Runs `processes` times `ffmpeg DECODER -i clip -f null -`, over and over the clip, and measures
/// for `seconds` once each has decoded its first pictures. `decoder`: arguments in front of -i.
/// What it starts is gone when it returns. Throws ERR_NOT_FOUND where `ffmpeg` cannot be run,
/// ERR_DECODER where no process decodes.
PeerResult runPeers(const std::string& ffmpeg, const std::vector<std::string>& decoder,
                    const std::string& clip, int processes, double seconds);

}  // namespace flux::gpu
