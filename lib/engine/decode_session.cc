#include "engine/decode_session.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "codec/picture_kind.h"

namespace flux {

DecodeSession::DecodeSession(std::shared_ptr<DecoderBackends> backends, Options options,
                             Deliver deliver, Report report)
    : backends_(std::move(backends)),
      options_(std::move(options)),
      deliver_(std::move(deliver)),
      report_(std::move(report)) {}

void DecodeSession::setLimits(Limits limits) {
  // What was left out is missing to all that follows it up to a key frame.
  if (limits_.keyFramesOnly && !limits.keyFramesOnly) {
    needsKeyFrame_ = true;
    wantKeyFrame();
  }
  limits_ = limits;
  rate_.set(limits.framesPerSecond);
}

void DecodeSession::decode(const AccessUnitPtr& unit) {
  nowMicros_ = unit->arrivalMicros;
  if (parked_) {
    addAlone(counters_.unitsSkipped);
    return;
  }
  noticeLoss();
  if (unit->discontinuity && !unit->keyFrame && damagedFromMicros_ == damagedToMicros_) {
    damagedFromMicros_ = nowMicros_;
    damagedToMicros_ = INT64_MAX;
    askedSinceKey_ = true;
    wantKeyFrame();
  }
  if (unit->keyFrame) onKeyFrame(*unit);
  if (!prepare(*unit) || !isWanted(*unit)) {
    addAlone(counters_.unitsSkipped);
    return;
  }
  toCpu_ = false;
  submit(*unit);
  // Where the GPU fails of all times at a key frame, the CPU need not wait for the next one.
  if (std::exchange(toCpu_, false) && unit->keyFrame && prepare(*unit)) submit(*unit);
}

void DecodeSession::onKeyFrame(const AccessUnit& unit) {
  if (damagedToMicros_ == INT64_MAX) damagedToMicros_ = nowMicros_;
  askedSinceKey_ = false;
  keyTimestamp_ = mediaMicros(unit);
  const bool first = parameters_ == nullptr;
  const bool changed =
      first || (unit.parameters != parameters_ && !sameParameters(*unit.parameters, *parameters_));
  if (changed) {
    report_(DecoderParametersEvent{unit.parameters});
    hopeless_ = false;
    avoidGpu_.clear();
  }
  const bool otherCodec = !first && parameters_->codec != unit.parameters->codec;
  parameters_ = unit.parameters;
  if (decoder_ == nullptr) return;
  // The decoder follows a change of size by itself, as long as it is the right one.
  bool rebuild = otherCodec;
  const uint64_t generation = backends_->generation();
  if (!rebuild && (changed || generation != generation_)) {
    try {
      rebuild = backends_->choose(options_.backend, *parameters_).gpu != onGpu_;
      if (generation != generation_) avoidGpu_.clear();
    } catch (const Error&) {
      rebuild = true;  // build() says why there can be none
    }
    generation_ = generation;
  }
  if (!rebuild) return;
  end();
  drop();
}

/// Another stream found that the GPU is lost: its driver is not called again.
void DecodeSession::noticeLoss() {
  if (decoder_ == nullptr || !onGpu_ || generation_ == backends_->generation()) return;
  if (const auto lost = backends_->lost()) fail("ERR_GPU_LOST", *lost);
}

/// Is there a decoder that can go on with this unit?
bool DecodeSession::prepare(const AccessUnit& unit) {
  if (needsKeyFrame_ && !unit.keyFrame) return false;
  if (decoder_ == nullptr) {
    const bool hopeless = hopeless_ && generation_ == backends_->generation();
    if (!unit.keyFrame || unit.arrivalMicros < notBeforeMicros_ || hopeless) return false;
    build(unit);
  }
  if (decoder_ == nullptr) return false;
  needsKeyFrame_ = false;
  return true;
}

void DecodeSession::build(const AccessUnit& unit) {
  const uint64_t generation = backends_->generation();
  if (generation != generation_) avoidGpu_.clear();
  generation_ = generation;
  hopeless_ = false;
  try {
    DecoderBackends::Made made =
        backends_->make(avoidGpu_.empty() ? options_.backend : DecoderBackend::kLibavcodec,
                        {unit.parameters, options_.threads, options_.colour}, options_.name);
    if (!avoidGpu_.empty()) made.choice.reason = avoidGpu_;
    decoder_ = std::move(made.decoder);
    onGpu_ = made.choice.gpu;
    awaited_ = 0;
    addAlone(counters_.decodersMade);
    if (std::exchange(failed_, false)) addAlone(counters_.rebuilds);
    if (!made.choice.reason.empty()) addAlone(counters_.fallbacks);
    counters_.backend = decoder_->backend();
    counters_.onGpu = onGpu_;
    std::string said = decoder_->backend() + std::string("\n") + made.choice.reason;
    if (said == backendSaid_) return;
    backendSaid_ = std::move(said);
    report_(DecoderBackendEvent{decoder_->backend(), made.choice.reason});
  } catch (const Error& error) {
    // What cannot be decoded at all cannot be decoded a second later either.
    if (error.code() == "ERR_UNSUPPORTED" || error.code() == "ERR_LIMIT") {
      hopeless_ = true;
      say(error.code(), error.what());
      addAlone(counters_.errors);
      return;
    }
    fail(error.code(), error.what());
  } catch (const std::exception& error) {
    fail("ERR_DECODER", error.what());
  }
}

bool DecodeSession::isWanted(const AccessUnit& unit) const {
  if (unit.keyFrame) return true;
  if (limits_.keyFramesOnly) return false;
  // Its picture would not be shown, and no other needs it.
  return rate_.wouldPass(mediaMicros(unit)) || isReference(unit);
}

void DecodeSession::submit(const AccessUnit& unit) {
  const int64_t begin = monotonicMicros();
  counters_.busySinceMicros = begin;
  ++awaited_;
  guarded([&](video::Decoder& decoder) { decoder.submit(unit); });
  guarded([&](video::Decoder& decoder) { decoder.collect(out_, false); });
  // Nothing follows soon that a picture could be held back for.
  if (limits_.keyFramesOnly && unit.parameters->reorderDepth > 0) {
    guarded([&](video::Decoder& decoder) { decoder.flush(out_); });
  }
  counters_.busySinceMicros = 0;
  const auto took = static_cast<uint64_t>(monotonicMicros() - begin);
  addAlone(counters_.decodeMicros, took);
  if (took > counters_.maxDecodeMicros) counters_.maxDecodeMicros = took;
  if (took > kSlowMicros) addAlone(counters_.framesSlow);
  noteMemory();
  deliverAll();
  const auto held = static_cast<uint64_t>(std::max(0, unit.parameters->reorderDepth)) +
                    static_cast<uint64_t>(std::max(0, options_.threads));
  if (decoder_ != nullptr && awaited_ > kUnitsWithoutPicture + held) {
    fail("ERR_DECODER", "the decoder gave no picture for " + std::to_string(awaited_) +
                            " frames and is replaced at the next key frame");
  }
}

void DecodeSession::noteMemory() {
  if (decoder_ == nullptr) return;
  counters_.memoryBytes = decoder_->memoryBytes();
  const uint64_t dropped = decoder_->dropped();
  if (dropped == dropped_) return;
  // It decodes: whoever holds its pictures is to blame.
  addAlone(counters_.framesDropped, dropped - dropped_);
  dropped_ = dropped;
  awaited_ = 0;
}

void DecodeSession::collect(bool wait) {
  if (decoder_ == nullptr) return;
  const int64_t begin = monotonicMicros();
  counters_.busySinceMicros = begin;
  guarded([&](video::Decoder& decoder) { decoder.collect(out_, wait); });
  counters_.busySinceMicros = 0;
  addAlone(counters_.decodeMicros, static_cast<uint64_t>(monotonicMicros() - begin));
  noteMemory();
  deliverAll();
}

void DecodeSession::gap() {
  needsKeyFrame_ = true;
  wantKeyFrame();
}

void DecodeSession::end() {
  guarded([&](video::Decoder& decoder) { decoder.flush(out_); });
  deliverAll();
  rate_.restart();
  needsKeyFrame_ = true;
  awaited_ = 0;
}

bool DecodeSession::guarded(const std::function<void(video::Decoder&)>& call) {
  if (decoder_ == nullptr) return false;
  try {
    call(*decoder_);
    return true;
  } catch (const Error& error) {
    if (error.code() == "ERR_DECODE" || error.code() == "ERR_LIMIT") {
      addAlone(counters_.errors);
      wantKeyFrame();
      return false;
    }
    fail(error.code(), error.what());
  } catch (const std::exception& error) {
    fail("ERR_DECODER", error.what());
  }
  return false;
}

void DecodeSession::deliverAll() {
  // A sink may change what this session is to do, but only for what comes next.
  std::vector<video::DecodedFrame> frames;
  frames.swap(out_);
  for (video::DecodedFrame& frame : frames) deliver(std::move(frame));
  frames.clear();
  if (out_.empty()) out_.swap(frames);  // keeps its memory
}

void DecodeSession::deliver(video::DecodedFrame&& frame) {
  awaited_ = 0;
  if (++trust_ >= kPicturesToTrust) failures_ = 0;
  addAlone(counters_.framesOut);
  if (damagedFromMicros_ != damagedToMicros_ && frame.arrivalMicros >= damagedFromMicros_ &&
      frame.arrivalMicros < damagedToMicros_) {
    frame.concealed = true;
  }
  if (frame.concealed) {
    addAlone(counters_.framesConcealed);
    // Once for all that follows from one loss. What is shown before the last key frame is past
    // help.
    if (frame.timestamp >= keyTimestamp_ && !std::exchange(askedSinceKey_, true)) wantKeyFrame();
  }
  const auto latency =
      static_cast<uint64_t>(std::max<int64_t>(0, frame.decodedMicros - frame.arrivalMicros));
  counters_.latencyMicros = latency;
  addAlone(counters_.latencySumMicros, latency);
  if (!rate_.pass(frame.timestamp)) {
    addAlone(counters_.framesLimited);
    return;
  }
  deliver_(std::move(frame));
}

void DecodeSession::fail(const std::string& code, const std::string& message) {
  addAlone(counters_.errors);
  const bool lost = code == "ERR_GPU_LOST";
  toCpu_ = options_.backend == DecoderBackend::kAuto && onGpu_ &&
           (lost || code == "ERR_UNSUPPORTED" || code == "ERR_GPU_MEMORY");
  drop();
  failed_ = true;
  trust_ = 0;
  if (lost) backends_->reportLost(message);
  if (toCpu_) {
    if (!lost) avoidGpu_ = message;
  } else if (failures_ > 0) {
    const int64_t wait =
        std::min(kLongestWaitMicros, kFirstWaitMicros << std::min(failures_ - 1, 20U));
    notBeforeMicros_ = nowMicros_ + wait;
  }
  ++failures_;
  say(code, message);
  wantKeyFrame();
}

void DecodeSession::drop() {
  decoder_.reset();
  counters_.memoryBytes = 0;
  counters_.backend = "";
  counters_.onGpu = false;
  needsKeyFrame_ = true;
  awaited_ = 0;
  dropped_ = 0;
  onGpu_ = false;
}

void DecodeSession::park() {
  drop();
  rate_.restart();
  parked_ = true;
  addAlone(counters_.sessionsGivenUp);
}

void DecodeSession::comeBack() {
  parked_ = false;
  wantKeyFrame();
}

void DecodeSession::wantKeyFrame() {
  if (keyFrameWantedMicros_ != INT64_MIN &&
      nowMicros_ - keyFrameWantedMicros_ < kKeyFrameWantedEveryMicros) {
    return;
  }
  keyFrameWantedMicros_ = nowMicros_;
  addAlone(counters_.keyFrameRequests);
  report_(KeyFrameWantedEvent{});
}

void DecodeSession::say(const std::string& code, const std::string& message) {
  report_(DecoderErrorEvent{code, message});
}

}  // namespace flux
