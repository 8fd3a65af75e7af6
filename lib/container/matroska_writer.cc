#include "container/matroska_writer.h"

#include <algorithm>
#include <utility>

#include "container/av.h"
#include "container/video_stream.h"

namespace flux {
namespace {

// libavformat writes a cluster's body in one piece past this buffer, so only headers go through it.
constexpr size_t kIoBuffer = 4096;

}  // namespace

class MatroskaWriter::Impl final {
 public:
  Impl(const std::vector<CodecParametersPtr>& tracks, Sink sink)
      : sink_(std::move(sink)),
        io_(av::makeIo(kIoBuffer, true, this, nullptr, &Impl::writeToSink, nullptr)),
        packet_(av::makePacket()) {
    av::quietLog();
    AVFormatContext* context = nullptr;
    check(avformat_alloc_output_context2(&context, nullptr, "matroska", nullptr), "open muxer");
    context_.reset(context);
    io_->direct = 1;
    context_->pb = io_.get();
    context_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    context_->flush_packets = 0;
    context_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    for (const CodecParametersPtr& track : tracks) {
      streams_.push_back(av::addVideoStream(context_.get(), *track));
      streams_.back()->time_base = {1, 1000};
    }
    av::Dictionary options;
    // Every byte is authenticated outside, so CRCs would only cost. The limits end a cluster that
    // the caller does not end: a reader seeks by clusters, and one cluster is held in memory.
    options.set("write_crc32", "0")
        .set("cluster_time_limit", "5000")
        .set("cluster_size_limit", "524288");
    check(avformat_write_header(context_.get(), options.address()), "write the header");
    drain("write the header");
  }

  ~Impl() {
    // Without a trailer the muxer's private state is freed with the context; nothing is written.
    sink_ = nullptr;
  }

  void write(size_t track, ByteView accessUnit, int64_t ptsMicros, bool keyFrame) {
    const AVStream* stream = streams_.at(track);
    if (finished_) throw Error("ERR_CLOSED", "the Matroska stream is finished");
    packet_->data = const_cast<uint8_t*>(accessUnit.data());  // muxers only read it
    packet_->size = static_cast<int>(accessUnit.size());
    packet_->stream_index = stream->index;
    packet_->flags = keyFrame ? AV_PKT_FLAG_KEY : 0;
    packet_->pts = std::max<int64_t>(0, av_rescale_q(ptsMicros, {1, 1000000}, stream->time_base));
    // Matroska stores no decoding times. libavformat only wants them neither falling nor behind the
    // presentation time, which zero satisfies for any order of pictures.
    packet_->dts = 0;
    packet_->duration = 0;
    const int status = av_write_frame(context_.get(), packet_.get());
    packet_->data = nullptr;
    packet_->size = 0;
    check(status, "write a frame");
  }

  void flush() {
    if (finished_) return;
    check(av_write_frame(context_.get(), nullptr), "end a cluster");
    drain("end a cluster");
  }

  void finish() {
    if (finished_) return;
    flush();
    finished_ = true;
    check(av_write_trailer(context_.get()), "write the trailer");
    drain("write the trailer");
  }

 private:
  static int writeToSink(void* opaque, uint8_t* data, int size) {
    auto* self = static_cast<Impl*>(opaque);
    if (self->callback_.isSet() || !self->sink_) return AVERROR_EXTERNAL;
    return self->callback_.guard(AVERROR_EXTERNAL, [&] {
      self->sink_(ByteView(data, static_cast<size_t>(size)));
      return size;
    });
  }

  void drain(const char* action) {
    avio_flush(io_.get());
    check(io_->error, action);
  }

  void check(int status, const char* action) {
    callback_.rethrow();
    if (status < 0) throw av::avError("ERR_MUX", std::string("Matroska: ") + action, status);
  }

  Sink sink_;
  av::CallbackError callback_;
  av::IoPtr io_;
  av::PacketPtr packet_;
  av::OutputPtr context_;  // after io_: it goes first and may still touch it
  std::vector<AVStream*> streams_;
  bool finished_ = false;
};

MatroskaWriter::MatroskaWriter(const std::vector<CodecParametersPtr>& tracks, Sink sink)
    : impl_(std::make_unique<Impl>(tracks, std::move(sink))) {}

MatroskaWriter::~MatroskaWriter() = default;

void MatroskaWriter::write(size_t track, ByteView accessUnit, int64_t ptsMicros, bool keyFrame) {
  impl_->write(track, accessUnit, ptsMicros, keyFrame);
}

void MatroskaWriter::flush() {
  impl_->flush();
}

void MatroskaWriter::finish() {
  impl_->finish();
}

Bytes MatroskaWriter::padding(size_t size) {
  if (size < 2) throw Error("ERR_INVALID_ARGUMENT", "a Void element has at least 2 bytes");
  constexpr uint8_t kVoid = 0xEC;
  constexpr size_t kShortest = 2;
  constexpr size_t kLongest = 9;         // identifier and an 8-byte size
  constexpr size_t kMaxShortBody = 126;  // 127 would mean "unknown size"
  Bytes element(size, 0);
  element[0] = kVoid;
  if (size - kShortest <= kMaxShortBody) {
    element[1] = static_cast<uint8_t>(0x80 | (size - kShortest));
    return element;
  }
  element[1] = 0x01;
  uint64_t body = size - kLongest;
  for (size_t i = kLongest - 1; i > 1; --i, body >>= 8) element[i] = static_cast<uint8_t>(body);
  return element;
}

}  // namespace flux
