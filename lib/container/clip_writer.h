// Writes an exported clip as MP4 or Matroska without re-encoding its video, over libavformat.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codec/access_unit.h"
#include "container/packet_reader.h"

namespace flux {

enum class ClipFormat : uint8_t { kMp4, kMatroska };

/// Writes to `path` (created exclusively, mode 0600). MP4 gets its index at the front (faststart).
/// The creation time of the file is `startWallMs` (UTC).
///
/// Every codec is written as it is, with one exception: players do not know G.711, G.726 and linear
/// PCM in MP4, so these become AAC-LC there, at their sample rate. Matroska keeps them.
class ClipWriter final {
 public:
  /// `tracks`: one video track, then any audio tracks. Throws ERR_EXISTS, ERR_NOT_FOUND, and
  /// ERR_MUX where canHold() is false for one of them or a decoder could not be set up with it.
  ClipWriter(const std::string& path, ClipFormat format, std::vector<CodecParametersPtr> tracks,
             int64_t startWallMs);
  /// Removes the file unless finish() has returned.
  ~ClipWriter();

  /// False for ONVIF metadata, and in MP4 for audio that would have to become AAC but has a sample
  /// rate or more channels than the encoder takes.
  static bool canHold(ClipFormat format, const CodecParameters& parameters);
  /// Does this codec become AAC-LC in such files?
  static bool transcodes(ClipFormat format, Codec codec);

  /// Packet::track is an index into `tracks`. The first packet must be a key frame of the video:
  /// its presentation time is the clip's zero. dts of a track must not fall. Where the video's
  /// parameters changed, call setParameters() first.
  void write(const Packet& packet);
  /// Later video packets use these parameter sets: they are put in-band in front of the next key
  /// frame where they differ from the first ones. A decoder takes them from there, although the
  /// sample entries avc1 and hvc1 of MP4 promise that it will not find any: a range cannot be
  /// looked through before its header is written. Throws ERR_MUX where the codec is another.
  void setParameters(const CodecParameters& parameters);
  /// Completes and fsyncs the file; returns its size in bytes.
  uint64_t finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux
