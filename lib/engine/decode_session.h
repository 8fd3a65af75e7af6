// One stream through one decoder after another: makes them, watches them, makes another where one
// fails, and leaves out what nobody wants to see. Internal to lib/engine.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/decoder_backends.h"
#include "engine/frame_rate_limit.h"
#include "engine/stream_decoder_events.h"
#include "video/decoder.h"

namespace flux {

/// Used by one thread at a time, but for counters(). Its clock is the arrival of the units.
class DecodeSession final {
 public:
  /// A decoder that gave no picture for so many units, beyond those that it may hold back, is done
  /// with.
  static constexpr uint64_t kUnitsWithoutPicture = 20;
  /// What comes after a decoder that failed waits: not at all, then this long, then twice as long
  /// each time. So many pictures without another failure, and all is forgotten.
  static constexpr int64_t kFirstWaitMicros = 500'000;
  static constexpr int64_t kLongestWaitMicros = 60'000'000;
  static constexpr uint64_t kPicturesToTrust = 50;
  static constexpr int64_t kSlowMicros = 1'000'000;
  static constexpr int64_t kKeyFrameWantedEveryMicros = 1'000'000;

  struct Options {
    DecoderBackend backend = DecoderBackend::kAuto;
    std::optional<video::ColourSpec> colour;
    int threads = 1;
    std::string name;  ///< whose memory it is
  };
  struct Limits {
    double framesPerSecond = 0;  ///< 0: no limit
    bool keyFramesOnly = false;
  };
  using Deliver = std::function<void(video::DecodedFrame&&)>;
  using Report = std::function<void(const StreamDecoderEvent&)>;

  DecodeSession(std::shared_ptr<DecoderBackends> backends, Options options, Deliver deliver,
                Report report);
  DecodeSession(const DecodeSession&) = delete;
  DecodeSession& operator=(const DecodeSession&) = delete;

  void setLimits(Limits limits);
  void decode(const AccessUnitPtr& unit);
  /// Delivers what is complete; with `wait` all that what was decoded is enough for.
  void collect(bool wait);
  /// Are pictures under way that a later collect() gives?
  [[nodiscard]] bool isUnderWay() const { return decoder_ != nullptr && onGpu_ && awaited_ > 0; }
  /// Units are missing here; what comes next is a key frame.
  void gap();
  /// The stream ends here: delivers what was held back.
  void end();
  /// Lets go of the decoder. Counters stay.
  void close() { drop(); }
  /// The same for the time being: units are skipped until comeBack(), which begins with a key
  /// frame.
  void park();
  void comeBack();
  [[nodiscard]] bool isParked() const noexcept { return parked_; }

  struct Counters {
    std::atomic<const char*> backend{""};
    std::atomic<bool> onGpu{false};
    std::atomic<uint64_t> unitsSkipped{0};
    std::atomic<uint64_t> framesOut{0};
    std::atomic<uint64_t> framesLimited{0};
    std::atomic<uint64_t> framesConcealed{0};
    std::atomic<uint64_t> framesDropped{0};
    std::atomic<uint64_t> framesSlow{0};
    std::atomic<uint64_t> errors{0};
    std::atomic<uint64_t> decodersMade{0};
    std::atomic<uint64_t> rebuilds{0};
    std::atomic<uint64_t> fallbacks{0};
    std::atomic<uint64_t> sessionsGivenUp{0};
    std::atomic<uint64_t> keyFrameRequests{0};
    std::atomic<uint64_t> decodeMicros{0};
    std::atomic<uint64_t> maxDecodeMicros{0};
    std::atomic<uint64_t> latencyMicros{0};
    std::atomic<uint64_t> latencySumMicros{0};
    std::atomic<uint64_t> memoryBytes{0};
    /// Monotonic, when the work that is under way began; 0: none is.
    std::atomic<int64_t> busySinceMicros{0};
  };
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

 private:
  /// Calls into the decoder; what it throws is dealt with. False where there is no picture for it.
  bool guarded(const std::function<void(video::Decoder&)>& call);
  void onKeyFrame(const AccessUnit& unit);
  void noticeLoss();
  bool prepare(const AccessUnit& unit);
  void build(const AccessUnit& unit);
  [[nodiscard]] bool isWanted(const AccessUnit& unit) const;
  void submit(const AccessUnit& unit);
  void noteMemory();
  void deliverAll();
  void deliver(video::DecodedFrame&& frame);
  void fail(const std::string& code, const std::string& message);
  void drop();
  void wantKeyFrame();
  void say(const std::string& code, const std::string& message);

  const std::shared_ptr<DecoderBackends> backends_;
  const Options options_;
  const Deliver deliver_;
  const Report report_;
  Counters counters_;

  Limits limits_;
  FrameRateLimit rate_;
  std::unique_ptr<video::Decoder> decoder_;
  std::vector<video::DecodedFrame> out_;
  CodecParametersPtr parameters_;  ///< of the last key frame
  bool hopeless_ = false;          ///< no backend decodes these
  uint64_t generation_ = 0;        ///< of the backends, when the decoder was made
  std::string backendSaid_;        ///< in the last event, with the reason
  std::string avoidGpu_;           ///< why the GPU is no choice for these parameters
  uint64_t dropped_ = 0;           ///< by this decoder
  bool onGpu_ = false;
  bool needsKeyFrame_ = true;
  bool parked_ = false;
  bool toCpu_ = false;     ///< the decoder failed just now, and the CPU's need not
  bool failed_ = false;    ///< the decoder before this one
  uint64_t awaited_ = 0;   ///< units since the last picture
  uint64_t trust_ = 0;     ///< pictures since the last failure
  unsigned failures_ = 0;  ///< without trust in between
  int64_t nowMicros_ = 0;  ///< arrival of the unit that is decoded
  int64_t notBeforeMicros_ = INT64_MIN;
  int64_t keyFrameWantedMicros_ = INT64_MIN;
  int64_t keyTimestamp_ = INT64_MIN;  ///< the last key frame's
  bool askedSinceKey_ = false;        ///< for a key frame, because of damage
  // Pictures of units that came from here up to there are made of damaged ones; none where equal.
  int64_t damagedFromMicros_ = 0;
  int64_t damagedToMicros_ = 0;
};

}  // namespace flux
