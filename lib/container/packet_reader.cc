#include "container/packet_reader.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "codec/h264.h"
#include "codec/h265.h"
#include "codec/jpeg.h"
#include "container/annex_b_reader.h"
#include "container/audio_payload.h"
#include "container/av.h"
#include "container/nal_units.h"
#include "container/reorder.h"
#include "container/source_io.h"
#include "container/stream.h"

namespace flux {
namespace {

constexpr int kMaxPacketBytes = 64 << 20;
constexpr size_t kMaxPacketsBeforeParameters = 64;
/// Read ahead of the first packet that is given out; more audio than this in front of the video is
/// no recording.
constexpr size_t kMaxPacketsAhead = 4096;
constexpr size_t kMaxBytesAhead = 256U << 20;

// A file may name others to be read with it; none ever is.
int refuseToOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EACCES);
}

std::optional<Codec> videoCodec(const AVStream& stream) {
  const auto codec = av::codecOf(*stream.codecpar);
  const bool picture = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
  return codec && mediaKind(*codec) == MediaKind::kVideo && !picture ? codec : std::nullopt;
}

/// Why a file without a video track that we read is refused.
std::string whatItHas(std::span<AVStream* const> streams) {
  for (const AVStream* stream : streams) {
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
    return std::string("the video of the file is ") + avcodec_get_name(stream->codecpar->codec_id) +
           ", and only H.264, H.265 and MJPEG are read";
  }
  return "the file has no video track of H.264, H.265 or MJPEG";
}

/// avcC or hvcC: where each says how long its lengths are.
size_t lengthSizeOffset(Codec codec) {
  return codec == Codec::kH265 ? 21 : 4;
}

}  // namespace

class PacketReader::Impl final {
 public:
  Impl(ByteSource source, Tracks tracks) : source_(std::move(source)) {
    av::quietLog();
    openContainer();
    if (raw_) return;
    findTracks(tracks);
    findParameters();
    primeClock();
    primed_ = true;
    firstPts_ = {};
  }

  [[nodiscard]] const std::vector<CodecParametersPtr>& tracks() const { return parameters_; }

  bool next(Packet& packet) {
    if (raw_) return raw_->next(packet);
    if (ahead_.empty() && !readAhead()) return false;
    packet = std::move(ahead_.front());
    ahead_.pop_front();
    if (clock_ && packet.track == 0) packet.dtsMicros = clock_->next(packet.ptsMicros);
    return true;
  }

 private:
  struct Track {
    AVStream* stream;
    int64_t lastPtsMicros = 0;
  };

