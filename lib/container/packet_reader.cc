#include "container/packet_reader.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "codec/h264.h"
#include "container/annex_b_reader.h"
#include "container/av.h"
#include "container/reorder.h"

namespace flux {
namespace {

constexpr size_t kIoBuffer = 65536;  // the size of a sealed chunk
constexpr int kMaxPacketBytes = 64 << 20;
constexpr size_t kMaxPacketsBeforeParameters = 64;
constexpr int64_t kDefaultFrameMicros = 40000;
constexpr AVRational kMicros = {1, 1000000};

/// libavformat's view of a ByteSource.
class SourceIo final {
 public:
  explicit SourceIo(const ByteSource& source)
      : source_(source),
        io_(av::makeIo(kIoBuffer, false, this, &SourceIo::read, nullptr, &SourceIo::seek)) {}

  [[nodiscard]] AVIOContext* context() const { return io_.get(); }
  [[nodiscard]] av::CallbackError& error() { return error_; }

 private:
  static int read(void* opaque, uint8_t* out, int count) {
    auto* self = static_cast<SourceIo*>(opaque);
    if (self->error_.isSet()) return AVERROR_EXTERNAL;
    return self->error_.guard(AVERROR_EXTERNAL, [&] {
      const size_t got = self->source_.read(self->position_, out, static_cast<size_t>(count));
      self->position_ += got;
      return got == 0 ? AVERROR_EOF : static_cast<int>(got);
    });
  }

  static int64_t seek(void* opaque, int64_t offset, int whence) {
    auto* self = static_cast<SourceIo*>(opaque);
    const auto size = static_cast<int64_t>(self->source_.size);
    if ((whence & AVSEEK_SIZE) != 0) return size;
    whence &= ~AVSEEK_FORCE;
    if (whence == SEEK_CUR) offset += static_cast<int64_t>(self->position_);
    if (whence == SEEK_END) offset += size;
    if (offset < 0) return AVERROR(EINVAL);
    self->position_ = static_cast<uint64_t>(offset);
    return offset;
  }

  const ByteSource& source_;
  uint64_t position_ = 0;
  av::CallbackError error_;
  av::IoPtr io_;
};

// A file may name others to be read with it; none ever is.
int refuseToOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EACCES);
}

bool isAvcC(ByteView extradata) {
  return extradata.size() >= 7 && extradata[0] == 1;
}

}  // namespace

class PacketReader::Impl final {
 public:
  explicit Impl(ByteSource source) : source_(std::move(source)) {
    av::quietLog();
    openContainer();
    if (rawH264_) return;
    findVideo();
    readParameters();
    primeClock();
  }

  [[nodiscard]] const CodecParametersPtr& parameters() const {
    return rawH264_ ? rawH264_->parameters() : parameters_;
  }

  bool next(Packet& packet) {
    if (rawH264_) return rawH264_->next(packet);
    if (ahead_.empty() && !readAhead()) return false;
    packet = std::move(ahead_.front());
    ahead_.pop_front();
    if (clock_) packet.dtsMicros = clock_->next(packet.ptsMicros);
    return true;
  }

