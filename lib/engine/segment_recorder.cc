#include "engine/segment_recorder.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "engine/open_segment.h"
#include "engine/segment_files.h"

namespace flux {
namespace {

constexpr const char* kWaiting = "waiting-for-key-frame";

}  // namespace

const char* toString(SegmentEnd end) {
  switch (end) {
    case SegmentEnd::kCut:
      return "cut";
    case SegmentEnd::kClosed:
      return "closed";
    case SegmentEnd::kDisconnected:
      return "disconnected";
    case SegmentEnd::kDiscontinuity:
      return "discontinuity";
    case SegmentEnd::kParameters:
      return "parameters";
    case SegmentEnd::kOverflow:
      return "overflow";
    case SegmentEnd::kError:
      return "error";
    case SegmentEnd::kEventEnd:
      return "event-end";
    case SegmentEnd::kStopped:
      return "stopped";
  }
  return "error";
}

SegmentRecorder::SegmentRecorder(std::shared_ptr<Engine> engine, SegmentRecorderOptions options,
                                 Listener listener)
    : engine_(std::move(engine)),
      loop_(engine_->leaseRecordingLoop()),
      options_(std::move(options)),
      listener_(std::move(listener)),
      queue_(options_.maxQueuedBytes),
      mode_(options_.mode),
      preRoll_(options_.preRollMs, options_.maxPreRollBytes),
      files_(std::make_unique<SegmentFiles>(options_)),
      sequence_(options_.firstSequence) {}

SegmentRecorder::~SegmentRecorder() = default;

void SegmentRecorder::setKey(int64_t day, const segment::KeyId& id, crypto::SecretKeyPtr key) {
  keys_.set(day, id, std::move(key));
}

void SegmentRecorder::setMode(RecordingMode mode) {
  loop_->post([weak = weak_from_this(), mode] {
    const auto self = weak.lock();
    if (self == nullptr || self->closed_ || self->mode_ == mode) return;
    // What waits in the queue came before: it is recorded where either mode would do so.
    if (mode != RecordingMode::kContinuous) self->drain();
    self->mode_ = mode;
    if (mode == RecordingMode::kOff) {
      self->preRoll_.clear();
      self->pause(SegmentEnd::kStopped);
    } else if (mode == RecordingMode::kContinuous) {
      self->recordPreRoll();
    }
  });
}

void SegmentRecorder::trigger(int64_t untilMs) {
  loop_->post([weak = weak_from_this(), untilMs] {
    const auto self = weak.lock();
    if (self == nullptr || self->closed_) return;
    self->triggeredUntilMs_ = std::max(self->triggeredUntilMs_, untilMs);
    if (self->mode_ == RecordingMode::kEvent) self->recordPreRoll();
  });
}

// --- the tap: the camera's network thread ------------------------------------------------------

void SegmentRecorder::onTracks(const std::vector<CodecParametersPtr>& tracks) {
  if (closed_) return;
  queue_.push(TapQueue::Tracks{tracks});
  wake();
}

void SegmentRecorder::onAccessUnit(const AccessUnitPtr& unit) {
  if (closed_ || unit->kind() == MediaKind::kMetadata) return;
  const bool video = unit->kind() == MediaKind::kVideo;
  if (!video && !options_.audio) return;
  if (queue_.push(unit)) {
    wake();
  } else {
    ++(video ? stats_.framesDropped : stats_.audioFramesDropped);
  }
}

void SegmentRecorder::onStreamEnd() {
  if (closed_) return;
  queue_.push(TapQueue::StreamEnd{});
  wake();
}

void SegmentRecorder::wake() {
  if (drainPosted_.exchange(true)) return;
  loop_->post([self = shared_from_this()] { self->drain(); });
}

// --- the recording thread -----------------------------------------------------------------------

void SegmentRecorder::drain() {
  drainPosted_ = false;
  TapQueue::Item item;
  while (queue_.pop(item)) {
    if (const auto* unit = std::get_if<AccessUnitPtr>(&item)) {
      takeUnit(*unit);
    } else if (const auto* announced = std::get_if<TapQueue::Tracks>(&item)) {
      takeTracks(*announced);
    } else if (const auto* shed = std::get_if<TapQueue::Shed>(&item)) {
      reportShed(*shed);
    } else {
      preRoll_.clear();
      pause(SegmentEnd::kDisconnected);
    }
  }
}

void SegmentRecorder::takeTracks(const TapQueue::Tracks& announced) {
  audio_.reset();
  for (const CodecParametersPtr& track : announced.tracks) {
    if (options_.audio && audio_ == nullptr && track->kind() == MediaKind::kAudio) audio_ = track;
  }
}

void SegmentRecorder::takeUnit(const AccessUnitPtr& unit) {
  if (mode_ == RecordingMode::kOff) return;
  if (mode_ == RecordingMode::kEvent && unit->arrivalWallMs >= triggeredUntilMs_) {
    pause(SegmentEnd::kEventEnd);
    preRoll_.push(unit);
    stats_.preRollBytes = preRoll_.bytes();
    stats_.preRollTrimmed = preRoll_.groupsTrimmed();
    return;
  }
  recordPreRoll();
  record(unit);
}

void SegmentRecorder::recordPreRoll() {
  if (preRoll_.bytes() == 0) return;
  for (const AccessUnitPtr& unit : preRoll_.take()) record(unit);
  stats_.preRollBytes = 0;
}

/// Ends the run: what is recorded next has its own place in time.
void SegmentRecorder::pause(SegmentEnd why) {
  finishSegment(why, nullptr);
  reportGap();
  timeline_.stop();
  sound_.stop();
}

void SegmentRecorder::record(const AccessUnitPtr& unit) {
  if (unit->kind() == MediaKind::kVideo) {
    releaseSound(unit->arrivalMicros - 1);  // the picture's own sound goes where it goes
    recordVideo(unit);
  } else {
    waitingSound_.push_back(unit);
    releaseSound(unit->arrivalMicros);
  }
}

void SegmentRecorder::recordVideo(const AccessUnitPtr& unit) {
  SegmentEnd why = SegmentEnd::kCut;
  if (timeline_.isRunning() && timeline_.advance(*unit) == Timeline::Verdict::kDiscontinuity) {
    finishSegment(SegmentEnd::kDiscontinuity, nullptr);
    timeline_.stop();
  }
  if (!timeline_.isRunning()) {
    if (!unit->keyFrame) return loseFrame(*unit, kWaiting);
    timeline_.start(*unit);
    newRun_ = true;
  }
  if (open_ != nullptr && needsCut(*unit, why)) finishSegment(why, unit.get());
  if (open_ == nullptr) {
    if (!unit->keyFrame) return loseFrame(*unit, kWaiting);
    if (!openSegment(unit)) return;
  }
  try {
    open_->writeVideo(unit);
    ++stats_.framesWritten;
    sealWhereDue(*unit);
  } catch (const Error& error) {
    abandonSegment(error);
    loseFrame(*unit, "storage");
  }
}

bool SegmentRecorder::needsCut(const AccessUnit& unit, SegmentEnd& why) const {
  if (!unit.keyFrame) return false;
  const CodecParametersPtr& audio = open_->start().audio;
  const bool otherAudio =
      audio_ != nullptr && (audio == nullptr || !sameParameters(*audio, *audio_));
  const bool otherVideo = open_->parameters() != unit.parameters &&
                          !sameParameters(*open_->parameters(), *unit.parameters);
  why = otherAudio || otherVideo ? SegmentEnd::kParameters : SegmentEnd::kCut;
  return why == SegmentEnd::kParameters || open_->isFull(unit);
}

bool SegmentRecorder::openSegment(const AccessUnitPtr& unit) {
  const auto startMs = static_cast<int64_t>(std::llround(timeline_.wallMs(*unit)));
  const auto [key, wanted] = keys_.at(startMs);
  if (wanted) listener_(KeyNeededEvent{*wanted});
  if (!key) {
    loseFrame(*unit, "no-key");
    return false;
  }
  try {
    if (newRun_) run_ = sequence_;
    OpenSegment::Start start{
        .keyId = key->id,
        .first = unit,
        .audio = audio_,
        .startMs = startMs,
        .durationMs = options_.segmentDurationMs + (newRun_ ? options_.staggerMs : 0),
        .sequence = sequence_,
        .run = run_,
        .event = mode_ == RecordingMode::kEvent};
    auto [file, path] = files_->create(startMs, sequence_, *key);
    ++sequence_;
    auto opened = std::make_unique<OpenSegment>(std::move(file), std::move(path), std::move(start));
    keepDurable(*opened);
    open_ = std::move(opened);
  } catch (const Error& error) {
    listener_(RecorderErrorEvent{wallMillis(), error.code(), error.what()});
    loseFrame(*unit, "storage");
    return false;
  }
  newRun_ = abandoned_ = false;
  sound_.beginSegment(*unit, startMs);
  reportGap();
  return true;
}

void SegmentRecorder::keepDurable(OpenSegment& segment) {
  // A version 1 file is worth nothing before its end.
  if (options_.syncIntervalMs == 0 || options_.formatVersion == segment::kVersion1) return;
  segment.keepDurable(
      engine_->syncLoop(), options_.syncIntervalMs,
      [weak = weak_from_this(), sequence = segment.start().sequence](const Error& error) {
        const auto self = weak.lock();
        if (self == nullptr) return;
        self->loop_->post([weak, sequence, error] {
          const auto again = weak.lock();
          const bool present = again != nullptr && again->open_ != nullptr &&
                               again->open_->start().sequence == sequence;
          if (present) again->abandonSegment(error);
        });
      });
}

void SegmentRecorder::sealWhereDue(const AccessUnit& unit) {
  const int64_t oldest = open_->oldestUnsealedMicros();
  if (oldest != 0 && sealTick(unit.arrivalMicros) > sealTick(oldest)) {
    open_->seal();
    open_->syncWhereDue(monotonicMicros());
  }
  // What waits gets its turn even if the camera falls silent now.
  if (open_->oldestUnsealedMicros() != 0 || open_->pendingBytes() > 0) scheduleSeal();
}

void SegmentRecorder::scheduleSeal() {
  if (sealScheduled_) return;
  sealScheduled_ = true;
  const int64_t now = monotonicMicros();
  loop_->schedule((sealTick(now) + 1) * kSealIntervalMs * 1000 - now, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->onSealTimer();
  });
}

