// Decodes one stream for all who want its pictures: a tap with a bounded queue, worked off piece by
// piece on the engine's decode threads.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/strand.h"
#include "engine/decode_session.h"
#include "engine/decoder_backends.h"
#include "engine/engine.h"
#include "engine/quality.h"
#include "engine/stream_decoder_events.h"
#include "engine/tap.h"
#include "engine/tap_queue.h"
#include "video/decoder.h"

namespace flux {

class StreamSwitch;
class Camera;

struct StreamDecoderOptions {
  std::string name;  ///< a camera's id: whose memory it is
  DecoderBackend backend = DecoderBackend::kAuto;
  Quality quality = Quality::kFullscreen;
  /// Instead of the quality's; 0: no limit.
  std::optional<double> maxFrameRate;
  bool keyFramesOnly = false;  ///< also where the quality does not ask for it
  /// Instead of what the stream says of its colours.
  std::optional<video::ColourSpec> colour;
  int threads = 1;                    ///< of libavcodec, see video::DecoderOptions
  size_t maxQueuedBytes = 16U << 20;  ///< of units that wait to be decoded
};

struct StreamDecoderStats {
  const char* backend = "";  ///< "libavcodec", "nvdec"; empty before the first key frame
  bool onGpu = false;
  std::optional<StreamKind> shown;  ///< of a camera's streams
  uint64_t switches = 0;            ///< from one of them to the other

  uint64_t unitsIn = 0;       ///< that came, of the stream that is shown
  uint64_t unitsDropped = 0;  ///< decoding did not keep up with them
  /// Left out before decoding: not wanted at this quality and needed by no other unit, or in front
  /// of the key frame that decoding has to begin with.
  uint64_t unitsSkipped = 0;
  uint64_t framesOut = 0;      ///< decoded
  uint64_t framesLimited = 0;  ///< of these, not delivered because of the frame rate
  /// Decoded and not delivered: those who hold pictures hold all the surfaces that a GPU's decoder
  /// has for them.
  uint64_t framesDropped = 0;
  uint64_t framesConcealed = 0;  ///< of framesOut
  uint64_t framesSlow = 0;       ///< took longer than a second to decode
  uint64_t errors = 0;           ///< units that gave no picture, and decoders that failed
  uint64_t decodersMade = 0;
  uint64_t rebuilds = 0;   ///< of these, because the one before had failed
  uint64_t fallbacks = 0;  ///< of decodersMade, on the CPU although the GPU was wanted
  /// Of decodersMade, given up because nobody wanted the pictures and another stream had no room on
  /// the GPU.
  uint64_t sessionsGivenUp = 0;
  uint64_t keyFrameRequests = 0;

