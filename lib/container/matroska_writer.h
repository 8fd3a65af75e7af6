// Passthrough muxing of a camera's tracks to Matroska (RFC 9559), in memory, towards a sink.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "codec/access_unit.h"

namespace flux {

/// Writes a live (non-seekable) Matroska stream: the header through libavformat, the clusters
/// itself. Every byte goes to `sink` in order, each once, a cluster at a time;
/// nothing is ever rewritten. A `sink` that
/// throws ends the stream: what its cluster held is lost.
class MatroskaWriter final {
 public:
  using Sink = std::function<void(ByteViews)>;

  /// Emits the header: one video track, then any audio tracks. Throws ERR_MUX, also for ONVIF
  /// metadata, for which Matroska has no codec.
  MatroskaWriter(const std::vector<CodecParametersPtr>& tracks, Sink sink);
  ~MatroskaWriter();
  MatroskaWriter(const MatroskaWriter&) = delete;
  MatroskaWriter& operator=(const MatroskaWriter&) = delete;

  /// Adds one access unit of `track`, an index into `tracks`, as AccessUnit::data has it.
  /// `ptsMicros` counts from the segment's start; what is before it is moved there. Blocks stand in
  /// the order of the calls. Tracks may be ahead of each other by up to a second or so: more is
  /// written too, but players that read a file in one go buffer no further.
  void write(size_t track, ByteView accessUnit, int64_t ptsMicros, bool keyFrame);
  /// The same without a copy: the unit is held until the sink had it.
  void write(size_t track, const AccessUnitPtr& unit, int64_t ptsMicros);
  /// Completes the current cluster, so that everything written so far has reached the sink and a
  /// reader of those bytes alone sees every frame.
  void flush();
  /// flush(), then the end of the file.
  void finish();

  /// A Void element (RFC 8794 §11.3.2) of exactly `size` >= 2 bytes, valid between clusters.
  static Bytes padding(size_t size);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux
