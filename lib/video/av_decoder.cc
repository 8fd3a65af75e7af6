#include "video/av_decoder.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "codec/h264.h"
#include "codec/h265.h"
#include "codec/picture_kind.h"
#include "codec/picture_trust.h"
#include "video/decoder_context.h"
#include "video/decoder_limits.h"
#include "video/decoder_packet.h"
#include "video/picture_memory.h"

namespace flux::video {
namespace {

/// A picture buffer has at most 16 frames, each of two fields: what is older than that many units
/// has no picture any more.
constexpr size_t kMaxHeldUnits = 32;

/// What a unit's picture takes with it, found again by the number that goes through libavcodec as
/// `pts`.
struct Submitted {
  int64_t number = 0;
  int64_t timestamp = 0;
  int64_t arrivalMicros = 0;
  int64_t arrivalWallMs = 0;
  bool keyFrame = false;
  bool concealed = false;
};

bool isIdr(const AccessUnit& unit) {
  bool idr = false;
  nal::forEachNal(unit.data,
                  [&idr](ByteView nal) { idr = idr || h264::nalType(nal) == h264::kNalIdr; });
  return idr;
}

/// Do both have pictures of the same kind and order, so that a decoder goes on without losing any?
bool sameSequence(CodecParameters a, CodecParameters b) {
  // Another PPS alone is what a stream may go on with.
  a.pps.clear();
  b.pps.clear();
  if (a.codec == Codec::kH264) return h264::decodeAlike(a, b);
  if (a.codec == Codec::kH265) return h265::decodeAlike(a, b);
  return a.width == b.width && a.height == b.height;
}

/// Of the pictures whose holes nobody else tells of; 0 for the others.
int blockSizeOf(const CodecParameters& parameters) {
  if (parameters.codec != Codec::kH265) return 0;
  const auto sps = h265::parseSps(parameters.sps);
  return sps ? sps->ctbSize : 0;
}

class AvDecoder final : public Decoder {
 public:
  explicit AvDecoder(const DecoderOptions& options) : options_(options), frame_(makeAvFrame()) {
    open(options.parameters);
  }

  [[nodiscard]] const char* backend() const noexcept override { return "libavcodec"; }

  void submit(const AccessUnit& unit) override {
    if (unit.discontinuity) trust_.distrust();
    int64_t failing = ++number_;
    try {
      begin(unit);
      const AvPacketPtr packet = packetOf(unit, number_);
      remember(unit, number_);
      failing -= framesBehind();
      decode(packet.get());
    } catch (...) {
      // With a reordering stream its picture may come all the same, and another's is lost.
      distrustFrom(failing);
      throw;
    }
  }

  void collect(std::vector<DecodedFrame>& out, bool /*wait*/) override {
    std::ranges::move(ready_, std::back_inserter(out));
    ready_.clear();
  }

  void flush(std::vector<DecodedFrame>& out) override {
    drain();
    collect(out, true);
  }

  [[nodiscard]] size_t pending() const noexcept override {
    if (context_ == nullptr) return ready_.size();
    const auto held = static_cast<size_t>(context_->has_b_frames) + framesBehind();
    return ready_.size() + std::min(submitted_.size(), held);
  }

  [[nodiscard]] uint64_t memoryBytes() const noexcept override { return memory_->bytes(); }

 private:
  void open(const CodecParametersPtr& parameters) {
    requireFits({parameters->width, parameters->height});
    context_ = openContext(*parameters);
    parameters_ = parameters;
    begun_ = false;
    wholeOnce_ = false;
    seenB_ = false;
    learnOrder(*parameters);
  }

  [[nodiscard]] CodecContextPtr openContext(const CodecParameters& parameters) const {
    // H.264 papers over damage and says so in the frame; of the others nothing would be heard.
    const bool strict = parameters.codec != Codec::kH264;
    try {
      return openContext(parameters, strict ? AV_EF_EXPLODE : 0);
    } catch (const Error& error) {
      if (!strict || error.code() != "ERR_DECODE") throw;
    }
    // Cameras' sets that break rules which do not matter are better decoded without a word.
    return openContext(parameters, 0);
  }

  [[nodiscard]] CodecContextPtr openContext(const CodecParameters& parameters,
                                            int strictness) const {
    CodecContextPtr context = makeDecoderContext(parameters);
    if (options_.threads > 1) {
      context->thread_count = options_.threads;
      context->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
    }
    context->err_recognition |= strictness;
    context->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
    memory_->watch(*context, blockSizeOf(parameters));
    openDecoderContext(*context, parameters);
    return context;
  }

