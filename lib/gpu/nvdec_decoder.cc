#include "gpu/nvdec_decoder.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "codec/picture_trust.h"
#include "gpu/nvdec_bitstream.h"
#include "gpu/nvdec_caps.h"
#include "gpu/nvdec_engine.h"
#include "gpu/nvdec_parser.h"
#include "gpu/result.h"
#include "video/decoder_limits.h"

namespace flux::gpu {
namespace {

using video::DecodedFrame;
using video::Frame;

/// After as many units that gave no picture the session is taken for stuck.
constexpr int kMaxUndecoded = 20;
constexpr int kMaxSurfaces = 64;

class Session final : public NvdecDecoder, private NvdecParser::Client {
 public:
  /// The device's context has to be current.
  explicit Session(const NvdecOptions& options)
      : device_(options.device),
        stream_(options.stream != nullptr ? options.stream : std::make_shared<Stream>(*device_)),
        codec_(options.parameters->codec),
        engine_(device_, *stream_,
                {.session = options.session,
                 .heldPictures = options.heldPictures,
                 .colour = options.colour}),
        parser_(codec_ == Codec::kH264 ? cudaVideoCodec_H264 : cudaVideoCodec_HEVC, *this) {
    // What the GPU has no room for shall show here, where another decoder can be chosen. If the
    // parser reads the parameter sets otherwise, the session is made anew.
    if (const auto format = expectedFormat(*options.parameters)) engine_.configure(*format);
  }

  [[nodiscard]] const char* backend() const noexcept override { return "nvdec"; }
  void submit(const AccessUnit& unit) override;
  void collect(std::vector<DecodedFrame>& out, bool wait) override;
  void flush(std::vector<DecodedFrame>& out) override;
  [[nodiscard]] size_t pending() const noexcept override {
    return ready() + static_cast<size_t>(
                         std::ranges::count_if(units_, [](const Unit& unit) { return unit.held; }));
  }
  [[nodiscard]] uint64_t memoryBytes() const noexcept override { return engine_.memoryBytes(); }
  [[nodiscard]] Stats stats() const noexcept override { return stats_; }
  [[nodiscard]] size_t ready() const noexcept override { return shown_.size() + ready_.size(); }

 private:
  /// What a surface's picture takes with it.
  struct Unit {
    int64_t timestamp = 0;
    int64_t arrivalMicros = 0;
    int64_t arrivalWallMs = 0;
    bool keyFrame = false;
    bool damaged = false;  ///< what it refers to may be missing or wrong
    bool held = false;     ///< decoded, not yet shown
  };
  struct Shown {
    int index = 0;
    bool progressive = true;
    Unit unit;
  };

  int beginSequence(const CUVIDEOFORMAT& format) override;
  void decodePicture(CUVIDPICPARAMS& picture) override;
  void showPicture(const CUVIDPARSERDISPINFO& picture) override;

  template <typename Step>
  void guarded(const Step& step);
  void begin(const AccessUnit& unit);
  void parse(const AccessUnit& unit);
  void deliver(const Shown& shown, NvdecEngine::Copied copied);
  bool takeFirst(bool wait);

