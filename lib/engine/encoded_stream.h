// What all viewers of one quality of a camera are sent: a stream of the camera as it is where that
// keeps to the target, else one that is decoded and encoded once for all of them.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/camera.h"
#include "engine/encode_route.h"
#include "engine/frame_encoder.h"
#include "engine/tap_fanout.h"

namespace flux {

/// From now on viewers get this.
struct EncodeRouteEvent {
  EncodeRoute route;
};
using EncodedStreamEvent = std::variant<EncodeRouteEvent, EncoderBackendEvent, EncoderErrorEvent>;

struct EncodedStreamOptions {
  EncodeTarget target;
  EncoderBackend backend = EncoderBackend::kAuto;
  int threads = 1;          ///< see video::EncoderOptions
  int64_t lingerMs = 5000;  ///< how long it goes on without viewers

  /// Do viewers of both get the same?
  [[nodiscard]] bool isShared(const EncodedStreamOptions& other) const {
    return target == other.target && backend == other.backend;
  }
};

struct EncodedStreamStats {
  std::optional<EncodeRoute> route;  ///< empty while nothing is delivered
  size_t viewers = 0;
  uint64_t switches = 0;      ///< from one route to another
  uint64_t framesPassed = 0;  ///< delivered as they came from the camera
  uint64_t bytesPassed = 0;
  uint64_t framesSkipped = 0;  ///< encoded, but seen already when the route changed
  FrameEncoderStats encoder;   ///< sums over all that there were
};

class EncodedStream final : public std::enable_shared_from_this<EncodedStream> {
 public:
  /// Makes the pictures of one of the source's streams come, on decode threads, at most so many a
  /// second, as long as what it returns lives. Called on a decode thread. Throws.
  using OpenPictures =
      std::function<std::shared_ptr<void>(StreamKind stream, double maxFrameRate,
                                          std::function<void(const video::DecodedFrame&)> sink)>;
  /// Called on any of the engine's threads; must be quick and must not call back.
  using Listener = std::function<void(const EncodedStreamEvent&)>;

  /// How long to wait for the parameters of a second stream once those of the first are known.
  static constexpr int64_t kScoutMicros = 2'000'000;

  /// Without `camera` the pictures' stream is all that there is: nothing is passed through.
  static std::shared_ptr<EncodedStream> make(std::shared_ptr<Engine> engine,
                                             std::shared_ptr<EncoderBackends> backends,
                                             std::shared_ptr<Camera> camera,
                                             OpenPictures openPictures,
                                             const EncodedStreamOptions& options,
                                             Listener listener);
  ~EncodedStream();
  EncodedStream(const EncodedStream&) = delete;
  EncodedStream& operator=(const EncodedStream&) = delete;

  // Any thread but the engine's network, recording and sync threads.

  /// `tap` begins with a key frame: the last one with all that followed where a stream is passed
  /// through, else one that is made for it. It is called from several threads, one at a time, and
  /// does not call back.
  void addTap(std::shared_ptr<Tap> tap);
  /// After it returns the tap is not called again.
  void removeTap(const std::shared_ptr<Tap>& tap);
  /// The next picture becomes a key frame. False where nothing is encoded: only the camera can.
  bool requestKeyFrame();
  /// For all viewers, at once. Throws ERR_INVALID_ARGUMENT.
  void setBitrate(int64_t bitsPerSecond);
  [[nodiscard]] EncodedStreamOptions options() const;
  [[nodiscard]] EncodedStreamStats stats() const;
  /// After it returns no tap and no listener is called any more. Idempotent.
  void close();

 private:
  class Side;
  /// One way in which viewers are served; of an encoded one, what makes the units.
  struct Branch {
    EncodeRoute route;
    std::unique_ptr<FrameEncoder> encoder;
    std::shared_ptr<void> pictures;
    /// Media time up to which viewers have seen the same pictures, of a unit's clock in
    /// microseconds.
    std::optional<int64_t> seenUntil;
    ~Branch();
  };
  struct Key {};

 public:
  EncodedStream(Key key, std::shared_ptr<Engine> engine, std::shared_ptr<EncoderBackends> backends,
                std::shared_ptr<Camera> camera, OpenPictures openPictures,
                const EncodedStreamOptions& options, Listener listener);

 private:
  // The control strand's: everything that may take its time.
  void review();
  void listen(bool main, bool sub);
  void follow(const EncodeRoute& route);
  std::shared_ptr<Branch> makeBranch(const EncodeRoute& route);
  void stop();
  [[nodiscard]] std::optional<EncodeRoute> wantedRoute();
  void wakeIn(int64_t delayMicros);

  void onAccessUnit(StreamKind stream, const AccessUnitPtr& unit, const LastGroup& before);
  void pass(const AccessUnitPtr& unit);  // with the mutex held
  void onStreamEnd(StreamKind stream);
  void onEncoded(const Branch* branch, const AccessUnitPtr& unit);
  void promote();  // with the mutex held
  void countEncoder(const Branch& branch);

  const std::shared_ptr<Engine> engine_;
  const std::shared_ptr<EncoderBackends> backends_;
  const std::shared_ptr<Camera> camera_;
  const OpenPictures openPictures_;
  const Listener listener_;
  const LoopLease loop_;  ///< for timers
  std::shared_ptr<Strand> control_;

  TapFanout fanout_;
  mutable std::mutex mutex_;  ///< of what follows; taps are called with it held
  EncodedStreamOptions options_;
  std::shared_ptr<Branch> active_;  ///< whose units go to the viewers
  std::shared_ptr<Branch> next_;    ///< takes over with its first key frame
  std::vector<std::shared_ptr<Branch>> retired_;
  std::array<StreamFacts, 2> facts_;  ///< by StreamKind
  std::optional<int64_t> idleSince_;  ///< monotonic; empty while there are viewers
  int64_t lastTime_ = 0;              ///< of the last unit that was delivered, microseconds
  bool closed_ = false;
  EncodedStreamStats stats_;

  // The control strand's alone.
  std::array<std::shared_ptr<Side>, 2> sides_;  ///< by StreamKind
  std::optional<int64_t> scoutingSince_;        ///< monotonic
};

}  // namespace flux
