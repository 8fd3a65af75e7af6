// A sealed segment as a stream of packets on the wall clock. Used by playback, export and recovery.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "container/packet_reader.h"
#include "segment/reader.h"

namespace flux {

/// Opens the file, checks its key, and reads verified packets only.
class SegmentSource final {
 public:
  explicit SegmentSource(const segment::ReaderOptions& options, Tracks tracks = Tracks::kVideo);

  [[nodiscard]] segment::Reader& file() noexcept { return *file_; }
  /// The tracks that were asked for, the video's first. Throws ERR_CONTAINER where the verified
  /// bytes hold no video.
  [[nodiscard]] const std::vector<CodecParametersPtr>& tracks();
  /// Of the video.
  [[nodiscard]] const CodecParametersPtr& parameters() { return tracks().front(); }
  /// The next packet, its times in microseconds from the segment's start; false at the end.
  bool next(Packet& packet);

 private:
  PacketReader& packets();

  std::unique_ptr<segment::Reader> file_;
  Tracks tracks_;
  std::unique_ptr<PacketReader> packets_;
};

/// What a crash left of a version 2 segment, after segment::recover() has cut its torn end off.
struct RecoveredSegment {
  segment::Verification verification;
  uint64_t frames = 0;            ///< of the video, as durationMs and parameters
  int64_t durationMs = 0;         ///< to the end of the last frame
  CodecParametersPtr parameters;  ///< nullptr where not one frame was left
};
/// `startMs` and `cameraId` are checked where the format needs them (version 1) or where given.
RecoveredSegment recoverSegment(const segment::ReaderOptions& options);

}  // namespace flux