  const std::shared_ptr<Device> device_;
  const std::shared_ptr<Stream> stream_;
  const Codec codec_;
  NvdecEngine engine_;
  NvdecBitstream bitstream_;
  CodecParametersPtr parameters_;  ///< that the parser has
  Unit current_;                   ///< the unit that is being parsed
  std::array<Unit, kMaxSurfaces> units_;
  std::deque<Shown> shown_;  ///< in the order of presentation, not yet copied out
  std::vector<DecodedFrame> ready_;
  int decodedOfUnit_ = 0;
  int undecoded_ = 0;  ///< in a row
  uint64_t failedNow_ = 0;
  bool begun_ = false;  ///< there was a key frame
  PictureTrust trust_;
  bool trusted_ = true;  ///< the unit that is parsed
  bool broken_ = false;
  int64_t latest_ = INT64_MIN;  ///< timestamp handed out
  /// A B slice showed that the parser was promised too much: until its next sequence pictures come
  /// in decoding order.
  bool outOfOrder_ = false;
  Stats stats_;
  NvdecParser parser_;  ///< goes first: it calls back into all of the above
};

/// Runs `step` in the device's context. What it throws beyond this unit ends the session.
template <typename Step>
void Session::guarded(const Step& step) {
  const ContextScope scope(*device_);
  if (broken_) {
    throw Error("ERR_DECODER", "this NVDEC session has failed; make another");
  }
  try {
    step();
  } catch (const Error& error) {
    if (error.code() == "ERR_DECODE" || error.code() == "ERR_LIMIT") throw;
    broken_ = true;
    // Of what the driver says, this is all that its user has to tell apart.
    if (error.code() == "ERR_GPU") throw Error("ERR_DECODER", error.what());
    throw;
  }
}

void Session::submit(const AccessUnit& unit) {
  guarded([&] {
    try {
      begin(unit);
      parse(unit);
    } catch (const Error&) {
      trust_.distrust();
      throw;
    }
  });
}

void Session::begin(const AccessUnit& unit) {
  if (unit.discontinuity) trust_.distrust();
  video::requireUnitFits(unit.data);
  if (unit.parameters->codec != codec_) {
    throw Error("ERR_DECODER", "the stream's codec has changed; make another decoder");
  }
  if (!begun_ && !unit.keyFrame) {
    throw Error("ERR_DECODE", "there is no picture without a key frame before it");
  }
  if (unit.keyFrame) begun_ = true;
  trusted_ = trust_.follow(unit);
}

void Session::parse(const AccessUnit& unit) {
  current_ = {.timestamp = mediaMicros(unit),
              .arrivalMicros = unit.arrivalMicros,
              .arrivalWallMs = unit.arrivalWallMs,
              .keyFrame = unit.keyFrame,
              .damaged = !trusted_};
  // With each key frame where the promise was broken: the parser has other sets than the stream.
  const bool news = parameters_ == nullptr || (unit.parameters != parameters_ &&
                                               !sameParameters(*unit.parameters, *parameters_));
  const bool withParameters = news || (unit.keyFrame && outOfOrder_);
  decodedOfUnit_ = 0;
  const auto& pictures = bitstream_.picturesOf(unit, withParameters);
  if (bitstream_.promiseBroken()) outOfOrder_ = true;
  for (const ByteView picture : pictures) {
    parameters_ = unit.parameters;
    parser_.parse(picture, current_.timestamp);
  }
  if (decodedOfUnit_ > 0) {
    undecoded_ = 0;
    return;
  }
  ++stats_.undecoded;
  if (++undecoded_ >= kMaxUndecoded) {
    throw Error("ERR_DECODER", std::to_string(undecoded_) +
                                   " units gave no picture; make another decoder, which begins "
                                   "with a key frame");
  }
  throw Error("ERR_DECODE", "the unit holds no picture that the GPU decodes");
}

int Session::beginSequence(const CUVIDEOFORMAT& format) {
  // The pictures before this one are all shown. They leave the surfaces that are about to go.
  while (takeFirst(true)) {
  }
  for (Unit& unit : units_) unit.held = false;
  outOfOrder_ = false;
  const int surfaces = engine_.configure(format);
  stats_.decodeSurfaces = surfaces;
  return surfaces;
}

void Session::decodePicture(CUVIDPICPARAMS& picture) {
  const int index = picture.CurrPicIdx;
  if (index < 0 || index >= kMaxSurfaces) {
    throw Error("ERR_DECODER", "NVIDIA's parser named a surface that there is not");
  }
  // The parser counts a picture that it has shown as done with; here it may still wait.
  while (std::ranges::find(shown_, index, &Shown::index) != shown_.end()) takeFirst(true);
  if (engine_.busy(index)) engine_.release(true);
  ++decodedOfUnit_;
  engine_.decode(picture);
  // A second field is its first's.
  Unit& unit = units_[static_cast<size_t>(index)];
  if (picture.second_field == 0) unit = current_;
  unit.held = true;
}

void Session::showPicture(const CUVIDPARSERDISPINFO& picture) {
  const int index = picture.picture_index;
  if (index < 0 || index >= kMaxSurfaces) return;
  Unit& unit = units_[static_cast<size_t>(index)];
  unit.held = false;
  shown_.push_back({index, picture.progressive_frame != 0, unit});
}

/// The first of those that are shown; false where there is none, or it is not decoded yet.
bool Session::takeFirst(bool wait) {
  if (shown_.empty()) return false;
  const Shown first = shown_.front();
  const auto status = engine_.status(first.index);
  if (status == NvdecEngine::Status::kInProgress && !wait) return false;
  shown_.pop_front();
  if (outOfOrder_ && first.unit.timestamp < latest_) {
    ++stats_.late;
    return true;
  }
  auto copied = engine_.copy(first.index, first.progressive, status);
  if (copied.status == NvdecEngine::Status::kFailed) {
    ++stats_.failed;
    ++failedNow_;
    trust_.distrust();
  } else if (copied.surface == nullptr) {
    ++stats_.dropped;
  } else {
    deliver(first, std::move(copied));
  }
  return true;
}

void Session::deliver(const Shown& shown, NvdecEngine::Copied copied) {
  const bool concealed = copied.status == NvdecEngine::Status::kConcealed;
  DecodedFrame frame{.picture = Frame(std::move(copied.surface))};
  frame.timestamp = shown.unit.timestamp;
  frame.arrivalMicros = shown.unit.arrivalMicros;
  frame.arrivalWallMs = shown.unit.arrivalWallMs;
  frame.keyFrame = shown.unit.keyFrame;
  frame.concealed = concealed || shown.unit.damaged;
  frame.decodedMicros = monotonicMicros();
  if (concealed) trust_.distrust();
  if (frame.concealed) ++stats_.concealed;
  ++stats_.pictures;
  latest_ = frame.timestamp;
  ready_.push_back(std::move(frame));
}

void Session::collect(std::vector<DecodedFrame>& out, bool wait) {
  guarded([&] {
    engine_.release(false);
    while (takeFirst(wait)) {
    }
    std::ranges::move(ready_, std::back_inserter(out));
    ready_.clear();
    if (const uint64_t failed = std::exchange(failedNow_, 0); failed > 0) {
      throw Error("ERR_DECODE",
                  std::to_string(failed) + " pictures were decoded with errors and left out");
    }
  });
}

void Session::flush(std::vector<DecodedFrame>& out) {
  guarded([&] {
    parser_.finish();
    parameters_ = nullptr;
    begun_ = false;
    trust_.restart();
    for (Unit& unit : units_) unit.held = false;
    latest_ = INT64_MIN;
  });
  collect(out, true);
}

}  // namespace

std::unique_ptr<NvdecDecoder> makeNvdecDecoder(const NvdecOptions& options) {
  if (options.parameters == nullptr || options.device == nullptr || options.heldPictures < 1) {
    throw Error("ERR_INVALID_ARGUMENT",
                "an NVDEC decoder needs its stream's parameters, a device, and room for at least "
                "one picture");
  }
  if (const std::string why = nvdecRefusal(*options.device, *options.parameters); !why.empty()) {
    throw Error("ERR_UNSUPPORTED", why + "; decode the stream on the processor");
  }
  const ContextScope scope(*options.device);
  return std::make_unique<Session>(options);
}

}  // namespace flux::gpu
