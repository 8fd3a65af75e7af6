#include "engine/stream_decoder.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "engine/camera.h"
#include "engine/stream_switch.h"

namespace flux {
namespace {

/// A stream gives its thread to the next one after so many units, or after so long.
constexpr unsigned kUnitsPerTurn = 4;
constexpr int64_t kTurnMicros = 10'000;
/// A decoder that has been at it for so long is stuck in a driver, most probably.
constexpr int64_t kStallMicros = 5'000'000;
/// More hidden pictures than this cannot be under way.
constexpr size_t kMaxHidden = 4096;

}  // namespace

namespace {

/// What the camera's streams go to: the decoder holds the switch, which must not hold the decoder.
class Intake final : public Tap {
 public:
  explicit Intake(std::weak_ptr<StreamDecoder> decoder) : decoder_(std::move(decoder)) {}
  void onAccessUnit(const AccessUnitPtr& unit) override {
    if (const auto decoder = decoder_.lock()) decoder->onAccessUnit(unit);
  }
  void onStreamEnd() override {
    if (const auto decoder = decoder_.lock()) decoder->onStreamEnd();
  }

 private:
  const std::weak_ptr<StreamDecoder> decoder_;
};

}  // namespace

struct StreamDecoder::Subscription::Entry {
  std::mutex mutex;  ///< held while the sink runs
  Sink sink;
  std::function<bool()> busy;  ///< constant
  std::atomic<std::thread::id> runner;
  std::atomic<int64_t> closedMicros{0};  ///< set before `closed`
  std::atomic<bool> closed{false};
};

StreamDecoder::Subscription& StreamDecoder::Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    reset();
    entry_ = std::move(other.entry_);
  }
  return *this;
}

void StreamDecoder::Subscription::reset() {
  if (entry_ == nullptr) return;
  const auto entry = std::exchange(entry_, nullptr);
  entry->closedMicros = monotonicMicros();
  entry->closed = true;
  if (entry->runner == std::this_thread::get_id()) return;  // the sink itself lets go
  const std::lock_guard lock(entry->mutex);
  entry->sink = nullptr;
}

std::shared_ptr<StreamDecoder> StreamDecoder::make(std::shared_ptr<Engine> engine,
                                                   const std::shared_ptr<DecoderBackends>& backends,
                                                   const std::shared_ptr<Camera>& camera,
                                                   const StreamDecoderOptions& options,
                                                   Listener listener) {
  std::shared_ptr<StreamDecoder> made(
      new StreamDecoder(std::move(engine), backends, options, std::move(listener)));
  made->strand_ = Strand::make(made->engine_->decodePool(), [weak = made->weak_from_this()] {
    const auto self = weak.lock();
    return self != nullptr && self->step();
  });
  if (camera != nullptr) {
    made->view_ = std::make_shared<StreamSwitch>(camera, std::make_shared<Intake>(made));
    made->view_->setQuality(options.quality);
  }
  backends->join(made);
  return made;
}

StreamDecoder::StreamDecoder(std::shared_ptr<Engine> engine,
                             std::shared_ptr<DecoderBackends> backends,
                             const StreamDecoderOptions& options, Listener listener)
    : engine_(std::move(engine)),
      options_(options),
      listener_(listener ? std::move(listener) : [](const StreamDecoderEvent&) {}),
      queue_(options.maxQueuedBytes),
      quality_(options.quality),
      maxFrameRate_(options.maxFrameRate),
      keyFramesOnly_(options.keyFramesOnly),
      sinks_(std::make_shared<const std::vector<EntryPtr>>()),
      madeMicros_(monotonicMicros()),
      session_(std::make_unique<DecodeSession>(
          std::move(backends),
          DecodeSession::Options{options.backend, options.colour, options.threads, options.name},
          [this](video::DecodedFrame&& frame) { deliver(std::move(frame)); }, listener_)) {}

StreamDecoder::~StreamDecoder() {
  close();
}

StreamDecoder::Subscription StreamDecoder::subscribe(Sink sink, std::function<bool()> busy) {
  auto entry = std::make_shared<Subscription::Entry>();
  entry->sink = std::move(sink);
  entry->busy = std::move(busy);
  const std::lock_guard lock(mutex_);
  auto sinks = std::make_shared<std::vector<EntryPtr>>();
  for (const EntryPtr& each : *sinks_) {
    if (!each->closed) sinks->push_back(each);
  }
  sinks->push_back(entry);
  sinks_ = std::move(sinks);
  return Subscription(std::move(entry));
}

