#include "engine/exporter.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "engine/segment_source.h"

namespace flux {
namespace {

/// Less than this between two segments is rounding, not missing footage.
constexpr int64_t kGapToleranceMs = 500;
constexpr uint64_t kPacketsPerProgress = 64;
/// MaxDpbFrames of H.264 (A.3.1), sps_max_dec_pic_buffering of H.265 (A.4.2).
constexpr size_t kMaxReorder = 16;
/// By how much tracks may be ahead of each other in a segment (see MatroskaWriter::write).
constexpr int64_t kInterleavingMs = 1000;
/// Audio kept from in front of the first picture: a second even of 2 ms packets.
constexpr size_t kMaxEarlySounds = 512;

/// The index of the segment and packet where the clip begins.
struct StartPoint {
  size_t segment = 0;
  uint64_t packet = 0;
};

class Export final {
 public:
  Export(const ExportOptions& options, const std::function<bool(double)>& keepGoing)
      : options_(options),
        keepGoing_(keepGoing),
        tracks_(options.audio ? Tracks::kAll : Tracks::kVideo) {}

  ExportResult run() {
    const StartPoint start = findStart();
    for (size_t i = start.segment; i < options_.segments.size(); ++i) {
      copySegment(i, i == start.segment ? start.packet : 0);
    }
    if (result_.frames == 0) {
      throw Error("ERR_NO_FOOTAGE", "there is no recorded frame in the requested range");
    }
    noteGap(coveredMs_, options_.toMs);
    result_.bytes = writer_->finish();
    return std::move(result_);
  }

 private:
  /// What one segment has to do with the clip.
  struct Segment {
    size_t index;
    int64_t startMicros;
    SegmentSource& source;
    size_t audioTrack = 0;  ///< 0: none
    bool entered = false;   ///< its first picture has come
    bool foreign = false;   ///< another video codec
    int64_t wallMs(const Packet& packet) const { return (startMicros + packet.ptsMicros) / 1000; }
  };

  /// The last key frame at or before `from` in the segments that begin at or before it.
  StartPoint findStart() {
    StartPoint start;
    for (size_t i = 0; i < options_.segments.size(); ++i) {
      const auto& segment = options_.segments[i];
      if (segment.startMs > options_.fromMs) break;
      SegmentSource source(segment, tracks_);
      Packet packet;
      for (uint64_t index = 0; source.next(packet); ++index) {
        if (packet.track != 0) continue;
        const int64_t wallMs = segment.startMs + packet.ptsMicros / 1000;
        if (wallMs > options_.fromMs) break;
        if (packet.keyFrame) start = {i, index};
      }
    }
    return start;
  }

  void copySegment(size_t index, uint64_t firstPacket) {
    const auto& options = options_.segments[index];
    SegmentSource source(options, tracks_);
    Segment segment{index, options.startMs * 1000, source};
    chooseAudio(segment);
    early_.clear();
    bool videoEnded = false;
    bool audioEnded = segment.audioTrack == 0;
    Packet packet;
    for (uint64_t at = 0; source.next(packet); ++at) {
      const int64_t wallMs = segment.wallMs(packet);
      if (packet.track != 0) {
        if (packet.track != segment.audioTrack) continue;
        audioEnded = audioEnded || wallMs >= options_.toMs;
        if (wallMs < options_.toMs) copySound(segment, packet);
      } else if (at >= firstPacket) {
        if (wallMs < options_.toMs) {
          copyPicture(segment, packet);
        } else if (beyond_.size() < kMaxReorder) {
          // A picture after the end is wanted only if one before it, later in decoding order,
          // refers to it; no stream reorders further than this.
          beyond_.push_back(std::move(packet));
        } else {
          videoEnded = true;
          audioEnded = audioEnded || wallMs >= options_.toMs + kInterleavingMs;
        }
      }
      if (videoEnded && audioEnded) break;
    }
    beyond_.clear();
  }

  void copyPicture(Segment& segment, Packet& packet) {
    if (!segment.entered) enterSegment(segment, packet);
    for (Packet& reference : beyond_) writePicture(segment, reference);
    beyond_.clear();
    writePicture(segment, packet);
  }

  void enterSegment(Segment& segment, const Packet& packet) {
    segment.entered = true;
    const CodecParametersPtr& next = segment.source.parameters();
    if (writer_ == nullptr) begin(segment, packet);
    noteGap(coveredMs_, segment.wallMs(packet));
    segment.foreign = next->codec != parameters_->codec;
    if (segment.foreign) return;
    if (next->vps != parameters_->vps || next->sps != parameters_->sps ||
        next->pps != parameters_->pps) {
      writer_->setParameters(*next);
      parameters_ = next;
    }
  }

  void begin(Segment& segment, const Packet& packet) {
    originMicros_ = segment.startMicros + packet.ptsMicros;
    result_.fromMs = originMicros_ / 1000;
    coveredMs_ = std::max(options_.fromMs, int64_t{0});
    parameters_ = segment.source.parameters();
    std::vector<CodecParametersPtr> tracks = {parameters_};
    if (options_.audio) audio_ = findAudio(segment.index);
    if (audio_ != nullptr && ClipWriter::canHold(options_.format, *audio_)) {
      tracks.push_back(audio_);
      result_.audio = audio_;
      result_.audioTranscoded = ClipWriter::transcodes(options_.format, audio_->codec);
    }
    writer_ = std::make_unique<ClipWriter>(options_.out, options_.format, tracks, result_.fromMs);
    chooseAudio(segment);
  }

