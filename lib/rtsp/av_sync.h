// Lip sync: which moment of a camera's picture a moment of its sound belongs to, by the sender
// reports of both tracks.
#pragma once

#include <cstdint>
#include <optional>

#include "rtsp/policies.h"
#include "rtsp/quirk.h"
#include "rtsp/sender_clock.h"

namespace flux::rtsp {

/// Both tracks of one connection. Reports are believed where both tracks have them and where what
/// they say of the delay between picture and sound does not leave what arrival says by more than
/// kMaxApartMicros; otherwise nothing is said, and a quirk counts why.
class AvSync final {
 public:
  /// Encoders delay pictures by some hundred milliseconds; a camera that claims more lies.
  static constexpr int64_t kMaxApartMicros = 2000000;
  /// So long after a connection's begin both tracks should have reported twice.
  static constexpr int64_t kPatienceMicros = 30000000;

  AvSync(Policies::AvSync policy, QuirkCounters& quirks) : policy_(policy), quirks_(quirks) {}

  /// A connection begins to play both tracks. The clocks outlive the connection, or end() it.
  void begin(SenderClock& picture, SenderClock& sound, int64_t nowMicros);
  void end();

  /// `clock`, one of the two, took a report with this verdict.
  void onReport(const SenderClock& clock, SenderClock::Verdict verdict);
  /// Now and then: counts, once per connection, that there are no reports to go by.
  void onTime(int64_t nowMicros);

  /// The media time of the picture track at which sound of this media time was heard; empty where
  /// that is not known, or not believed.
  [[nodiscard]] std::optional<int64_t> pictureTime(int64_t soundTime) const;

 private:
  [[nodiscard]] bool isKnown() const { return picture_->isKnown() && sound_->isKnown(); }

  const Policies::AvSync policy_;
  QuirkCounters& quirks_;
  SenderClock* picture_ = nullptr;
  SenderClock* sound_ = nullptr;
  int64_t beganMicros_ = 0;
  bool everKnown_ = false;
  bool missingCounted_ = false;
  // Which state of the clocks was believed.
  bool believed_ = false;
  uint64_t pictureGeneration_ = 0;
  uint64_t soundGeneration_ = 0;
};

}  // namespace flux::rtsp
