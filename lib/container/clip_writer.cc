#include "container/clip_writer.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

#include "codec/nal.h"
#include "container/aac_transcoder.h"
#include "container/audio_clock.h"
#include "container/audio_payload.h"
#include "container/av.h"
#include "container/nal_units.h"
#include "container/part_file.h"
#include "container/stream.h"

namespace flux {
namespace {

constexpr AVRational kVideoBase = {1, 90000};
constexpr AVRational kMillis = {1, 1000};

std::string utcText(int64_t wallMs) {
  const std::time_t seconds = static_cast<std::time_t>(wallMs / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40] = {};
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  const std::string millis = std::to_string(1000 + wallMs % 1000).substr(1);
  return std::string(text, length) + "." + millis + "Z";
}

bool sameSets(const CodecParameters& a, const CodecParameters& b) {
  return a.vps == b.vps && a.sps == b.sps && a.pps == b.pps;
}

}  // namespace

class ClipWriter::Impl final {
 public:
  Impl(const std::string& path, ClipFormat format, std::vector<CodecParametersPtr> tracks,
       int64_t startWallMs)
      : path_(path), file_(path), mp4_(format == ClipFormat::kMp4) {
    av::quietLog();
    if (tracks.empty() || tracks.front()->kind() != MediaKind::kVideo) {
      throw Error("ERR_MUX", path_ + ": the first track of a clip must be a video track");
    }
    current_ = *tracks.front();
    const std::string url = "file:" + file_.part();
    AVFormatContext* context = nullptr;
    check(avformat_alloc_output_context2(&context, nullptr, mp4_ ? "mp4" : "matroska", url.c_str()),
          "open the muxer");
    context_.reset(context);
    output_.context = context;
    check(avio_open(&context_->pb, url.c_str(), AVIO_FLAG_WRITE), "open");
    for (CodecParametersPtr& parameters : tracks) addTrack(std::move(parameters));
    av_dict_set(&context_->metadata, "creation_time", utcText(startWallMs).c_str(), 0);
    av::Dictionary options;
    if (mp4_) {
      options.set("movflags", "+faststart").set("video_track_timescale", "90000");
    } else {
      // Matroska holds no decoding times; shifting them to zero would move the pictures.
      context_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    }
    check(avformat_write_header(context_.get(), options.address()), "write the header");
  }

  void write(const Packet& packet) {
    if (finished_) throw Error("ERR_CLOSED", path_ + " is finished");
    if (packet.track >= tracks_.size()) {
      throw Error("ERR_INVALID_ARGUMENT", "the clip has no track " + std::to_string(packet.track) +
                                              ", only " + std::to_string(tracks_.size()) +
                                              " tracks from 0 on");
    }
    if (!origin_ && (packet.track != 0 || !packet.keyFrame)) {
      throw Error("ERR_INVALID_ARGUMENT", "a clip must begin with a key frame");
    }
    if (packet.track == 0) {
      writePicture(packet);
    } else {
      writeSound(tracks_[packet.track], packet);
    }
  }

  void setParameters(const CodecParameters& parameters) {
    const CodecParameters& first = *tracks_.front().parameters;
    if (parameters.codec != first.codec) {
      throw Error("ERR_MUX", path_ + ": a track of " + codecName(first.codec) +
                                 " cannot go on with " + codecName(parameters.codec));
    }
    current_ = parameters;
    // Once they have changed, every later key frame says which sets hold: a player that seeks
    // may arrive with either.
    setsInBand_ = setsInBand_ || !sameSets(first, current_);
  }

  uint64_t finish() {
    if (finished_) throw Error("ERR_CLOSED", path_ + " is finished");
    if (!origin_) throw Error("ERR_MUX", path_ + ": a clip without frames cannot be written");
    finished_ = true;
    for (Track& track : tracks_) {
      if (track.encoder) track.encoder->finish(emitter(track));
    }
    const int trailer = av_write_trailer(context_.get());
    const int closed = avio_closep(&context_->pb);
    check(trailer, "complete");
    check(closed, "complete");
    return file_.publish();
  }

