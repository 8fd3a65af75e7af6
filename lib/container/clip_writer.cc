#include "container/clip_writer.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/file.h"
#include "codec/h264.h"
#include "container/av.h"
#include "container/video_stream.h"

namespace flux {
namespace {

constexpr AVRational kMicros = {1, 1000000};
constexpr int64_t kDefaultFrameMicros = 40000;

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
  return a.sps == b.sps && a.pps == b.pps;
}

/// The file under its working name; removed with the object unless publish() has returned.
class PartFile final {
 public:
  explicit PartFile(const std::string& path) : path_(path), part_(path + ".part") {
    if (fileExists(path_)) throw Error("ERR_EXISTS", path_ + " exists already");
    try {
      File::createExclusive(part_);
    } catch (const Error& error) {
      if (error.code() != "ERR_EXISTS") throw;
      throw Error("ERR_EXISTS", part_ +
                                    " exists: another export is writing it, or one was "
                                    "interrupted; in that case remove the file");
    }
  }
  ~PartFile() {
    std::error_code ignored;
    if (!published_) std::filesystem::remove(part_, ignored);
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  [[nodiscard]] const std::string& part() const { return part_; }
  uint64_t publish() {
    File file = File::openReadWrite(part_);
    file.sync();
    const uint64_t size = file.size();
    renameExclusive(part_, path_);
    published_ = true;
    syncDirectory(parentDirectory(path_));
    return size;
  }

 private:
  std::string path_;
  std::string part_;
  bool published_ = false;
};

}  // namespace

class ClipWriter::Impl final {
 public:
  Impl(const std::string& path, ClipFormat format, const CodecParameters& parameters,
       int64_t startWallMs)
      : path_(path), file_(path), first_(parameters), current_(parameters) {
    av::quietLog();
    const bool mp4 = format == ClipFormat::kMp4;
    const std::string url = "file:" + file_.part();
    AVFormatContext* context = nullptr;
    check(avformat_alloc_output_context2(&context, nullptr, mp4 ? "mp4" : "matroska", url.c_str()),
          "open the muxer");
    context_.reset(context);
    check(avio_open(&context_->pb, url.c_str(), AVIO_FLAG_WRITE), "open");
    stream_ = av::addVideoStream(context_.get(), parameters);
    stream_->time_base = mp4 ? AVRational{1, 90000} : AVRational{1, 1000};
    av_dict_set(&context_->metadata, "creation_time", utcText(startWallMs).c_str(), 0);
    av::Dictionary options;
    if (mp4) {
      options.set("movflags", "+faststart").set("video_track_timescale", "90000");
    } else {
      // Matroska holds no decoding times; shifting them to zero would move the pictures.
      context_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    }
    check(avformat_write_header(context_.get(), options.address()), "write the header");
  }

  ~Impl() {
    if (context_ && context_->pb != nullptr) avio_closep(&context_->pb);
  }

  void write(const Packet& packet) {
    if (finished_) throw Error("ERR_CLOSED", path_ + " is finished");
    if (!origin_) {
      if (!packet.keyFrame) {
        throw Error("ERR_INVALID_ARGUMENT", "a clip must begin with a key frame");
      }
      origin_ = packet.ptsMicros;
      lastDelta_ =
          first_.frameRate > 0 ? static_cast<int64_t>(1e6 / first_.frameRate) : kDefaultFrameMicros;
    } else if (packet.dtsMicros > lastDtsMicros_) {
      lastDelta_ = packet.dtsMicros - lastDtsMicros_;
    }
    lastDtsMicros_ = packet.dtsMicros;
    const Bytes* data = &packet.data;
    Bytes withSets;
    if (packet.keyFrame && setsInBand_ && insertSets(packet.data, withSets)) data = &withSets;
    writePacket(packet, *data);
  }

  void setParameters(const CodecParameters& parameters) {
    current_ = parameters;
    // Once they have changed, every later key frame says which sets hold: a player that seeks
    // may arrive with either.
    setsInBand_ = setsInBand_ || !sameSets(first_, current_);
  }

  uint64_t finish() {
    if (finished_) throw Error("ERR_CLOSED", path_ + " is finished");
    if (!origin_) throw Error("ERR_MUX", path_ + ": a clip without frames cannot be written");
    finished_ = true;
    const int trailer = av_write_trailer(context_.get());
    const int closed = avio_closep(&context_->pb);
    check(trailer, "complete");
    check(closed, "complete");
    return file_.publish();
  }

 private:
  void writePacket(const Packet& packet, const Bytes& data) {
    const AVRational base = stream_->time_base;
    int64_t dts = av_rescale_q(packet.dtsMicros - *origin_, kMicros, base);
    int64_t pts = av_rescale_q(packet.ptsMicros - *origin_, kMicros, base);
    // Rounding may fold two times into one tick, which libavformat refuses.
    if (lastDts_)
      dts = std::max(dts, *lastDts_ + 1);
    else
      dts = std::min(dts, pts);
    pts = std::max(pts, dts);
    lastDts_ = dts;
    buffer_->data = const_cast<uint8_t*>(data.data());  // muxers only read it
    buffer_->size = static_cast<int>(data.size());
    buffer_->stream_index = stream_->index;
    buffer_->flags = packet.keyFrame ? AV_PKT_FLAG_KEY : 0;
    buffer_->pts = pts;
    buffer_->dts = dts;
    const int64_t duration = packet.durationMicros > 0 ? packet.durationMicros : lastDelta_;
    buffer_->duration = av_rescale_q(duration, kMicros, base);
    const int status = av_write_frame(context_.get(), buffer_.get());
    buffer_->data = nullptr;
    buffer_->size = 0;
    check(status, "write a frame");
  }

  /// Puts the current parameter sets in front of a key frame that does not bring its own, behind
  /// its access unit delimiter (H.264 §7.4.1.2.3).
  bool insertSets(const Bytes& unit, Bytes& out) const {
    bool hasOwn = false;
    bool placed = false;
    out.reserve(unit.size() + current_.sps.size() + current_.pps.size() + 8);
    const auto place = [&] {
      if (std::exchange(placed, true)) return;
      h264::appendNal(out, current_.sps);
      h264::appendNal(out, current_.pps);
    };
    h264::forEachNal(unit, [&](ByteView nal) {
      hasOwn = hasOwn || h264::nalType(nal) == h264::kNalSps;
      if (h264::nalType(nal) != h264::kNalAccessUnitDelimiter) place();
      h264::appendNal(out, nal);
    });
    return placed && !hasOwn;
  }

  void check(int status, const char* action) const {
    if (status < 0) throw av::avError("ERR_MUX", path_ + ": " + action, status);
  }

  std::string path_;
  PartFile file_;
  CodecParameters first_;
  CodecParameters current_;
  bool setsInBand_ = false;
  av::PacketPtr buffer_ = av::makePacket();
  av::OutputPtr context_;
  AVStream* stream_ = nullptr;
  std::optional<int64_t> origin_;   ///< the first packet's presentation time
  std::optional<int64_t> lastDts_;  ///< in the track's time base
  int64_t lastDtsMicros_ = 0;
  int64_t lastDelta_ = 0;
  bool finished_ = false;
};

ClipWriter::ClipWriter(const std::string& path, ClipFormat format,
                       const CodecParameters& parameters, int64_t startWallMs)
    : impl_(std::make_unique<Impl>(path, format, parameters, startWallMs)) {}

ClipWriter::~ClipWriter() = default;

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
