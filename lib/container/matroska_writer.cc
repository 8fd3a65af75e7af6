#include "container/matroska_writer.h"

#include <algorithm>
#include <utility>

#include "codec/opus.h"
#include "container/audio_payload.h"
#include "container/av.h"
#include "container/matroska_cluster.h"
#include "container/stream.h"

namespace flux {
namespace {

constexpr size_t kHeaderBuffer = 4096;
// What ends a cluster that the caller does not end: a reader seeks by clusters, and one cluster is
// held in memory.
constexpr int64_t kMaxClusterMs = 5000;
constexpr size_t kMaxClusterBytes = 512U << 10;
/// A key frame does not end a cluster that holds hardly anything.
constexpr size_t kMinClusterBytes = 4096;

}  // namespace

class MatroskaWriter::Impl final {
 public:
  Impl(const std::vector<CodecParametersPtr>& tracks, Sink sink) : sink_(std::move(sink)) {
    av::quietLog();
    if (tracks.empty() || tracks.front() == nullptr ||
        tracks.front()->kind() != MediaKind::kVideo) {
      throw Error("ERR_MUX", "the first track of a recording must be a video track");
    }
    for (const CodecParametersPtr& track : tracks) {
      const bool opus = track->codec == Codec::kOpus;
      // CodecDelay (RFC 9559 §5.1.4.1.25) is taken off the times of blocks by readers.
      const int64_t delay =
          opus ? av_rescale(opusPreSkip(track->decoderConfiguration), 1000, opus::kSampleRate) : 0;
      tracks_.push_back({track, delay});
    }
    writeHeader();
  }

  void write(size_t track, ByteView accessUnit, int64_t ptsMicros, bool keyFrame,
             const AccessUnitPtr& owner) {
    if (finished_) throw Error("ERR_CLOSED", "the Matroska stream is finished");
    const Track& to = tracks_.at(track);
    const int64_t ms = std::max<int64_t>(0, av_rescale(ptsMicros, 1, 1000) + to.delayMs);
    if (endsCluster(to, ms, keyFrame)) flush();
    const ByteView data = av::toFile(*to.parameters, accessUnit, scratch_);
    const bool asItCame = data.data() == accessUnit.data();
    cluster_.add(static_cast<unsigned>(track) + 1, data, ms, keyFrame, asItCame ? owner : nullptr);
  }

  void flush() {
    if (finished_ || cluster_.isEmpty()) return;
    MatroskaCluster full = std::exchange(cluster_, {});
    sink_(full.finish());
  }

  void finish() {
    // The segment's size is unknown from its start: it ends where the bytes do.
    flush();
    finished_ = true;
  }

 private:
  struct Track {
    CodecParametersPtr parameters;
    int64_t delayMs;
  };

  /// The elements in front of the first cluster are libavformat's.
  void writeHeader() {
    Bytes header;
    const av::IoPtr io = av::makeIo(kHeaderBuffer, true, &header, nullptr, &Impl::append, nullptr);
    AVFormatContext* raw = nullptr;
    check(avformat_alloc_output_context2(&raw, nullptr, "matroska", nullptr), "open the muxer");
    const av::OutputPtr context(raw);  // after io: it goes first and may still touch it
    context->pb = io.get();
    context->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    context->flush_packets = 0;
    context->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    for (const Track& track : tracks_) {
      av::addStream(context.get(), *track.parameters)->time_base = {1, 1000};
    }
    av::Dictionary options;
    options.set("write_crc32", "0");  // every byte is authenticated outside
    check(avformat_write_header(context.get(), options.address()), "write the header");
    avio_flush(io.get());
    check(io->error, "write the header");
    const ByteView whole(header);
    sink_({&whole, 1});
  }

  static int append(void* opaque, av::WrittenByte* data, int size) {
    auto* header = static_cast<Bytes*>(opaque);
    header->insert(header->end(), data, data + size);
    return size;
  }

  [[nodiscard]] bool endsCluster(const Track& track, int64_t ms, bool keyFrame) const {
    if (cluster_.isEmpty()) return false;
    const bool videoKey = keyFrame && track.parameters->kind() == MediaKind::kVideo;
    return !cluster_.reaches(ms) || ms - cluster_.timestamp() > kMaxClusterMs ||
           cluster_.size() > kMaxClusterBytes || (videoKey && cluster_.size() > kMinClusterBytes);
  }

  static void check(int status, const char* action) {
    if (status < 0) throw av::avError("ERR_MUX", std::string("Matroska: ") + action, status);
  }

  Sink sink_;
  std::vector<Track> tracks_;
  MatroskaCluster cluster_;
  Bytes scratch_;
  bool finished_ = false;
};

MatroskaWriter::MatroskaWriter(const std::vector<CodecParametersPtr>& tracks, Sink sink)
    : impl_(std::make_unique<Impl>(tracks, std::move(sink))) {}

MatroskaWriter::~MatroskaWriter() = default;

void MatroskaWriter::write(size_t track, ByteView accessUnit, int64_t ptsMicros, bool keyFrame) {
  impl_->write(track, accessUnit, ptsMicros, keyFrame, nullptr);
}

void MatroskaWriter::write(size_t track, const AccessUnitPtr& unit, int64_t ptsMicros) {
  impl_->write(track, unit->data, ptsMicros, unit->keyFrame, unit);
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