 private:
  /// Closes the file also where the constructor fails.
  struct Output {
    AVFormatContext* context = nullptr;
    ~Output() {
      if (context != nullptr && context->pb != nullptr) avio_closep(&context->pb);
    }
  };
  struct Track {
    CodecParametersPtr parameters;
    AVStream* stream = nullptr;
    std::optional<int64_t> lastDts;          ///< in the stream's time base
    std::unique_ptr<AacTranscoder> encoder;  ///< where the codec becomes AAC
    std::optional<AudioClock> clock;         ///< of audio in MP4
  };

  void addTrack(CodecParametersPtr parameters) {
    Track track;
    const bool video = parameters->kind() == MediaKind::kVideo;
    const ClipFormat format = mp4_ ? ClipFormat::kMp4 : ClipFormat::kMatroska;
    if (transcodes(format, parameters->codec)) {
      track.encoder = std::make_unique<AacTranscoder>(*parameters);
      track.stream = avformat_new_stream(context_.get(), nullptr);
      if (track.stream == nullptr) throw std::bad_alloc();
      track.encoder->describe(track.stream->codecpar);
    } else {
      track.stream = av::addStream(context_.get(), *parameters);
    }
    // The sample entry by which Apple's players know H.265.
    if (mp4_ && parameters->codec == Codec::kH265) {
      track.stream->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');
    }
    if (mp4_ && !video) track.clock.emplace(parameters->sampleRate);
    if (!mp4_) {
      track.stream->time_base = kMillis;
    } else {
      track.stream->time_base = video ? kVideoBase : AVRational{1, parameters->sampleRate};
    }
    track.parameters = std::move(parameters);
    tracks_.push_back(std::move(track));
  }

  void writePicture(const Packet& packet) {
    Track& track = tracks_.front();
    if (!origin_) {
      origin_ = packet.ptsMicros;
      const double rate = track.parameters->frameRate;
      lastDelta_ = rate > 0 ? static_cast<int64_t>(1e6 / rate) : kDefaultFrameMicros;
    } else if (packet.dtsMicros > lastDtsMicros_) {
      lastDelta_ = packet.dtsMicros - lastDtsMicros_;
    }
    lastDtsMicros_ = packet.dtsMicros;
    const Bytes* data = &packet.data;
    Bytes withSets;
    if (packet.keyFrame && setsInBand_ && insertSets(packet.data, withSets)) data = &withSets;
    const AVRational base = track.stream->time_base;
    const int64_t dts = av_rescale_q(packet.dtsMicros - *origin_, av::kMicros, base);
    const int64_t pts = av_rescale_q(packet.ptsMicros - *origin_, av::kMicros, base);
    const int64_t duration = packet.durationMicros > 0 ? packet.durationMicros : lastDelta_;
    put(track, *data, pts, dts, av_rescale_q(duration, av::kMicros, base), packet.keyFrame);
  }

  void writeSound(Track& track, const Packet& packet) {
    const CodecParameters& parameters = *track.parameters;
    const AVRational base = track.stream->time_base;
    const int64_t micros = packet.ptsMicros - *origin_;
    const int64_t samples = samplesIn(parameters, packet.data);
    if (!track.clock) {
      const ByteView data = av::toFile(parameters, packet.data, scratch_);
      const int64_t pts = av_rescale_q(micros, av::kMicros, base);
      put(track, data, pts, pts, av_rescale_q(samples, {1, parameters.sampleRate}, base), true);
      return;
    }
    const int64_t at = track.clock->place(micros, samples);
    if (track.encoder) {
      track.encoder->write(packet.data, at, emitter(track));
      return;
    }
    const AVRational sample = {1, parameters.sampleRate};
    const int64_t pts = av_rescale_q(at, sample, base);
    put(track, packet.data, pts, pts, av_rescale_q(samples, sample, base), true);
  }