  /// What the SPS says of the order of pictures; nothing is known of that of most cameras.
  void learnOrder(const CodecParameters& parameters) {
    orderTold_ = true;
    depth_ = parameters.reorderDepth;
    if (parameters.codec != Codec::kH264) return;
    const auto sps = h264::parseSps(parameters.sps);
    if (!sps) return;
    orderTold_ = sps->reorderDepthTold;
    if (orderTold_) return;
    depthOfB_ = std::min(std::max(sps->maxRefFrames, 1), sps->reorderDepth);
    depth_ = seenB_ ? depthOfB_ : 0;
  }

  /// Where the SPS is silent, libavcodec begins without delay and adds to it with each picture
  /// whose order count falls behind: for good, though it may have been a loss. Here pictures wait
  /// once a B slice was seen, as many as there are references, so that none is too late; and what a
  /// loss or a damaged SPS brought about ends with the next IDR picture.
  void keepOrder(const AccessUnit& unit) {
    if (parameters_->codec != Codec::kH264 || context_->thread_count > 1) return;
    if (!orderTold_ && !seenB_ && hasBidirectionalSlice(unit)) {
      seenB_ = true;
      depth_ = depthOfB_;
      context_->has_b_frames = std::max(context_->has_b_frames, depth_);
    }
    if (unit.keyFrame && context_->has_b_frames > depth_ && isIdr(unit)) {
      drain();
      context_->has_b_frames = depth_;
    }
  }

  /// Makes ready for `unit`: the decoder that its parameters ask for, and a key frame to begin
  /// with.
  void begin(const AccessUnit& unit) {
    if (!begun_ && !unit.keyFrame) {
      throw Error("ERR_DECODE", "there is no picture without a key frame before it");
    }
    if (context_ == nullptr) {
      open(unit.parameters);
    } else if (unit.parameters != parameters_) {
      follow(unit);
    }
    keepOrder(unit);
    trusted_ = trust_.follow(unit);
    if (unit.keyFrame) {
      keyNumber_ = number_;
      begun_ = true;
    }
  }

  void follow(const AccessUnit& unit) {
    if (sameParameters(*unit.parameters, *parameters_)) {
      parameters_ = unit.parameters;
      return;
    }
    const bool sameCodec = unit.parameters->codec == parameters_->codec;
    if (!unit.keyFrame && !sameCodec) {
      throw Error("ERR_DECODE", "the stream became another in front of no key frame");
    }
    if (unit.keyFrame && !(sameCodec && sameSequence(*unit.parameters, *parameters_))) {
      drain();
      context_.reset();
      open(unit.parameters);
      return;
    }
    newConfiguration_ = true;
    parameters_ = unit.parameters;
    learnOrder(*parameters_);
  }

  AvPacketPtr packetOf(const AccessUnit& unit, int64_t number) {
    AvPacketPtr packet = makeDecoderPacket(unit.data, parameters_->codec);
    if (unit.keyFrame) packet->flags |= AV_PKT_FLAG_KEY;
    packet->pts = number;
    if (std::exchange(newConfiguration_, false)) {
      addConfiguration(*packet, parameters_->decoderConfiguration);
    }
    return packet;
  }

  void remember(const AccessUnit& unit, int64_t number) {
    submitted_.push_back({number, mediaMicros(unit), unit.arrivalMicros, unit.arrivalWallMs,
                          unit.keyFrame, !trusted_});
    const size_t most = kMaxHeldUnits + 2 * static_cast<size_t>(options_.threads);
    while (submitted_.size() > most) submitted_.pop_front();
  }

  /// A packet, or nullptr for the end of the stream; takes all pictures that are complete.
  void decode(const AVPacket* packet) {
    int status = avcodec_send_packet(context_.get(), packet);
    // What the packet's predecessors were enough for comes out, whatever became of the packet.
    const int taken = receiveAll();
    if (status >= 0) status = taken;
    if (status == AVERROR_BUG || status == AVERROR_BUG2 || status == AVERROR_EXTERNAL) {
      check(status, "ERR_DECODER", "libavcodec gave up on the " + name() + " stream");
    }
    check(status, "ERR_DECODE", name() + " unit does not decode");
  }

