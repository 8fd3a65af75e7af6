#include "engine/exporter.h"

#include <algorithm>
#include <memory>

#include "engine/segment_source.h"

namespace flux {
namespace {

/// Less than this between two segments is rounding, not missing footage.
constexpr int64_t kGapToleranceMs = 500;
constexpr uint64_t kPacketsPerProgress = 64;
/// MaxDpbFrames of H.264 (A.3.1).
constexpr size_t kMaxReorder = 16;

/// The index of the segment and packet where the clip begins.
struct StartPoint {
  size_t segment = 0;
  uint64_t packet = 0;
};

class Export final {
 public:
  Export(const ExportOptions& options, const std::function<bool(double)>& keepGoing)
      : options_(options), keepGoing_(keepGoing) {}

  ExportResult run() {
    const StartPoint start = findStart();
    for (size_t i = start.segment; i < options_.segments.size(); ++i) {
      copySegment(options_.segments[i], i == start.segment ? start.packet : 0);
    }
    if (result_.frames == 0) {
      throw Error("ERR_NO_FOOTAGE", "there is no recorded frame in the requested range");
    }
    result_.toMs = coveredMs_;
    noteGap(coveredMs_, options_.toMs);
    result_.bytes = writer_->finish();
    return result_;
  }

 private:
  /// The last key frame at or before `from` in the segments that begin at or before it.
  StartPoint findStart() {
    StartPoint start;
    for (size_t i = 0; i < options_.segments.size(); ++i) {
      const auto& segment = options_.segments[i];
      if (segment.startMs > options_.fromMs) break;
      SegmentSource source(segment);
      Packet packet;
      for (uint64_t index = 0; source.next(packet); ++index) {
        const int64_t wallMs = segment.startMs + packet.ptsMicros / 1000;
        if (wallMs > options_.fromMs) break;
        if (packet.keyFrame) start = {i, index};
      }
    }
    return start;
  }

  void copySegment(const segment::ReaderOptions& segment, uint64_t firstPacket) {
    SegmentSource source(segment);
    Packet packet;
    for (uint64_t index = 0; source.next(packet); ++index) {
      if (index < firstPacket) continue;
      if (segment.startMs + packet.ptsMicros / 1000 >= options_.toMs) {
        // A picture after the end is wanted only if one before it, later in decoding order, refers
        // to it; no stream reorders further than this.
        if (beyond_.size() == kMaxReorder) break;
        beyond_.push_back(std::move(packet));
        continue;
      }
      for (Packet& reference : beyond_) writePacket(segment, reference);
      beyond_.clear();
      if (result_.frames == 0) begin(segment, source, packet);
      if (index == firstPacket) enterSegment(segment, source, packet);
      writePacket(segment, packet);
    }
    beyond_.clear();
  }

  void begin(const segment::ReaderOptions& segment, SegmentSource& source, const Packet& packet) {
    originMicros_ = segment.startMs * 1000 + packet.ptsMicros;
    result_.fromMs = originMicros_ / 1000;
    coveredMs_ = std::max(options_.fromMs, int64_t{0});
    noteGap(options_.fromMs, result_.fromMs);
    writer_ = std::make_unique<ClipWriter>(options_.out, options_.format, *source.parameters(),
                                           result_.fromMs);
    parameters_ = source.parameters();
  }

  void enterSegment(const segment::ReaderOptions& segment, SegmentSource& source,
                    const Packet& packet) {
    if (result_.frames > 0) noteGap(coveredMs_, segment.startMs + packet.ptsMicros / 1000);
    const auto& next = source.parameters();
    if (next->sps != parameters_->sps || next->pps != parameters_->pps) {
      writer_->setParameters(*next);
      parameters_ = next;
    }
  }

  void writePacket(const segment::ReaderOptions& segment, Packet& packet) {
    const int64_t base = segment.startMs * 1000 - originMicros_;
    const int64_t wallMicros = segment.startMs * 1000 + packet.ptsMicros;
    if (packet.ptsMicros > lastPtsMicros_ && index_ > 0) {
      frameMicros_ = packet.ptsMicros - lastPtsMicros_;
    }
    lastPtsMicros_ = packet.ptsMicros;
    ++index_;
    packet.ptsMicros += base;
    // Two segments' clocks may overlap by the few milliseconds that the timeline has glided.
    packet.dtsMicros = std::max(packet.dtsMicros + base, lastDtsMicros_ + 1);
    packet.ptsMicros = std::max(packet.ptsMicros, packet.dtsMicros);
    lastDtsMicros_ = packet.dtsMicros;
    writer_->write(packet);
    ++result_.frames;
    coveredMs_ = std::max(coveredMs_, (wallMicros + frameMicros_ + 500) / 1000);
    if (result_.frames % kPacketsPerProgress == 0) report(wallMicros / 1000);
  }

  void report(int64_t wallMs) {
    const double span = static_cast<double>(std::max<int64_t>(1, options_.toMs - result_.fromMs));
    const double done = static_cast<double>(wallMs - result_.fromMs) / span;
    if (keepGoing_ && !keepGoing_(std::clamp(done, 0.0, 1.0))) {
      throw Error("ERR_ABORTED", "the export was aborted; nothing was left behind");
    }
  }

  void noteGap(int64_t fromMs, int64_t toMs) {
    if (toMs - fromMs > kGapToleranceMs) result_.gaps.push_back({fromMs, toMs});
  }

  const ExportOptions& options_;
  const std::function<bool(double)>& keepGoing_;
  ExportResult result_;
  std::unique_ptr<ClipWriter> writer_;
  CodecParametersPtr parameters_;
  std::vector<Packet> beyond_;  // read, but not before `to`
  int64_t originMicros_ = 0;
  int64_t coveredMs_ = 0;
  int64_t lastDtsMicros_ = INT64_MIN / 2;
  int64_t lastPtsMicros_ = 0;
  int64_t frameMicros_ = 0;
  uint64_t index_ = 0;
};

}  // namespace

ExportResult exportClip(const ExportOptions& options,
                        const std::function<bool(double)>& keepGoing) {
  if (options.toMs <= options.fromMs) {
    throw Error("ERR_INVALID_ARGUMENT", "the range is empty: 'to' must be later than 'from'");
  }
  return Export(options, keepGoing).run();
}

}  // namespace flux