  /// Writes what an encoder gives out, in samples, to its track.
  AacTranscoder::Emit emitter(Track& track) {
    return [this, &track](AVPacket& packet) {
      const AVRational sample = {1, track.parameters->sampleRate};
      const AVRational base = track.stream->time_base;
      const ByteView data(packet.data, static_cast<size_t>(packet.size));
      const int64_t pts = av_rescale_q(packet.pts, sample, base);
      put(track, data, pts, pts, av_rescale_q(packet.duration, sample, base), true);
    };
  }

  void put(Track& track, ByteView data, int64_t pts, int64_t dts, int64_t duration, bool keyFrame) {
    // Rounding may fold two times into one tick, which libavformat refuses.
    dts = track.lastDts ? std::max(dts, *track.lastDts + 1) : std::min(dts, pts);
    pts = std::max(pts, dts);
    track.lastDts = dts;
    buffer_->data = const_cast<uint8_t*>(data.data());  // muxers only read it
    buffer_->size = static_cast<int>(data.size());
    buffer_->stream_index = track.stream->index;
    buffer_->flags = keyFrame ? AV_PKT_FLAG_KEY : 0;
    buffer_->pts = pts;
    buffer_->dts = dts;
    buffer_->duration = duration;
    // Packets stand in the file in the order in which they come: no track is read ahead by much.
    const int status = av_write_frame(context_.get(), buffer_.get());
    buffer_->data = nullptr;
    buffer_->size = 0;
    check(status, "write a frame");
  }

  /// Puts the current parameter sets in front of a key frame that does not bring its own, behind
  /// its access unit delimiter (H.264 §7.4.1.2.3, H.265 §7.4.2.4.4).
  bool insertSets(const Bytes& unit, Bytes& out) const {
    const Codec codec = current_.codec;
    if (!hasNalUnits(codec)) return false;
    bool hasOwn = false;
    bool placed = false;
    out.reserve(unit.size() + current_.vps.size() + current_.sps.size() + current_.pps.size() + 12);
    const auto place = [&] {
      if (std::exchange(placed, true)) return;
      if (!current_.vps.empty()) nal::appendNal(out, current_.vps);
      nal::appendNal(out, current_.sps);
      nal::appendNal(out, current_.pps);
    };
    nal::forEachNal(unit, [&](ByteView nal) {
      hasOwn = hasOwn || isSps(codec, nal);
      if (!isDelimiter(codec, nal)) place();
      nal::appendNal(out, nal);
    });
    return placed && !hasOwn;
  }

  void check(int status, const char* action) const {
    if (status < 0) throw av::avError("ERR_MUX", path_ + ": " + action, status);
  }

  std::string path_;
  PartFile file_;
  bool mp4_;
  CodecParameters current_;  ///< of the video
  bool setsInBand_ = false;
  av::PacketPtr buffer_ = av::makePacket();
  av::OutputPtr context_;
  Output output_;  // after context_: it goes first
  std::vector<Track> tracks_;
  Bytes scratch_;
  std::optional<int64_t> origin_;  ///< the first picture's presentation time
  int64_t lastDtsMicros_ = 0;
  int64_t lastDelta_ = 0;
  bool finished_ = false;
};

ClipWriter::ClipWriter(const std::string& path, ClipFormat format,
                       std::vector<CodecParametersPtr> tracks, int64_t startWallMs)
    : impl_(std::make_unique<Impl>(path, format, std::move(tracks), startWallMs)) {}

ClipWriter::~ClipWriter() = default;

bool ClipWriter::canHold(ClipFormat format, const CodecParameters& parameters) {
  if (parameters.kind() == MediaKind::kMetadata) return false;
  return !transcodes(format, parameters.codec) || AacTranscoder::accepts(parameters);
}

bool ClipWriter::transcodes(ClipFormat format, Codec codec) {
  return format == ClipFormat::kMp4 && (codec == Codec::kPcmu || codec == Codec::kPcma ||
                                        codec == Codec::kG726 || codec == Codec::kL16);
}

void ClipWriter::write(const Packet& packet) {
  impl_->write(packet);
}

void ClipWriter::setParameters(const CodecParameters& parameters) {
  impl_->setParameters(parameters);
}

uint64_t ClipWriter::finish() {
  return impl_->finish();
}

}  // namespace flux
