// Cuts a time range out of many segments into one playable file, without re-encoding.
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
};

struct ExportGap {
  int64_t fromMs;
  int64_t toMs;
};

struct ExportResult {
  uint64_t frames = 0;
  uint64_t bytes = 0;
  int64_t fromMs = 0;  ///< wall time of the first frame
  int64_t toMs = 0;    ///< wall time of the end of the last frame
  std::vector<ExportGap> gaps;
};

/// Begins at the key frame at or before `fromMs` (or the first there is) and ends with the last
/// frame before `toMs`. Reads verified packets only. `keepGoing` is called with the part done, 0 to
/// 1; false ends with ERR_ABORTED. Where anything fails no file is left behind.
/// Throws ERR_NO_FOOTAGE where the range holds no frame.
ExportResult exportClip(const ExportOptions& options, const std::function<bool(double)>& keepGoing);

}  // namespace flux