  /// The first audio that sounds in the range from segment `first` on, nullptr where there is none:
  /// a clip's tracks must be known before its first picture, and one without a packet confuses
  /// players.
  CodecParametersPtr findAudio(size_t first) {
    for (size_t i = first; i < options_.segments.size(); ++i) {
      const auto& options = options_.segments[i];
      SegmentSource source(options, Tracks::kAll);
      if (source.tracks().size() < 2) continue;
      Packet packet;
      while (source.next(packet)) {
        const int64_t wallMicros = options.startMs * 1000 + packet.ptsMicros;
        if (packet.track != 0 && wallMicros >= originMicros_ && wallMicros < options_.toMs * 1000) {
          return source.tracks()[packet.track];
        }
      }
    }
    return nullptr;
  }

  /// The segment's audio track that goes on with the clip's, else its first.
  void chooseAudio(Segment& segment) const {
    const auto& tracks = segment.source.tracks();
    segment.audioTrack = tracks.size() > 1 ? 1 : 0;
    for (size_t i = tracks.size() - 1; i > 0 && audio_ != nullptr; --i) {
      if (sameParameters(*tracks[i], *audio_)) segment.audioTrack = i;
    }
  }

  void copySound(Segment& segment, Packet& packet) {
    if (writer_ == nullptr) {
      if (early_.size() == kMaxEarlySounds) early_.pop_front();
      early_.push_back(std::move(packet));
      return;
    }
    const int64_t wallMicros = segment.startMicros + packet.ptsMicros;
    if (wallMicros < originMicros_) return;
    const CodecParameters& own = *segment.source.tracks()[packet.track];
    const auto leaveOut = [&](LeftOutReason reason) {
      noteLeftOut(MediaKind::kAudio, wallMicros / 1000, (wallMicros + packet.durationMicros) / 1000,
                  reason);
    };
    if (result_.audio == nullptr) return leaveOut(LeftOutReason::kFormat);
    if (segment.foreign || own.codec != audio_->codec) return leaveOut(LeftOutReason::kCodec);
    if (!sameParameters(own, *audio_)) return leaveOut(LeftOutReason::kParameters);
    packet.ptsMicros = wallMicros - originMicros_;
    packet.track = 1;
    writer_->write(packet);
    ++result_.audioFrames;
  }

  void writePicture(Segment& segment, Packet& packet) {
    const int64_t wallMicros = segment.startMicros + packet.ptsMicros;
    if (packet.ptsMicros > lastPtsMicros_ && index_ > 0) {
      frameMicros_ = packet.ptsMicros - lastPtsMicros_;
    }
    lastPtsMicros_ = packet.ptsMicros;
    ++index_;
    const int64_t endMs = (wallMicros + frameMicros_ + 500) / 1000;
    coveredMs_ = std::max(coveredMs_, endMs);
    if (segment.foreign) {
      noteLeftOut(MediaKind::kVideo, wallMicros / 1000, endMs, LeftOutReason::kCodec);
      return;
    }
    packet.ptsMicros = wallMicros - originMicros_;
    // Two segments' clocks may overlap by the few milliseconds that the timeline has glided.
    packet.dtsMicros =
        std::max(packet.dtsMicros + segment.startMicros - originMicros_, lastDtsMicros_ + 1);
    packet.ptsMicros = std::max(packet.ptsMicros, packet.dtsMicros);
    lastDtsMicros_ = packet.dtsMicros;
    writer_->write(packet);
    result_.toMs = std::max(result_.toMs, endMs);
    if (result_.frames++ == 0) {
      for (Packet& sound : std::exchange(early_, {})) copySound(segment, sound);
    }
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

  void noteLeftOut(MediaKind kind, int64_t fromMs, int64_t toMs, LeftOutReason reason) {
    auto& all = result_.leftOut;
    const auto last = std::find_if(all.rbegin(), all.rend(),
                                   [kind](const ExportLeftOut& e) { return e.kind == kind; });
    if (last != all.rend() && last->reason == reason && fromMs - last->toMs <= kGapToleranceMs) {
      last->toMs = std::max(last->toMs, toMs);
    } else {
      all.push_back({kind, fromMs, toMs, reason});
    }
  }

  const ExportOptions& options_;
  const std::function<bool(double)>& keepGoing_;
  const Tracks tracks_;
  ExportResult result_;
  std::unique_ptr<ClipWriter> writer_;
  CodecParametersPtr parameters_;  ///< of the clip's video, now
  CodecParametersPtr audio_;       ///< the range's first; nullptr: none
  std::deque<Packet> early_;       ///< audio in front of the first picture
  std::vector<Packet> beyond_;     ///< pictures read, but not before `to`
  int64_t originMicros_ = 0;
  int64_t coveredMs_ = 0;
  int64_t lastDtsMicros_ = INT64_MIN / 2;
  int64_t lastPtsMicros_ = 0;
  int64_t frameMicros_ = 0;
  uint64_t index_ = 0;
};

}  // namespace

const char* toString(LeftOutReason reason) {
  switch (reason) {
    case LeftOutReason::kCodec:
      return "codec";
    case LeftOutReason::kParameters:
      return "parameters";
    case LeftOutReason::kFormat:
      return "format";
  }
  return "unknown";
}

ExportResult exportClip(const ExportOptions& options,
                        const std::function<bool(double)>& keepGoing) {
  if (options.toMs <= options.fromMs) {
    throw Error("ERR_INVALID_ARGUMENT", "the range is empty: 'to' must be later than 'from'");
  }
  return Export(options, keepGoing).run();
}

}  // namespace flux