void SegmentRecorder::onSealTimer() {
  sealScheduled_ = false;
  const int64_t now = monotonicMicros();
  if (ending_ && now - ending_->sinceMicros > kMaxEndingMicros) finishEnding();
  if (open_ == nullptr) return;
  const int64_t oldest = open_->oldestUnsealedMicros();
  const bool young = oldest != 0 && sealTick(now) == sealTick(oldest);
  try {
    if (!young && (oldest != 0 || open_->pendingBytes() > 0)) open_->seal();
    open_->syncWhereDue(now);
  } catch (const Error& error) {
    abandonSegment(error);
    return;
  }
  const bool again = young || open_->pendingBytes() > 0 || open_->needsSync();
  if (again || ending_) scheduleSeal();
}

void SegmentRecorder::finishSegment(SegmentEnd why, const AccessUnit* next) {
  if (next == nullptr) releaseSound(INT64_MAX);
  finishEnding();
  if (open_ == nullptr) return;
  const auto lastEnd = static_cast<int64_t>(
      std::llround(static_cast<double>(open_->lastPtsMicros() + open_->frameMicros()) / 1000.0));
  int64_t endMs = open_->start().startMs + lastEnd;
  if (why == SegmentEnd::kCut && next != nullptr) {
    endMs = static_cast<int64_t>(std::llround(timeline_.wallMs(*next)));
  }
  Ending ending{std::move(open_), why, endMs};
  if (why == SegmentEnd::kCut && next != nullptr && awaitSound(ending, *next)) return;
  complete(ending);
}

