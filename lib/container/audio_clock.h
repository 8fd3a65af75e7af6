// Where audio units stand on the sample clock of a track to be written.
// Internal to lib/container.
#pragma once

#include <cstdint>
#include <optional>

namespace flux {

/// The times of units come rounded (Matroska: to milliseconds), and a camera's clock drifts against
/// ours. Units that follow each other are laid end to end, and only a deviation that an ear or an
/// eye on the lips could notice is taken over, all of it.
class AudioClock final {
 public:
  explicit AudioClock(int sampleRate) : sampleRate_(sampleRate) {}

  /// The position in samples of the unit of `samples` that begins at `ptsMicros`. Two units overlap
  /// or leave a hole only where their times do so by more than 20 ms.
  int64_t place(int64_t ptsMicros, int64_t samples);

 private:
  int sampleRate_;
  std::optional<int64_t> end_;
};

}  // namespace flux
