// Cuts a time range out of many segments into one playable file, without re-encoding its video.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "container/clip_writer.h"
#include "segment/reader.h"

namespace flux {

struct ExportOptions {
  /// In order of time; each overlaps [fromMs, toMs).
  std::vector<segment::ReaderOptions> segments;
  int64_t fromMs = 0;
  int64_t toMs = 0;
  std::string out;
  ClipFormat format = ClipFormat::kMp4;
  bool audio = true;  ///< with the recording's first audio track, where it has one
};

struct ExportGap {
  int64_t fromMs;
  int64_t toMs;
};

/// Why something that was recorded is not in the clip.
enum class LeftOutReason : uint8_t {
  kCodec,       ///< the camera changed the codec: a track of a file has one
  kParameters,  ///< audio: it changed the sample rate, the channels or the decoder configuration
  kFormat,      ///< the clip's format cannot hold it; see ClipWriter::canHold()
};
const char* toString(LeftOutReason reason);  ///< "codec", "parameters", "format"

/// Neighbours of one track and reason are one entry.
struct ExportLeftOut {
  MediaKind kind;
  int64_t fromMs;  ///< wall time
  int64_t toMs;
  LeftOutReason reason;
};

struct ExportResult {
  uint64_t frames = 0;  ///< of the video
  uint64_t bytes = 0;
  int64_t fromMs = 0;  ///< wall time of the first frame
  int64_t toMs = 0;    ///< wall time of the end of the last frame
  std::vector<ExportGap> gaps;
  uint64_t audioFrames = 0;      ///< audio units taken from the recording
  CodecParametersPtr audio;      ///< as it was recorded; nullptr where the clip has no audio
  bool audioTranscoded = false;  ///< it is AAC in the clip; see ClipWriter
  std::vector<ExportLeftOut> leftOut;
};

/// Begins at the key frame at or before `fromMs` (or the first there is) and ends with the last
/// frame before `toMs`; audio is copied from that key frame on. Where a segment has no audio the
/// clip's audio track has a hole: silence is not made up. Reads verified packets only. `keepGoing`
/// is called with the part done, 0 to 1; false ends with ERR_ABORTED. Where anything fails no file
/// is left behind. Throws ERR_NO_FOOTAGE where the range holds no frame.
ExportResult exportClip(const ExportOptions& options, const std::function<bool(double)>& keepGoing);

}  // namespace flux
