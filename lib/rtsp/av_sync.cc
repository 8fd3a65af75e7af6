// When reports are believed.
#include "rtsp/av_sync.h"

#include <cstdlib>

namespace flux::rtsp {

void AvSync::begin(SenderClock& picture, SenderClock& sound, int64_t nowMicros) {
  end();
  if (policy_ == Policies::AvSync::kArrival) return;
  picture_ = &picture;
  sound_ = &sound;
  beganMicros_ = nowMicros;
}

void AvSync::end() {
  picture_ = sound_ = nullptr;
  everKnown_ = missingCounted_ = believed_ = false;
}

void AvSync::onReport(const SenderClock& clock, SenderClock::Verdict verdict) {
  if (picture_ == nullptr || (&clock != picture_ && &clock != sound_)) return;
  if (verdict == SenderClock::Verdict::kNoTime) return;
  if (verdict == SenderClock::Verdict::kUnsteady) {
    quirks_.hit(Quirk::kSenderClockUnsteady);
    // The other track's reports may be from before the clock was set.
    (&clock == picture_ ? sound_ : picture_)->forgetReports();
  }
  believed_ = isKnown();
  if (!believed_) return;
  everKnown_ = true;
  pictureGeneration_ = picture_->generation();
  soundGeneration_ = sound_->generation();
  if (std::llabs(picture_->latencyMicros() - sound_->latencyMicros()) <= kMaxApartMicros) return;
  believed_ = false;
  quirks_.hit(Quirk::kSenderClocksApart);
}

void AvSync::onTime(int64_t nowMicros) {
  if (picture_ == nullptr || everKnown_ || missingCounted_) return;
  if (nowMicros - beganMicros_ < kPatienceMicros) return;
  missingCounted_ = true;
  quirks_.hit(Quirk::kSenderReportMissing);
}

std::optional<int64_t> AvSync::pictureTime(int64_t soundTime) const {
  if (!believed_ || pictureGeneration_ != picture_->generation() ||
      soundGeneration_ != sound_->generation()) {
    return std::nullopt;
  }
  const int64_t ntp = sound_->toMicros(soundTime) + sound_->offsetMicros();
  return picture_->toMediaTime(ntp - picture_->offsetMicros());
}

}  // namespace flux::rtsp