void StreamDecoder::deliver(video::DecodedFrame&& frame) {
  std::shared_ptr<const std::vector<EntryPtr>> sinks;
  {
    const std::lock_guard lock(mutex_);
    if (!hidden_.empty() && hidden_.erase(frame.timestamp) > 0) return;
    sinks = sinks_;
  }
  for (const EntryPtr& entry : *sinks) {
    if (entry->closed || closed_) continue;
    const std::lock_guard lock(entry->mutex);
    if (entry->closed) continue;
    entry->runner = std::this_thread::get_id();
    entry->sink(frame);
    entry->runner = std::thread::id();
    if (entry->closed) entry->sink = nullptr;
  }
}

void StreamDecoder::setQuality(Quality quality) {
  {
    const std::lock_guard lock(mutex_);
    quality_ = quality;
  }
  limitsChanged_ = true;
  if (view_ != nullptr) view_->setQuality(quality);
}

void StreamDecoder::setLimits(std::optional<double> maxFrameRate, bool keyFramesOnly) {
  const std::lock_guard lock(mutex_);
  maxFrameRate_ = maxFrameRate;
  keyFramesOnly_ = keyFramesOnly;
  limitsChanged_ = true;
}

DecodeSession::Limits StreamDecoder::wantedLimits() const {
  const std::lock_guard lock(mutex_);
  // What is pushed is wanted: there is no tile whose size tells how much of it.
  const QualitySettings settings =
      view_ != nullptr ? settingsOf(quality_) : QualitySettings{.targetFps = 0};
  return {maxFrameRate_.value_or(settings.keyFramesOnly ? 0 : settings.targetFps),
          keyFramesOnly_ || settings.keyFramesOnly};
}

void StreamDecoder::onAccessUnit(const AccessUnitPtr& unit) {
  if (unit->kind() != MediaKind::kVideo) return;
  addAlone(unitsIn_);
  if (!queue_.push(unit)) {
    addAlone(unitsDropped_);
  } else {
    ++queuedUnits_;
  }
  watchForStall();
  strand_->wake();
}

void StreamDecoder::onStreamEnd() {
  queue_.push(TapQueue::StreamEnd{});
  strand_->wake();
}

void StreamDecoder::watchForStall() {
  const int64_t since = session_->counters().busySinceMicros;
  if (since == 0 || stallSaid_ == since || monotonicMicros() - since < kStallMicros) return;
  stallSaid_ = since;
  listener_(
      DecoderErrorEvent{"ERR_DECODER",
                        "the decoder has not come back for 5 seconds: its driver hangs, or the "
                        "machine is overloaded"});
}

bool StreamDecoder::push(AccessUnitPtr unit, bool hidden) {
  pushed_ = true;
  const size_t bytes = unit->data.size();
  if (bytes > options_.maxQueuedBytes) {
    throw Error("ERR_LIMIT", "a unit of " + std::to_string(bytes) + " bytes; at most " +
                                 std::to_string(options_.maxQueuedBytes) +
                                 " may wait: raise maxQueuedBytes");
  }
  const auto isFull = [&] { return queue_.bytes() + bytes > options_.maxQueuedBytes; };
  if (isFull()) {
    refused_ = true;
    // The last unit that waited may have been taken before that was said.
    if (isFull()) return false;
  }
  if (hidden) {
    const std::lock_guard lock(mutex_);
    if (hidden_.size() >= kMaxHidden) hidden_.erase(hidden_.begin());
    hidden_.insert(mediaMicros(*unit));
  }
  addAlone(unitsIn_);
  if (queue_.push(std::move(unit))) {
    ++queuedUnits_;
  } else {
    addAlone(unitsDropped_);
  }
  strand_->wake();
  return true;
}

void StreamDecoder::pushEnd(std::function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    ends_.push_back(std::move(done));
  }
  onStreamEnd();
}

void StreamDecoder::onDrained(std::function<void()> drained) {
  const std::lock_guard lock(mutex_);
  drained_ = std::move(drained);
}

void StreamDecoder::resume() {
  strand_->wake();
}

