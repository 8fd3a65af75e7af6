// Which of a camera's streams viewers of one quality are served from, and whether as it is.
#pragma once

#include <optional>

#include "codec/access_unit.h"
#include "engine/quality.h"
#include "video/frame.h"

namespace flux {

/// What a group of viewers is to be sent.
struct EncodeTarget {
  Codec codec = Codec::kH264;  ///< kH264 or kH265
  /// What the picture is to fit into, in pixels. It keeps its shape and is never enlarged.
  video::Size box{1280, 720};
  double frameRate = 25;        ///< at most
  int64_t bitrate = 2'000'000;  ///< at most, bits per second
  /// Send a stream of the camera as it is where it keeps to all that.
  bool passthrough = true;

  bool operator==(const EncodeTarget&) const = default;
};

/// What is known of one of a camera's streams.
struct StreamFacts {
  CodecParametersPtr parameters;  ///< nullptr: nothing yet
  // Measured; 0: not yet.
  double frameRate = 0;
  double bitrate = 0;

  /// The measured rate, else the declared one, else 0.
  [[nodiscard]] double knownFrameRate() const;
};

/// Measures a stream from one key frame to another, at least kMinSeconds of media at a time.
class StreamMeter final {
 public:
  static constexpr double kMinSeconds = 2;
  /// With key frames further apart, from anywhere to anywhere.
  static constexpr double kMaxSeconds = 10;

  /// True where the facts changed: other parameters, or measured anew.
  bool push(const AccessUnit& unit);
  /// What comes next has another clock.
  void restart() noexcept { running_ = false; }
  [[nodiscard]] const StreamFacts& facts() const noexcept { return facts_; }

 private:
  void begin(const AccessUnit& unit);

  StreamFacts facts_;
  bool running_ = false;
  int64_t startTime_ = 0;  ///< media time
  uint64_t bytes_ = 0;
  uint64_t frames_ = 0;
};

struct EncodeRoute {
  StreamKind stream = StreamKind::kMain;
  bool passthrough = false;

  bool operator==(const EncodeRoute&) const = default;
};

/// `size` within `box`, of the same shape, never larger than it is, even in both directions.
video::Size fitWithin(video::Size size, video::Size box);

/// `sub` is nullptr where the camera has none. Passthrough before encoding; of two streams that fit
/// the larger; a sub stream is encoded where it is large and fast enough for `target`. A stream
/// that is passed through already may exceed the bitrate a little before it no longer fits.
EncodeRoute chooseRoute(const EncodeTarget& target, const StreamFacts& main, const StreamFacts* sub,
                        std::optional<EncodeRoute> current);

}  // namespace flux