  void openContainer() {
    io_ = std::make_unique<SourceIo>(source_);
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) throw std::bad_alloc();
    context->pb = io_->context();
    // Nothing is decoded or parsed here: the header names the codec, the blocks carry their times.
    context->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
    context->io_open = refuseToOpen;
    context->format_whitelist = av_strdup("matroska,mov,h264,hevc");
    const int status = avformat_open_input(&context, nullptr, nullptr, nullptr);  // frees on error
    context_.reset(status < 0 ? nullptr : context);
    io_->error().rethrow();
    if (status < 0) {
      throw av::avError("ERR_CONTAINER", "not a readable Matroska, MP4 or raw H.264 or H.265 file",
                        status);
    }
    const std::string_view format = context_->iformat->name;
    if (format != "h264" && format != "hevc") return;
    context_.reset();
    io_.reset();
    raw_ = std::make_unique<AnnexBReader>(source_, format == "hevc" ? Codec::kH265 : Codec::kH264);
    parameters_.push_back(raw_->parameters());
  }

  void findTracks(Tracks wanted) {
    const auto streams = std::span(context_->streams, context_->nb_streams);
    const auto video =
        std::find_if(streams.begin(), streams.end(), [](AVStream* s) { return videoCodec(*s); });
    if (video == streams.end()) throw Error("ERR_CONTAINER", whatItHas(streams));
    codec_ = *videoCodec(**video);
    trackOf_.resize(streams.size());
    tracks_.push_back({*video});
    parameters_.emplace_back();  // findParameters() fills it
    for (size_t i = 0; i < streams.size(); ++i) {
      AVStream* stream = streams[i];
      const CodecParametersPtr audio = wanted == Tracks::kAll && stream != *video
                                           ? av::audioParameters(*stream->codecpar)
                                           : nullptr;
      if (stream == *video) {
        trackOf_[i] = 0;
      } else if (audio != nullptr) {
        trackOf_[i] = tracks_.size();
        tracks_.push_back({stream});
        parameters_.push_back(audio);
      } else {
        stream->discard = AVDISCARD_ALL;
      }
    }
  }

  void findParameters() {
    if (codec_ == Codec::kMjpeg) {
      const AVCodecParameters& track = *tracks_.front().stream->codecpar;
      if (track.width < 1 || track.height < 1) {
        throw Error("ERR_CONTAINER", "the MJPEG track does not tell its picture size");
      }
      parameters_.front() = jpeg::makeParameters(track.width, track.height);
      return;
    }
    CodecParametersPtr found = readConfiguration();
    // Some muxers leave the sets out of the header where the pictures bring them.
    ParameterSetFinder finder(codec_);
    for (size_t pictures = 0; !found && pictures < kMaxPacketsBeforeParameters;) {
      if (ahead_.size() >= kMaxPacketsAhead || !readAhead()) break;
      if (ahead_.back().track != 0) continue;
      nal::forEachNal(ahead_.back().data, [&](ByteView nal) { finder.see(nal); });
      found = finder.found();
      ++pictures;
    }
    if (!found) {
      throw Error("ERR_CONTAINER",
                  std::string("the ") + codecName(codec_) + " track has no usable parameter sets");
    }
    parameters_.front() = found;
  }

  /// What the track's header tells; nullptr where it has no parameter sets.
  CodecParametersPtr readConfiguration() {
    const AVCodecParameters& track = *tracks_.front().stream->codecpar;
    const ByteView extradata(track.extradata,
                             static_cast<size_t>(std::max(0, track.extradata_size)));
    const size_t lengthAt = lengthSizeOffset(codec_);
    if (extradata.size() > lengthAt && extradata[0] == 1) {
      lengthSize_ = static_cast<size_t>(extradata[lengthAt] & 3) + 1;
      Bytes record(extradata.begin(), extradata.end());
      record[lengthAt] |= 3;  // packets leave with 4-byte lengths
      return codec_ == Codec::kH265 ? h265::parametersFromHvcC(record)
                                    : h264::parametersFromAvcC(record);
    }
    annexB_ = true;
    ParameterSetFinder finder(codec_);
    for (const ByteView nal : nal::splitAnnexB(extradata)) finder.see(nal);
    return finder.found();
  }

  void primeClock() {
    while (firstPts_.empty() && mayReadAhead() && readAhead()) {
    }
    if (firstPts_.empty() || hasDecodingTimes_) return;
    const CodecParameters& parameters = *parameters_.front();
    DecodingClock clock(parameters.reorderDepth);
    while (firstPts_.size() < clock.lookAhead() && mayReadAhead() && readAhead()) {
    }
    firstPts_.resize(std::min(firstPts_.size(), clock.lookAhead()));
    const double rate = parameters.frameRate;
    clock.start(firstPts_, rate > 0 ? static_cast<int64_t>(1e6 / rate) : kDefaultFrameMicros);
    clock_ = std::move(clock);
  }

  [[nodiscard]] bool mayReadAhead() const {
    return ahead_.size() < kMaxPacketsAhead && bytesAhead_ < kMaxBytesAhead;
  }

  /// Appends the next packet to ahead_; false at the end of the file.
  bool readAhead() {
    for (;;) {
      const int status = av_read_frame(context_.get(), buffer_.get());
      const std::unique_ptr<AVPacket, void (*)(AVPacket*)> unref(buffer_.get(), av_packet_unref);
      io_->error().rethrow();
      if (status < 0) return false;  // the end, or where a power cut ended the file
      const auto stream = static_cast<size_t>(buffer_->stream_index);
      if (stream >= trackOf_.size() || !trackOf_[stream]) continue;
      if ((buffer_->flags & AV_PKT_FLAG_CORRUPT) != 0 || buffer_->size <= 0) continue;
      if (buffer_->size > kMaxPacketBytes) {
        throw Error("ERR_CONTAINER", "a packet of the file exceeds 64 MiB");
      }
      ahead_.push_back(convert(*trackOf_[stream]));
      bytesAhead_ += ahead_.back().data.size();
      if (!primed_ && ahead_.back().track == 0) firstPts_.push_back(ahead_.back().ptsMicros);
      return true;
    }
  }

  Packet convert(size_t index) {
    Track& track = tracks_[index];
    const AVRational base = track.stream->time_base;
    Packet out;
    out.track = index;
    const ByteView data(buffer_->data, static_cast<size_t>(buffer_->size));
    out.data =
        index == 0 ? pictureFromFile(data) : av::audioFromFile(*track.stream->codecpar, data);
    const bool hasDts = buffer_->dts != AV_NOPTS_VALUE;
    const int64_t pts = buffer_->pts != AV_NOPTS_VALUE ? buffer_->pts : buffer_->dts;
    out.ptsMicros =
        pts == AV_NOPTS_VALUE ? track.lastPtsMicros : av_rescale_q(pts, base, av::kMicros);
    track.lastPtsMicros = out.ptsMicros;
    out.dtsMicros = hasDts ? av_rescale_q(buffer_->dts, base, av::kMicros) : out.ptsMicros;
    out.durationMicros = std::max<int64_t>(0, av_rescale_q(buffer_->duration, base, av::kMicros));
    if (index == 0) {
      hasDecodingTimes_ = hasDts;
      out.keyFrame = codec_ == Codec::kMjpeg || (buffer_->flags & AV_PKT_FLAG_KEY) != 0;
    } else {
      out.keyFrame = true;
      const CodecParameters& audio = *parameters_[index];
      const int64_t samples = samplesIn(audio, out.data);
      if (samples > 0) out.durationMicros = av_rescale(samples, 1000000, audio.sampleRate);
    }
    return out;
  }

  [[nodiscard]] Bytes pictureFromFile(ByteView data) const {
    if (!hasNalUnits(codec_) || (!annexB_ && lengthSize_ == 4)) return {data.begin(), data.end()};
    Bytes out;
    if (annexB_) {
      for (const ByteView nal : nal::splitAnnexB(data)) nal::appendNal(out, nal);
    } else {
      nal::forEachNal(
          data, [&](ByteView nal) { nal::appendNal(out, nal); }, lengthSize_);
    }
    return out;
  }

  ByteSource source_;
  std::unique_ptr<SourceIo> io_;
  av::InputPtr context_;  // after io_: it goes first
  av::PacketPtr buffer_ = av::makePacket();
  std::unique_ptr<AnnexBReader> raw_;
  std::vector<std::optional<size_t>> trackOf_;  ///< by stream
  std::vector<Track> tracks_;
  std::vector<CodecParametersPtr> parameters_;  ///< of tracks_
  Codec codec_ = Codec::kH264;                  ///< of the video track
  std::optional<DecodingClock> clock_;
  std::deque<Packet> ahead_;
  size_t bytesAhead_ = 0;          ///< ever put into ahead_
  std::vector<int64_t> firstPts_;  ///< of the video, until primed_
  bool primed_ = false;
  size_t lengthSize_ = 4;
  bool annexB_ = false;
  bool hasDecodingTimes_ = false;
};

PacketReader::PacketReader(ByteSource source, Tracks tracks)
    : impl_(std::make_unique<Impl>(std::move(source), tracks)) {}

std::unique_ptr<PacketReader> PacketReader::openFile(const std::string& path, Tracks tracks) {
  auto file = std::make_shared<File>(File::openRead(path));
  ByteSource source;
  source.size = file->size();
  source.read = [file](uint64_t offset, uint8_t* out, size_t count) {
    return file->readAt(offset, out, count);
  };
  return std::make_unique<PacketReader>(std::move(source), tracks);
}

PacketReader::~PacketReader() = default;

const std::vector<CodecParametersPtr>& PacketReader::tracks() const {
  return impl_->tracks();
}

bool PacketReader::next(Packet& packet) {
  return impl_->next(packet);
}

}  // namespace flux
