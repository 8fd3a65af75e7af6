#include "engine/frame_encoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "video/encoded_units.h"

namespace flux {
namespace {

video::EncoderOptions encoderOptions(const FrameEncoder::Options& options,
                                     const video::Frame& picture, int64_t bitrate) {
  const EncodeTarget& target = options.target;
  const double rate = options.sourceFrameRate > 0
                          ? std::min(options.sourceFrameRate, target.frameRate)
                          : target.frameRate;
  return {.codec = target.codec,
          .size = fitWithin(picture.displaySize(), target.box),
          .frameRate = rate,
          .bitrate = bitrate,
          .keyFrameEvery =
              std::max(1, static_cast<int>(std::lround(rate * FrameEncoder::kKeyFrameSeconds))),
          .colour = picture.colour(),
          .threads = options.threads};
}

}  // namespace

FrameEncoderStats& FrameEncoderStats::operator+=(const FrameEncoderStats& other) {
  if (other.encodersMade > 0) {
    backend = other.backend;
    size = other.size;
  }
  framesIn += other.framesIn;
  framesLimited += other.framesLimited;
  framesDropped += other.framesDropped;
  framesOut += other.framesOut;
  keyFrames += other.keyFrames;
  keyFrameRequests += other.keyFrameRequests;
  bytesOut += other.bytesOut;
  errors += other.errors;
  encodersMade += other.encodersMade;
  encodeMicros += other.encodeMicros;
  maxEncodeMicros = std::max(maxEncodeMicros, other.maxEncodeMicros);
  return *this;
}

FrameEncoder::FrameEncoder(std::shared_ptr<Engine> engine,
                           std::shared_ptr<EncoderBackends> backends, const Options& options,
                           Sink sink, Listener listener)
    : engine_(std::move(engine)),
      backends_(std::move(backends)),
      options_(options),
      sink_(std::move(sink)),
      listener_(std::move(listener)),
      bitrate_(options.target.bitrate),
      strand_(Strand::make(engine_->decodePool(), [this] { return step(); })) {
  limit_.set(options_.target.frameRate);
}

FrameEncoder::~FrameEncoder() {
  close();
}

void FrameEncoder::close() {
  strand_->close();
}

void FrameEncoder::push(const video::DecodedFrame& frame) {
  {
    const std::lock_guard lock(mutex_);
    ++stats_.framesIn;
    if (!limit_.pass(frame.timestamp)) {
      ++stats_.framesLimited;
      return;
    }
    if (waiting_) ++stats_.framesDropped;
    waiting_ = frame;
  }
  strand_->wake();
}

void FrameEncoder::requestKeyFrame() {
  const std::lock_guard lock(mutex_);
  ++stats_.keyFrameRequests;
  keyFrameWanted_ = true;
}

void FrameEncoder::setBitrate(int64_t bitsPerSecond) {
  video::EncoderOptions checked{.size = {64, 64}, .bitrate = bitsPerSecond};
  video::checkEncoderOptions(checked);
  const std::lock_guard lock(mutex_);
  bitrate_ = bitsPerSecond;
}

FrameEncoderStats FrameEncoder::stats() const {
  const std::lock_guard lock(mutex_);
  FrameEncoderStats out = stats_;
  out.bitrate = bitrate_;
  return out;
}

bool FrameEncoder::step() {
  std::optional<video::DecodedFrame> frame;
  bool keyFrame = false;
  {
    const std::lock_guard lock(mutex_);
    if (!waiting_) return false;
    frame = std::exchange(waiting_, std::nullopt);
    keyFrame = std::exchange(keyFrameWanted_, false);
  }
  try {
    encode(*frame, keyFrame);
  } catch (const Error& error) {
    fail(error);
  } catch (const std::exception& error) {
    fail(Error("ERR_ENCODE", error.what()));
  }
  const std::lock_guard lock(mutex_);
  return waiting_.has_value();
}

void FrameEncoder::encode(const video::DecodedFrame& frame, bool keyFrame) {
  const int64_t begun = monotonicMicros();
  if (encoder_ == nullptr && begun < retryAt_) return;
  prepare(frame.picture);
  const AccessUnitPtr unit = encoder_->encode({.picture = frame.picture,
                                               .timestamp = frame.timestamp,
                                               .arrivalMicros = frame.arrivalMicros,
                                               .arrivalWallMs = frame.arrivalWallMs,
                                               .keyFrame = keyFrame});
  const auto took = static_cast<uint64_t>(monotonicMicros() - begun);
  {
    const std::lock_guard lock(mutex_);
    ++stats_.framesOut;
    if (unit->keyFrame) ++stats_.keyFrames;
    stats_.bytesOut += unit->data.size();
    stats_.encodeMicros += took;
    stats_.maxEncodeMicros = std::max(stats_.maxEncodeMicros, took);
  }
  failures_ = 0;
  sink_(unit);
}

/// Has an encoder for pictures like `picture`, at the bitrate that is asked for.
void FrameEncoder::prepare(const video::Frame& picture) {
  int64_t bitrate = 0;
  {
    const std::lock_guard lock(mutex_);
    bitrate = bitrate_;
  }
  const video::Size size = picture.displaySize();
  const video::ColourSpec colour = picture.colour();
  if (encoder_ == nullptr || size != sourceSize_ || colour != colour_) {
    encoder_.reset();  // before the next one: a GPU counts them
    const video::EncoderOptions options = encoderOptions(options_, picture, bitrate);
    auto made = backends_->make(options_.backend, options);
    encoder_ = std::move(made.encoder);
    sourceSize_ = size;
    colour_ = colour;
    encoderBitrate_ = bitrate;
    {
      const std::lock_guard lock(mutex_);
      ++stats_.encodersMade;
      stats_.backend = encoder_->backend();
      stats_.size = options.size;
    }
    listener_(EncoderBackendEvent{encoder_->backend(), std::move(made.reason), options.size});
  } else if (bitrate != encoderBitrate_) {
    encoder_->setBitrate(bitrate);
    encoderBitrate_ = bitrate;
  }
}

void FrameEncoder::fail(const Error& error) {
  // The first failure may be the picture's; the next one is the encoder's, and is not to be met
  // again at every picture.
  if (++failures_ > 1 || encoder_ == nullptr) {
    retryAt_ = monotonicMicros() + kRetryMicros;
    if (encoder_ != nullptr && encoder_->backend() == std::string("nvenc")) {
      backends_->reportFailure(options_.target.codec, error);
    }
  }
  if (error.code() == "ERR_GPU_LOST") {
    backends_->reportLost(error.what());
    retryAt_ = 0;  // the CPU can
  }
  encoder_.reset();
  {
    const std::lock_guard lock(mutex_);
    ++stats_.errors;
  }
  listener_(EncoderErrorEvent{error.code(), error.what()});
}

}  // namespace flux
