// Many streams decoded at once, as fast as can be or in their own time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "codec/access_unit.h"
#include "video/decoder.h"

namespace flux::gpu {

struct LoadOptions {
  int sessions = 1;
  int threads = 4;
  double seconds = 5;          ///< of measuring, behind half a second that does not count
  double framesPerSecond = 0;  ///< of each session; 0: as fast as can be
};

struct LoadResult {
  int sessions = 0;        ///< that could be opened
  std::string whyNotMore;  ///< the error of the first that could not
  uint64_t frames = 0;     ///< in the time that was measured
  double seconds = 0;
  double cpuSeconds = 0;  ///< of this process, all threads
  int threads = 0;        ///< of this process while it ran
  uint64_t errors = 0;    ///< of the whole run
  uint64_t concealed = 0;
  uint64_t missing = 0;      ///< units without a picture, of the whole run
  double medianLatency = 0;  ///< milliseconds from the last byte of a unit to its picture
  double worstLatency = 0;   ///< of 99 in a hundred
  uint64_t memoryBytes = 0;  ///< of all sessions, as they say themselves
};

/// Makes the decoder of the session with this number.
using MakeDecoder = std::function<std::unique_ptr<video::Decoder>(int session)>;

/// Each session decodes `clip` over and over. Sessions that cannot be opened are left out; `opened`
/// is called when the others are open. Throws what makes a measurement worthless: a session that
/// fails while it runs, or none that opens.
LoadResult runLoad(const std::vector<AccessUnit>& clip, const MakeDecoder& make,
                   const LoadOptions& options, const std::function<void()>& opened = {});

}  // namespace flux::gpu