bool StreamDecoder::step() {
  const std::lock_guard lock(sessionMutex_);
  if (session_->isParked() && isWatched()) session_->comeBack();
  if (limitsChanged_.exchange(false)) session_->setLimits(wantedLimits());
  const int64_t until = monotonicMicros() + kTurnMicros;
  for (unsigned units = 0; units < kUnitsPerTurn; ++units) {
    if (closed_ || isHeldUp()) return false;
    if (!takeOne()) {
      // A GPU works on: the other streams' units go there before anybody waits for its pictures.
      if (session_->isUnderWay() && !std::exchange(yielded_, true)) return true;
      session_->collect(true);
      return false;
    }
    yielded_ = false;
    if (monotonicMicros() >= until) break;
  }
  return true;
}

bool StreamDecoder::isWatched() const {
  const std::lock_guard lock(mutex_);
  return pushed_ ||
         std::ranges::any_of(*sinks_, [](const EntryPtr& each) { return !each->closed; });
}

int64_t StreamDecoder::idleSinceMicros() const {
  if (closed_ || !session_->counters().onGpu || isWatched()) return kInUse;
  const std::lock_guard lock(mutex_);
  int64_t since = madeMicros_;
  for (const EntryPtr& each : *sinks_) since = std::max(since, each->closedMicros.load());
  return since;
}

bool StreamDecoder::giveUp() {
  // On the thread of a stream that needs room: it must not wait for this one.
  const std::unique_lock lock(sessionMutex_, std::try_to_lock);
  if (!lock.owns_lock() || idleSinceMicros() == kInUse) return false;
  session_->park();
  return true;
}

bool StreamDecoder::isHeldUp() const {
  std::shared_ptr<const std::vector<EntryPtr>> sinks;
  {
    const std::lock_guard lock(mutex_);
    sinks = sinks_;
  }
  return std::ranges::any_of(
      *sinks, [](const EntryPtr& each) { return !each->closed && each->busy && each->busy(); });
}

bool StreamDecoder::takeOne() {
  TapQueue::Item item;
  if (!queue_.pop(item)) return false;
  if (const auto* unit = std::get_if<AccessUnitPtr>(&item)) {
    const uint64_t before = queuedUnits_.fetch_sub(1);
    session_->decode(*unit);
    if (refused_.exchange(false) || before == kDrained) {
      std::function<void()> drained;
      {
        const std::lock_guard lock(mutex_);
        drained = drained_;
      }
      if (drained) drained();
    }
  } else if (const auto* shed = std::get_if<TapQueue::Shed>(&item)) {
    session_->gap();
    listener_(DecoderGapEvent{shed->fromMs, shed->toMs, shed->frames});
  } else if (std::holds_alternative<TapQueue::StreamEnd>(item)) {
    session_->end();
    std::function<void()> done;
    {
      const std::lock_guard lock(mutex_);
      hidden_.clear();
      if (!ends_.empty()) {
        done = std::move(ends_.front());
        ends_.pop_front();
      }
    }
    if (done) done();
  }
  return true;
}

void StreamDecoder::close() {
  closed_ = true;
  if (view_ != nullptr) view_->close();
  if (strand_ == nullptr) return;
  const bool fromInside = strand_->isRunningHere();
  strand_->close();
  if (fromInside) return;  // the step goes on with it
  TapQueue::Item item;
  while (queue_.pop(item)) {
  }
  const std::lock_guard lock(sessionMutex_);
  session_->close();
}

StreamDecoderStats StreamDecoder::stats() const {
  const DecodeSession::Counters& from = session_->counters();
  StreamDecoderStats out;
  out.backend = from.backend;
  out.onGpu = from.onGpu;
  if (view_ != nullptr) {
    out.shown = view_->shown();
    out.switches = view_->switches();
  }
  out.unitsIn = unitsIn_;
  out.unitsDropped = unitsDropped_;
  out.unitsSkipped = from.unitsSkipped;
  out.framesOut = from.framesOut;
  out.framesLimited = from.framesLimited;
  out.framesDropped = from.framesDropped;
  out.framesConcealed = from.framesConcealed;
  out.framesSlow = from.framesSlow;
  out.errors = from.errors;
  out.decodersMade = from.decodersMade;
  out.rebuilds = from.rebuilds;
  out.fallbacks = from.fallbacks;
  out.sessionsGivenUp = from.sessionsGivenUp;
  out.keyFrameRequests = from.keyFrameRequests;
  out.decodeMicros = from.decodeMicros;
  out.maxDecodeMicros = from.maxDecodeMicros;
  out.latencyMicros = from.latencyMicros;
  out.latencySumMicros = from.latencySumMicros;
  out.queuedUnits = queuedUnits_;
  out.queuedBytes = queue_.bytes();
  out.memoryBytes = from.memoryBytes;
  return out;
}

}  // namespace flux
