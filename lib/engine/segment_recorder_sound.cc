// The recorder's sound: it is written as if it had arrived together with its pictures, so each
// segment holds the sound of its own pictures, whichever of the two the camera sends later.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "engine/open_segment.h"
#include "engine/segment_recorder.h"

namespace flux {
namespace {

/// Sound from further before the segment's first picture belongs to none of its pictures.
constexpr double kMaxEarlyMs = 1000;
/// The same where reports tell to which picture it belongs.
constexpr double kMaxEarlyByReportsMs = 10;
/// Longer than jitter, so that the end of a segment has its sound.
constexpr int64_t kLateSoundMicros = 200000;

}  // namespace

void SegmentRecorder::releaseSound(int64_t nowMicros) {
  while (!waitingSound_.empty()) {
    const double waitMs = std::max(sound_.correctionMs(), 0.0);
    const int64_t due = waitingSound_.front()->arrivalMicros + std::llround(waitMs * 1000);
    if (due > nowMicros) break;
    const AccessUnitPtr unit = std::move(waitingSound_.front());
    waitingSound_.pop_front();
    recordAudio(unit, due);
  }
  if (ending_ && nowMicros > ending_->untilMicros) finishEnding();
}

void SegmentRecorder::recordAudio(const AccessUnitPtr& unit, int64_t nowMicros) {
  // Where nothing announced it, or announced another: from the next segment on.
  if (audio_ == nullptr || !sameParameters(*audio_, *unit->parameters)) audio_ = unit->parameters;
  const bool fits = open_ != nullptr && open_->start().audio != nullptr &&
                    sameParameters(*open_->start().audio, *audio_);
  const std::optional<double> wallMs = fits ? sound_.place(*unit) : std::nullopt;
  if (!wallMs) {
    ++stats_.audioFramesDropped;
    return;
  }
  const double fromStartMs = *wallMs - static_cast<double>(open_->start().startMs);
  const bool late = fromStartMs < 0 && ending_;
  const double earliest =
      sound_.correctionMs() < -SoundPlacement::kLeastStepMs ? kMaxEarlyByReportsMs : kMaxEarlyMs;
  if (!late && fromStartMs < -earliest) {
    ++stats_.audioFramesDropped;
    return;
  }
  OpenSegment& segment = late ? *ending_->segment : *open_;
  try {
    const double ptsMs = *wallMs - static_cast<double>(segment.start().startMs);
    segment.writeAudio(unit, std::llround(ptsMs * 1000), nowMicros);
    ++stats_.audioFramesWritten;
    if (!late) sealWhereDue(*unit);
  } catch (const Error& error) {
    if (!late) return abandonSegment(error);
    ending_.reset();
    reportAbandoned(error);
  }
}

bool SegmentRecorder::awaitSound(Ending& ending, const AccessUnit& next) {
  const CodecParametersPtr& audio = ending.segment->start().audio;
  const double lateMs = -sound_.correctionMs();
  if (lateMs < SoundPlacement::kLeastStepMs || audio == nullptr) return false;
  try {
    ending.segment->seal();
  } catch (const Error&) {
    return false;  // completing it fails too, and says so
  }
  ending.untilMicros = next.arrivalMicros + std::llround(lateMs * 1000) + kLateSoundMicros;
  ending.sinceMicros = monotonicMicros();
  ending_ = std::move(ending);
  scheduleSeal();
  return true;
}

void SegmentRecorder::finishEnding() {
  if (!ending_) return;
  Ending ending = std::move(*ending_);
  ending_.reset();
  complete(ending);
}

}  // namespace flux