  uint64_t decodeMicros = 0;      ///< sum over all units
  uint64_t maxDecodeMicros = 0;   ///< of one unit
  uint64_t latencyMicros = 0;     ///< last: from the arrival of a unit to its picture
  uint64_t latencySumMicros = 0;  ///< over framesOut
  uint64_t queuedUnits = 0;
  uint64_t queuedBytes = 0;
  uint64_t memoryBytes = 0;  ///< see video::Decoder::memoryBytes()
};

/// Any thread, unless said otherwise. Recording and other taps never wait for it, nor it for whom
/// it delivers to.
class StreamDecoder final : public Tap,
                            public GpuTenant,
                            public std::enable_shared_from_this<StreamDecoder> {
 public:
  /// Called on a decode thread, or on that which pushes: must be quick, and must not throw.
  using Listener = std::function<void(const StreamDecoderEvent&)>;
  using Sink = std::function<void(const video::DecodedFrame&)>;

  /// Keeps a sink connected. When it goes, the sink is not running and is not called any more,
  /// unless it is the sink itself that lets go of it.
  class Subscription final {
   public:
    Subscription(Subscription&&) noexcept = default;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription() { reset(); }
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    void reset();

   private:
    friend class StreamDecoder;
    struct Entry;
    explicit Subscription(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
    std::shared_ptr<Entry> entry_;
  };

  /// Decodes what `camera` sends, or, where that is null, what push() is given. Made by
  /// DecoderPool.
  static std::shared_ptr<StreamDecoder> make(std::shared_ptr<Engine> engine,
                                             const std::shared_ptr<DecoderBackends>& backends,
                                             const std::shared_ptr<Camera>& camera,
                                             const StreamDecoderOptions& options,
                                             Listener listener);
  ~StreamDecoder() override;
  StreamDecoder(const StreamDecoder&) = delete;
  StreamDecoder& operator=(const StreamDecoder&) = delete;

  /// `sink` gets every picture that is delivered, in the order of presentation, on a decode thread:
  /// it must be quick and must not throw. A FrameQueue waits for those who are not.
  ///
  /// Where `busy` is given and true, no further unit is decoded until resume(): for who must not
  /// miss a picture. Asked on a decode thread. Not for cameras, which do not wait.
  [[nodiscard]] Subscription subscribe(Sink sink, std::function<bool()> busy = {});
  void resume();

  /// Which stream and how many pictures. The stream changes at its next key frame.
  void setQuality(Quality quality);
  /// As in StreamDecoderOptions.
  void setLimits(std::optional<double> maxFrameRate, bool keyFramesOnly);

  // Without a camera. One thread at a time.

  /// False where the queue is full: try again when `drained` was called. The first unit and the one
  /// behind a gap are key frames. A hidden unit's picture is decoded for others and not delivered.
  /// Throws ERR_LIMIT for a unit beyond maxQueuedBytes.
  bool push(AccessUnitPtr unit, bool hidden = false);
  /// No units follow those pushed so far; their pictures all come out. What follows begins with a
  /// key frame. `done` is called on a decode thread; never where the decoder is closed before.
  void pushEnd(std::function<void()> done);
  /// Called on a decode thread whenever fewer than kDrained units wait and more did before, and
  /// where one was taken after push() had refused another.
  void onDrained(std::function<void()> drained);
  static constexpr uint64_t kDrained = 8;

  /// After it returns no sink and no listener is called any more (unless it is called by one).
  /// Idempotent. Not on the engine's recording and sync threads.
  void close();
  [[nodiscard]] StreamDecoderStats stats() const;

  // Tap: on the camera's network thread.
  void onAccessUnit(const AccessUnitPtr& unit) override;
  void onStreamEnd() override;

  // GpuTenant. Units that were pushed are wanted by who pushed them: only what came as a tap's can
  // be idle, without a subscription.
  [[nodiscard]] int64_t idleSinceMicros() const override;
  bool giveUp() override;

 private:
  using EntryPtr = std::shared_ptr<Subscription::Entry>;

  StreamDecoder(std::shared_ptr<Engine> engine, std::shared_ptr<DecoderBackends> backends,
                const StreamDecoderOptions& options, Listener listener);

  bool step();
  [[nodiscard]] bool isWatched() const;
  [[nodiscard]] bool isHeldUp() const;
  /// False where nothing more can be done at present.
  bool takeOne();
  void deliver(video::DecodedFrame&& frame);
  void applyLimits();
  [[nodiscard]] DecodeSession::Limits wantedLimits() const;
  void watchForStall();

  // Order matters: the engine's threads go last.
  const std::shared_ptr<Engine> engine_;
  const StreamDecoderOptions options_;
  const Listener listener_;
  TapQueue queue_;
  std::atomic<uint64_t> unitsIn_{0};
  std::atomic<uint64_t> unitsDropped_{0};
  std::atomic<uint64_t> queuedUnits_{0};
  std::atomic<bool> refused_{false};  ///< push() found the queue full
  std::atomic<int64_t> stallSaid_{0};

  mutable std::mutex mutex_;  ///< of what follows, up to the session
  Quality quality_;
  std::optional<double> maxFrameRate_;
  bool keyFramesOnly_ = false;
  std::shared_ptr<const std::vector<EntryPtr>> sinks_;
  std::deque<std::function<void()>> ends_;
  std::set<int64_t> hidden_;  ///< media times, microseconds
  std::function<void()> drained_;
  std::atomic<bool> closed_{false};
  std::atomic<bool> limitsChanged_{true};

  const int64_t madeMicros_;
  std::atomic<bool> pushed_{false};

  // With the mutex held, which the strand does while it works.
  std::mutex sessionMutex_;
  std::unique_ptr<DecodeSession> session_;
  bool yielded_ = false;

  std::shared_ptr<StreamSwitch> view_;
  std::shared_ptr<Strand> strand_;
};

}  // namespace flux