  /// With frame threads a unit's picture or failure comes with so many units after it.
  [[nodiscard]] unsigned framesBehind() const {
    const bool byFrames = (context_->active_thread_type & FF_THREAD_FRAME) != 0;
    return byFrames ? static_cast<unsigned>(context_->thread_count - 1) : 0;
  }

  /// The first failure; 0 where there is none.
  int receiveAll() {
    int failure = 0;
    // With frame threads each failure is that of another unit, and a picture may stand behind it.
    for (int failures = 0; failures <= context_->thread_count;) {
      const int status = avcodec_receive_frame(context_.get(), frame_.get());
      if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) break;
      if (status >= 0) {
        take();
        continue;
      }
      if (failure == 0) failure = status;
      ++failures;
    }
    return failure;
  }

  void take() {
    const int64_t number = frame_->pts;
    const auto at = std::ranges::find(submitted_, number, &Submitted::number);
    AvFramePtr picture = std::exchange(frame_, makeAvFrame());
    if (at == submitted_.end()) return;
    const Submitted unit = *at;
    submitted_.erase(at);
    const bool corrupt = (picture->flags & AV_FRAME_FLAG_CORRUPT) != 0;
    // Before it was whole once, a stream that begins within its pictures' references shows nothing.
    if (corrupt && !wholeOnce_) return;
    wholeOnce_ = true;
    const bool damaged = corrupt || picture->decode_error_flags != 0 || memory_->hasHoles(*picture);
    if (damaged) distrustFrom(unit.number);
    if (options_.colour) {
      picture->format = withoutRange(picture->format);
      setColour(*picture, *options_.colour);
    }
    ready_.push_back({.picture = Frame(std::shared_ptr<const AVFrame>(std::move(picture))),
                      .timestamp = unit.timestamp,
                      .arrivalMicros = unit.arrivalMicros,
                      .arrivalWallMs = unit.arrivalWallMs,
                      .keyFrame = unit.keyFrame,
                      .concealed = unit.concealed || damaged,
                      .decodedMicros = monotonicMicros()});
  }

  /// That unit and those behind it, up to a key frame, may refer to a damaged picture.
  void distrustFrom(int64_t number) {
    const bool sinceKey = number >= keyNumber_;
    if (sinceKey) trust_.distrust();
    for (Submitted& unit : submitted_) {
      if (unit.number >= number && (sinceKey || unit.number < keyNumber_)) unit.concealed = true;
    }
  }

  /// Takes what was held back for its order; a key frame has to follow.
  void drain() {
    if (context_ == nullptr) return;
    if (avcodec_send_packet(context_.get(), nullptr) >= 0) receiveAll();
    avcodec_flush_buffers(context_.get());
    submitted_.clear();
    trust_.restart();
    begun_ = false;
    wholeOnce_ = false;
  }

  [[nodiscard]] std::string name() const {
    return std::string("the ") + codecName(parameters_->codec);
  }

  const DecoderOptions options_;
  /// Outlives context_, which refers to it.
  const std::shared_ptr<PictureMemory> memory_ = std::make_shared<PictureMemory>();
  CodecContextPtr context_;
  CodecParametersPtr parameters_;  ///< that context_ has, or gets with the next packet
  bool newConfiguration_ = false;
  AvFramePtr frame_;
  int64_t number_ = 0;
  std::deque<Submitted> submitted_;  ///< units whose pictures may still come, by number
  std::vector<DecodedFrame> ready_;
  int64_t keyNumber_ = 0;   ///< the last key frame's
  bool begun_ = false;      ///< there was a key frame
  bool wholeOnce_ = false;  ///< since it began, a picture came that lacked nothing
  PictureTrust trust_;
  bool trusted_ = true;    ///< the unit that is decoded
  bool orderTold_ = true;  ///< the SPS says how many pictures to hold back
  int depth_ = 0;          ///< so many
  int depthOfB_ = 0;       ///< or, where it says nothing, so many once there are B slices
  bool seenB_ = false;
};

}  // namespace

std::unique_ptr<Decoder> makeAvDecoder(const DecoderOptions& options) {
  if (options.parameters == nullptr) {
    throw Error("ERR_INVALID_ARGUMENT", "a decoder needs its stream's parameters");
  }
  if (options.threads < 1 || options.threads > kMaxDecoderThreads) {
    throw Error("ERR_INVALID_ARGUMENT", "threads is " + std::to_string(options.threads) +
                                            "; it must be 1 to " +
                                            std::to_string(kMaxDecoderThreads));
  }
  return std::make_unique<AvDecoder>(options);
}

}  // namespace flux::video
