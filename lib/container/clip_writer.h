// Writes an exported clip as MP4 or Matroska without re-encoding, over libavformat.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "codec/access_unit.h"
#include "container/packet_reader.h"

namespace flux {

enum class ClipFormat : uint8_t { kMp4, kMatroska };

/// Writes to `path` (created exclusively, mode 0600). MP4 gets its index at the front (faststart).
/// The creation time of the file is `startWallMs` (UTC).
class ClipWriter final {
 public:
  ClipWriter(const std::string& path, ClipFormat format, const CodecParameters& parameters,
             int64_t startWallMs);
  /// Removes the file unless finish() has returned.
  ~ClipWriter();
  /// dts must not fall. Where `parameters` changed, call setParameters() first.
  void write(const Packet& packet);
  /// Later packets use these parameter sets: they are put in-band in front of the next key frame
  /// where they differ from the first ones.
  void setParameters(const CodecParameters& parameters);
  /// Completes and fsyncs the file; returns its size in bytes.
  uint64_t finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux
