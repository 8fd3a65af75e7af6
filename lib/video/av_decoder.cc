#include "video/av_decoder.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "codec/h264.h"
#include "codec/h265.h"
#include "codec/jpeg.h"
#include "video/decoder_context.h"

namespace flux::video {
namespace {

/// Larger units are no camera's; libavcodec takes sizes as int.
constexpr size_t kMaxUnitBytes = 64U << 20;
/// A picture buffer has at most 16 frames, each of two fields: what is older than that many units
/// has no picture any more.
constexpr size_t kMaxHeldUnits = 32;

/// What a unit's picture takes with it, known by the number that goes through libavcodec as `pts`.
struct Submitted {
  int64_t number = 0;
  DecodedFrame frame;
};

/// Does libavcodec get to see it? H.265 is decoded with every oddity for an error, for want of
/// another sign of damage: SEI and vendors' own units, where cameras are odd, are left out.
bool isWanted(Codec codec, ByteView nal) {
  if (codec == Codec::kH264) return nal.size() > 1 && (nal[0] & 0x80) == 0;
  constexpr uint8_t kEndOfSequence = 36;
  constexpr uint8_t kEndOfBitstream = 37;
  const uint8_t type = h265::nalType(nal);
  return h265::layerId(nal) == 0 &&
         (h265::isSlice(type) || (type >= h265::kNalVps && type <= h265::kNalPps) ||
          type == kEndOfSequence || type == kEndOfBitstream);
}

void writeNal(uint8_t*& out, ByteView nal) {
  const size_t size = nal.size();
  for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<uint8_t>(size >> shift);
  out = std::ranges::copy(nal, out).out;
}

/// The formats whose very name says the full range, by those that leave it to AVFrame::color_range.
int withoutRange(int format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUV411P;
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    default:
      return format;
  }
}

void setColour(AVFrame& frame, ColourSpec colour) {
  frame.format = withoutRange(frame.format);
  frame.color_range = colour.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  switch (colour.matrix) {
    case Matrix::kBt601:
      frame.colorspace = AVCOL_SPC_SMPTE170M;
      break;
    case Matrix::kBt709:
      frame.colorspace = AVCOL_SPC_BT709;
      break;
    case Matrix::kBt2020:
      frame.colorspace = AVCOL_SPC_BT2020_NCL;
      break;
  }
}

/// Would a decoder of `a` take `b` for more of the same, its pictures still held included?
bool sameSequence(const CodecParameters& a, const CodecParameters& b) {
  return a.codec == b.codec && a.width == b.width && a.height == b.height &&
         a.profileIdc == b.profileIdc && a.reorderDepth == b.reorderDepth;
}

class AvDecoder final : public Decoder {
 public:
  explicit AvDecoder(const DecoderOptions& options) : options_(options), frame_(makeAvFrame()) {
    open(options.parameters);
  }

  [[nodiscard]] const char* backend() const noexcept override { return "libavcodec"; }

  void submit(const AccessUnit& unit) override {
    if (unit.discontinuity) damaged_ = true;
    const int64_t number = ++number_;
    try {
      begin(unit);
      const AvPacketPtr packet = packetOf(unit, number);
      remember(unit, number);
      decode(packet.get());
    } catch (const Error&) {
      damaged_ = true;
      // With a reordering stream its picture may come all the same, and another's is lost.
      if (!submitted_.empty() && submitted_.back().number == number) {
        submitted_.back().frame.concealed = true;
      }
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
    const auto held = static_cast<size_t>(context_->has_b_frames + context_->thread_count - 1);
    return ready_.size() + std::min(submitted_.size(), held);
  }

 private:
  void open(const CodecParametersPtr& parameters) {
    requireFits({parameters->width, parameters->height});
    CodecContextPtr context = makeDecoderContext(*parameters);
    if (options_.threads > 1) {
      context->thread_count = options_.threads;
      context->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
    }
    // H.264 papers over damage and says so in the frame; the others would say nothing.
    if (parameters->codec != Codec::kH264) context->err_recognition |= AV_EF_EXPLODE;
    context->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
    openDecoderContext(*context, *parameters);
    context_ = std::move(context);
    parameters_ = parameters;
    begun_ = false;
    wholeOnce_ = false;
  }

  /// Makes ready for `unit`: the decoder that its parameters ask for, and a key frame to begin
  /// with.
  void begin(const AccessUnit& unit) {
    if (unit.data.size() > kMaxUnitBytes) {
      throw Error("ERR_LIMIT", "a unit of " + std::to_string(unit.data.size()) +
                                   " bytes; at most " + std::to_string(kMaxUnitBytes) +
                                   " are decoded");
    }
    if (!begun_ && !unit.keyFrame) {
      throw Error("ERR_DECODE", "there is no picture without a key frame before it");
    }
    if (context_ == nullptr) {
      open(unit.parameters);
    } else if (unit.parameters != parameters_) {
      follow(unit);
    }
    if (unit.keyFrame) {
      damaged_ = false;
      begun_ = true;
    }
  }

  void follow(const AccessUnit& unit) {
    if (sameParameters(*unit.parameters, *parameters_)) {
      parameters_ = unit.parameters;
      return;
    }
    if (unit.keyFrame && !sameSequence(*unit.parameters, *parameters_)) {
      drain();
      context_.reset();
      open(unit.parameters);
      return;
    }
    newConfiguration_ = true;
    parameters_ = unit.parameters;
  }

  AvPacketPtr packetOf(const AccessUnit& unit, int64_t number) {
    const Codec codec = parameters_->codec;
    AvPacketPtr packet = makeAvPacket();
    const auto size = static_cast<int>(unit.data.size());
    check(av_new_packet(packet.get(), size), "ERR_DECODER", "the unit's packet");
    uint8_t* end = packet->data;
    if (codec == Codec::kMjpeg) {
      if (const auto claimed = jpeg::pictureSize(unit.data)) {
        requireFits({claimed->width, claimed->height});
      }
      end = std::ranges::copy(unit.data, end).out;
    } else {
      nal::forEachNal(unit.data, [&](ByteView nal) {
        if (!isWanted(codec, nal)) return;
        requireSpsFits(codec, nal);
        writeNal(end, nal);
      });
    }
    av_shrink_packet(packet.get(), static_cast<int>(end - packet->data));
    if (packet->size == 0) throw Error("ERR_DECODE", name() + " unit holds no picture");
    if (unit.keyFrame) packet->flags |= AV_PKT_FLAG_KEY;
    packet->pts = number;
    if (std::exchange(newConfiguration_, false)) addConfiguration(*packet);
    return packet;
  }

  void addConfiguration(AVPacket& packet) const {
    const Bytes& record = parameters_->decoderConfiguration;
    if (record.empty()) return;
    uint8_t* data = av_packet_new_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, record.size());
    if (data == nullptr) throw std::bad_alloc();
    std::memcpy(data, record.data(), record.size());
  }

  void remember(const AccessUnit& unit, int64_t number) {
    DecodedFrame frame{.picture = Frame(std::shared_ptr<const AVFrame>())};
    frame.timestamp = av_rescale(unit.mediaTime, 1'000'000, std::max<int64_t>(unit.clockRate, 1));
    frame.arrivalMicros = unit.arrivalMicros;
    frame.arrivalWallMs = unit.arrivalWallMs;
    frame.keyFrame = unit.keyFrame;
    frame.concealed = damaged_;
    submitted_.push_back({number, std::move(frame)});
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
    DecodedFrame out = std::move(at->frame);
    submitted_.erase(at);
    const bool corrupt = (picture->flags & AV_FRAME_FLAG_CORRUPT) != 0;
    // Before it was whole once, a stream that begins within its pictures' references shows nothing.
    if (corrupt && !wholeOnce_) return;
    wholeOnce_ = true;
    if (corrupt || picture->decode_error_flags != 0) {
      out.concealed = true;
      damaged_ = true;
    }
    if (options_.colour) setColour(*picture, *options_.colour);
    out.picture = Frame(std::shared_ptr<const AVFrame>(std::move(picture)));
    out.decodedMicros = monotonicMicros();
    ready_.push_back(std::move(out));
  }

  /// Takes what was held back for its order; a key frame has to follow.
  void drain() {
    if (context_ == nullptr) return;
    if (avcodec_send_packet(context_.get(), nullptr) >= 0) receiveAll();
    avcodec_flush_buffers(context_.get());
    submitted_.clear();
    begun_ = false;
    wholeOnce_ = false;
  }

  [[nodiscard]] std::string name() const {
    return std::string("the ") + codecName(parameters_->codec);
  }

  const DecoderOptions options_;
  CodecContextPtr context_;
  CodecParametersPtr parameters_;  ///< that context_ has, or gets with the next packet
  bool newConfiguration_ = false;
  AvFramePtr frame_;
  int64_t number_ = 0;
  std::deque<Submitted> submitted_;  ///< units whose pictures may still come, by number
  std::vector<DecodedFrame> ready_;
  bool begun_ = false;      ///< there was a key frame
  bool wholeOnce_ = false;  ///< since it began, a picture came that lacked nothing
  bool damaged_ = false;    ///< what the next pictures refer to may be missing or wrong
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