void SegmentRecorder::complete(Ending& ending) {
  OpenSegment& segment = *ending.segment;
  try {
    const uint64_t size = segment.finish();
    const OpenSegment::Start& start = segment.start();
    files_->noteRate(segment.plaintextBytes(), segment.lastPtsMicros());
    stats_.bytesWritten += size;
    ++stats_.segmentsWritten;
    SegmentEvent event{.path = segment.path(),
                       .keyId = segment::formatUuid(start.keyId),
                       .formatVersion = options_.formatVersion,
                       .startMs = start.startMs,
                       .endMs = std::max(ending.endMs, start.startMs + 1),
                       .fileSize = size,
                       .frames = segment.frames(),
                       .audioFrames = segment.audioFrames(),
                       .sequence = start.sequence,
                       .run = start.run,
                       .event = start.event,
                       .end = ending.why,
                       .parameters = segment.parameters(),
                       .audio = start.audio};
    ending.segment.reset();
    listener_(std::move(event));
  } catch (const Error& error) {
    reportAbandoned(error);
  }
}

void SegmentRecorder::abandonSegment(const Error& error) {
  open_.reset();
  abandoned_ = true;
  reportAbandoned(error);
}

/// The file stays as it is: its whole chunks are authentic and the next start recovers them.
void SegmentRecorder::reportAbandoned(const Error& error) {
  newRun_ = true;
  listener_(RecorderErrorEvent{wallMillis(), error.code(), error.what()});
}

void SegmentRecorder::loseFrame(const AccessUnit& unit, const char* reason) {
  if (abandoned_ && std::string_view(reason) == kWaiting) reason = "storage";
  if (gap_.frames == 0) gap_ = {unit.arrivalWallMs, unit.arrivalWallMs, 0, reason};
  // Waiting is how every gap ends, and often how one begins: what failed beside it is the reason.
  if (gap_.reason == kWaiting) gap_.reason = reason;
  gap_.toMs = unit.arrivalWallMs;
  ++gap_.frames;
  ++stats_.framesDropped;
}

void SegmentRecorder::reportGap() {
  if (gap_.frames > 0) listener_(std::exchange(gap_, GapEvent{}));
}

void SegmentRecorder::reportShed(const TapQueue::Shed& shed) {
  if (shed.frames == 0) return;
  ++stats_.overflows;
  // The next frame's time may follow the last one's by seconds: that is a hole, not a slow picture.
  finishSegment(SegmentEnd::kOverflow, nullptr);
  newRun_ = true;
  listener_(GapEvent{shed.fromMs, shed.toMs, shed.frames, "overflow"});
}

void SegmentRecorder::close() {
  if (closed_.exchange(true)) return;
  auto finished = std::make_shared<std::promise<void>>();
  auto done = finished->get_future();
  loop_->post([self = shared_from_this(), finished] {
    self->drain();
    self->reportShed(self->queue_.takeShed());
    self->finishSegment(SegmentEnd::kClosed, nullptr);
    self->reportGap();
    self->preRoll_.clear();
    finished->set_value();
  });
  done.wait();
}

}  // namespace flux
