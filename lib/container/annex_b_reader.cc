#include "container/annex_b_reader.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <string>
#include <vector>

#include "codec/nal.h"
#include "container/av.h"
#include "container/nal_units.h"

namespace flux {
namespace {

constexpr size_t kReadBytes = 65536;
constexpr size_t kMaxPictureBytes = 64U << 20;
constexpr size_t kMaxSequenceBytes = 256U << 20;
constexpr size_t kMaxSequenceUnits = 4096;
constexpr double kDefaultFrameRate = 25;

struct ParserDeleter {
  void operator()(AVCodecParserContext* parser) const { av_parser_close(parser); }
};

struct CodedPicture {
  Bytes data;
  int order = 0;  ///< picture order count
  bool keyFrame = false;
};

}  // namespace

class AnnexBReader::Impl final {
 public:
  Impl(ByteSource source, Codec codec)
      : source_(std::move(source)),
        kind_(codec),
        finder_(codec),
        parser_(av_parser_init(codec == Codec::kH265 ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264)),
        codec_(avcodec_alloc_context3(nullptr)),
        input_(kReadBytes + AV_INPUT_BUFFER_PADDING_SIZE, 0) {
    av::quietLog();
    if (!parser_ || !codec_) {
      throw Error("ERR_CONTAINER", "this libavcodec has no parser of " + name());
    }
    codec_->codec_id = codec == Codec::kH265 ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264;
    readSequence();
    if (!parameters()) {
      throw Error("ERR_CONTAINER", "the " + name() + " stream has no usable parameter sets");
    }
    const double rate = parameters()->frameRate;
    frameMicros_ = 1e6 / (rate > 0 ? rate : kDefaultFrameRate);
    reorderDepth_ = parameters()->reorderDepth;
    timeSequence();
  }

  [[nodiscard]] const CodecParametersPtr& parameters() const { return finder_.found(); }

  bool next(Packet& packet) {
    if (ready_.empty()) {
      readSequence();
      timeSequence();
    }
    if (ready_.empty()) return false;
    packet = std::move(ready_.front());
    ready_.pop_front();
    return true;
  }

 private:
  [[nodiscard]] std::string name() const { return codecName(kind_); }

  /// Fills sequence_ up to the next key frame, which is held back in ahead_.
  void readSequence() {
    size_t bytes = 0;
    if (!ahead_.data.empty()) sequence_.push_back(std::exchange(ahead_, {}));
    CodedPicture picture;
    while (sequence_.size() < kMaxSequenceUnits && bytes < kMaxSequenceBytes &&
           readPicture(picture)) {
      if (picture.keyFrame && !sequence_.empty()) {
        ahead_ = std::move(picture);
        return;
      }
      bytes += picture.data.size();
      sequence_.push_back(std::move(picture));
      picture = {};
    }
  }

  /// Gives the pictures of sequence_ their times and moves them to ready_.
  void timeSequence() {
    std::vector<size_t> shown(sequence_.size());
    std::iota(shown.begin(), shown.end(), size_t{0});
    std::stable_sort(shown.begin(), shown.end(), [this](size_t a, size_t b) {
      return sequence_[a].order < sequence_[b].order;
    });
    std::vector<size_t> rank(shown.size());
    for (size_t i = 0; i < shown.size(); ++i) {
      rank[shown[i]] = i;
      if (shown[i] > i) reorderDepth_ = std::max(reorderDepth_, static_cast<int>(shown[i] - i));
    }
    for (size_t i = 0; i < sequence_.size(); ++i) {
      Packet packet;
      packet.data = std::move(sequence_[i].data);
      packet.keyFrame = sequence_[i].keyFrame;
      packet.ptsMicros = micros(decoded_ + static_cast<int64_t>(rank[i]));
      lastDts_ = std::max(lastDts_, micros(decoded_ + static_cast<int64_t>(i) - reorderDepth_));
      packet.dtsMicros = lastDts_;
      packet.durationMicros = micros(1);
      ready_.push_back(std::move(packet));
    }
    decoded_ += static_cast<int64_t>(sequence_.size());
    sequence_.clear();
  }

  [[nodiscard]] int64_t micros(int64_t frames) const {
    return static_cast<int64_t>(static_cast<double>(frames) * frameMicros_);
  }

  bool readPicture(CodedPicture& picture) {
    for (;;) {
      if (inputBegin_ == inputEnd_ && !atEnd_) fillInput();
      uint8_t* unit = nullptr;
      int unitSize = 0;
      // At the end of the input, an empty call lets the parser give out its last picture.
      const int used = av_parser_parse2(
          parser_.get(), codec_.get(), &unit, &unitSize, input_.data() + inputBegin_,
          static_cast<int>(inputEnd_ - inputBegin_), AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0);
      if (used < 0) throw av::avError("ERR_CONTAINER", "parse the " + name() + " stream", used);
      inputBegin_ += static_cast<size_t>(used);
      pending_ += static_cast<size_t>(used);
      if (pending_ > kMaxPictureBytes) {
        throw Error("ERR_CONTAINER", "a picture of the " + name() + " stream exceeds 64 MiB");
      }
      if (unitSize > 0) {
        pending_ = 0;
        take(ByteView(unit, static_cast<size_t>(unitSize)), picture);
        if (!picture.data.empty()) return true;
        continue;
      }
      if (atEnd_ && inputBegin_ == inputEnd_) return false;
    }
  }

  void fillInput() {
    const size_t want = static_cast<size_t>(
        std::min<uint64_t>(kReadBytes, source_.size > offset_ ? source_.size - offset_ : 0));
    const size_t got = want == 0 ? 0 : source_.read(offset_, input_.data(), want);
    std::fill_n(input_.begin() + static_cast<ptrdiff_t>(got), AV_INPUT_BUFFER_PADDING_SIZE,
                uint8_t{0});
    offset_ += got;
    inputBegin_ = 0;
    inputEnd_ = got;
    atEnd_ = got == 0;
  }

  void take(ByteView unit, CodedPicture& picture) {
    picture = {};
    picture.order = parser_->output_picture_number;
    bool hasSlice = false;
    for (const ByteView nal : nal::splitAnnexB(unit)) {
      nal::appendNal(picture.data, nal);
      finder_.see(nal);
      picture.keyFrame = picture.keyFrame || isRandomAccess(kind_, nal);
      hasSlice = hasSlice || isSlice(kind_, nal);
    }
    if (!hasSlice) picture.data.clear();  // trailing parameter sets or an end of stream
  }

  ByteSource source_;
  Codec kind_;
  ParameterSetFinder finder_;
  std::unique_ptr<AVCodecParserContext, ParserDeleter> parser_;
  av::CodecContextPtr codec_;
  Bytes input_;
  size_t inputBegin_ = 0;
  size_t inputEnd_ = 0;
  uint64_t offset_ = 0;
  size_t pending_ = 0;
  bool atEnd_ = false;
  std::vector<CodedPicture> sequence_;
  CodedPicture ahead_;
  std::deque<Packet> ready_;
  double frameMicros_ = 0;
  int reorderDepth_ = 0;
  int64_t decoded_ = 0;
  int64_t lastDts_ = INT64_MIN;
};

AnnexBReader::AnnexBReader(ByteSource source, Codec codec)
    : impl_(std::make_unique<Impl>(std::move(source), codec)) {}

AnnexBReader::~AnnexBReader() = default;

const CodecParametersPtr& AnnexBReader::parameters() const {
  return impl_->parameters();
}

bool AnnexBReader::next(Packet& packet) {
  return impl_->next(packet);
}

}  // namespace flux