 private:
  void openContainer() {
    io_ = std::make_unique<SourceIo>(source_);
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) throw std::bad_alloc();
    context->pb = io_->context();
    // Nothing is decoded or parsed here: the header names the codec, the blocks carry their times.
    context->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
    context->io_open = refuseToOpen;
    context->format_whitelist = av_strdup("matroska,mov,h264");
    const int status = avformat_open_input(&context, nullptr, nullptr, nullptr);  // frees on error
    context_.reset(status < 0 ? nullptr : context);
    io_->error().rethrow();
    if (status < 0) {
      throw av::avError("ERR_CONTAINER", "not a readable Matroska, MP4 or raw H.264 file", status);
    }
    if (std::string_view(context_->iformat->name) != "h264") return;
    context_.reset();
    io_.reset();
    rawH264_ = std::make_unique<AnnexBReader>(source_);
  }

  void findVideo() {
    for (unsigned i = 0; i < context_->nb_streams; ++i) {
      AVStream* stream = context_->streams[i];
      const bool wanted = stream_ == nullptr &&
                          stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
                          stream->codecpar->codec_id == AV_CODEC_ID_H264 &&
                          (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
      if (wanted) {
        stream_ = stream;
      } else {
        stream->discard = AVDISCARD_ALL;
      }
    }
    if (stream_ == nullptr) throw Error("ERR_CONTAINER", "the file has no H.264 video track");
  }

  void readParameters() {
    const AVCodecParameters& track = *stream_->codecpar;
    const ByteView extradata(track.extradata, static_cast<size_t>(track.extradata_size));
    if (isAvcC(extradata)) {
      lengthSize_ = static_cast<size_t>(extradata[4] & 3) + 1;
      Bytes avcC(extradata.begin(), extradata.end());
      avcC[4] |= 3;  // packets leave with 4-byte lengths
      parameters_ = h264::parametersFromAvcC(avcC);
    } else {
      annexB_ = true;
      Bytes sps;
      for (const ByteView nal : h264::splitAnnexB(extradata)) learnParameters(nal, sps);
      while (!parameters_ && ahead_.size() < kMaxPacketsBeforeParameters && readAhead()) {
        h264::forEachNal(ahead_.back().data, [&](ByteView nal) { learnParameters(nal, sps); });
      }
    }
    if (!parameters_) {
      throw Error("ERR_CONTAINER", "the H.264 track has no usable parameter sets");
    }
  }

  void learnParameters(ByteView nal, Bytes& sps) {
    if (h264::nalType(nal) == h264::kNalSps) sps.assign(nal.begin(), nal.end());
    if (h264::nalType(nal) == h264::kNalPps && !parameters_) {
      parameters_ = h264::makeParameters(sps, nal);
    }
  }

  void primeClock() {
    if (ahead_.empty() && !readAhead()) return;
    if (hasDecodingTimes_) return;
    DecodingClock clock(parameters_->reorderDepth);
    while (ahead_.size() < clock.lookAhead() && readAhead()) {
    }
    std::vector<int64_t> pts;
    for (size_t i = 0; i < std::min(ahead_.size(), clock.lookAhead()); ++i) {
      pts.push_back(ahead_[i].ptsMicros);
    }
    const double rate = parameters_->frameRate;
    clock.start(pts, rate > 0 ? static_cast<int64_t>(1e6 / rate) : kDefaultFrameMicros);
    clock_ = std::move(clock);
  }

  /// Appends the track's next packet to ahead_; false at the end of the file.
  bool readAhead() {
    for (;;) {
      const int status = av_read_frame(context_.get(), buffer_.get());
      const std::unique_ptr<AVPacket, void (*)(AVPacket*)> unref(buffer_.get(), av_packet_unref);
      io_->error().rethrow();
      if (status < 0) return false;  // the end, or where a power cut ended the file
      if (buffer_->stream_index != stream_->index) continue;
      if ((buffer_->flags & AV_PKT_FLAG_CORRUPT) != 0 || buffer_->size <= 0) continue;
      if (buffer_->size > kMaxPacketBytes) {
        throw Error("ERR_CONTAINER", "a packet of the file exceeds 64 MiB");
      }
      ahead_.push_back(convert());
      return true;
    }
  }

  Packet convert() {
    Packet out;
    const ByteView data(buffer_->data, static_cast<size_t>(buffer_->size));
    if (annexB_) {
      for (const ByteView nal : h264::splitAnnexB(data)) h264::appendNal(out.data, nal);
    } else if (lengthSize_ == 4) {
      out.data.assign(data.begin(), data.end());
    } else {
      h264::forEachNal(
          data, [&](ByteView nal) { h264::appendNal(out.data, nal); }, lengthSize_);
    }
    int64_t pts = buffer_->pts != AV_NOPTS_VALUE ? buffer_->pts : buffer_->dts;
    hasDecodingTimes_ = buffer_->dts != AV_NOPTS_VALUE;
    out.ptsMicros =
        pts == AV_NOPTS_VALUE ? lastPts_ : av_rescale_q(pts, stream_->time_base, kMicros);
    lastPts_ = out.ptsMicros;
    if (hasDecodingTimes_) {
      out.dtsMicros = av_rescale_q(buffer_->dts, stream_->time_base, kMicros);
    }
    out.durationMicros =
        std::max<int64_t>(0, av_rescale_q(buffer_->duration, stream_->time_base, kMicros));
    out.keyFrame = (buffer_->flags & AV_PKT_FLAG_KEY) != 0;
    return out;
  }

  ByteSource source_;
  std::unique_ptr<SourceIo> io_;
  av::InputPtr context_;  // after io_: it goes first
  av::PacketPtr buffer_ = av::makePacket();
  AVStream* stream_ = nullptr;
  std::unique_ptr<AnnexBReader> rawH264_;
  CodecParametersPtr parameters_;
  std::optional<DecodingClock> clock_;
  std::deque<Packet> ahead_;
  size_t lengthSize_ = 4;
  bool annexB_ = false;
  bool hasDecodingTimes_ = false;
  int64_t lastPts_ = 0;
};

PacketReader::PacketReader(ByteSource source) : impl_(std::make_unique<Impl>(std::move(source))) {}

std::unique_ptr<PacketReader> PacketReader::openFile(const std::string& path) {
  auto file = std::make_shared<File>(File::openRead(path));
  ByteSource source;
  source.size = file->size();
  source.read = [file](uint64_t offset, uint8_t* out, size_t count) {
    return file->readAt(offset, out, count);
  };
  return std::make_unique<PacketReader>(std::move(source));
}

PacketReader::~PacketReader() = default;

const CodecParametersPtr& PacketReader::parameters() const {
  return impl_->parameters();
}

bool PacketReader::next(Packet& packet) {
  return impl_->next(packet);
}

}  // namespace flux
