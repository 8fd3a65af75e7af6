// Encodes the pictures of one decoder on the engine's decode threads: once, for all who watch.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "base/strand.h"
#include "engine/encode_route.h"
#include "engine/encoder_backends.h"
#include "engine/engine.h"
#include "engine/frame_rate_limit.h"
#include "video/decoder.h"

namespace flux {

/// Another encoder encodes now, or one of another backend or size.
struct EncoderBackendEvent {
  std::string backend;  ///< "libx264", "libopenh264", "libx265", "nvenc"
  std::string reason;   ///< why not NVENC, where it was to be; else empty
  video::Size size;
};
/// A picture was not encoded, or no encoder could be made; it goes on with one made anew.
struct EncoderErrorEvent {
  std::string code;
  std::string message;
};
using FrameEncoderEvent = std::variant<EncoderBackendEvent, EncoderErrorEvent>;

struct FrameEncoderStats {
  const char* backend = "";  ///< empty before the first picture
  video::Size size;
  int64_t bitrate = 0;         ///< that is asked for
  uint64_t framesIn = 0;       ///< pictures that came
  uint64_t framesLimited = 0;  ///< of these, left out because of the frame rate
  uint64_t framesDropped = 0;  ///< of these, overtaken by a newer one: encoding did not keep up
  uint64_t framesOut = 0;
  uint64_t keyFrames = 0;  ///< of framesOut
  uint64_t keyFrameRequests = 0;
  uint64_t bytesOut = 0;
  uint64_t errors = 0;
  uint64_t encodersMade = 0;
  uint64_t encodeMicros = 0;     ///< sum over framesOut
  uint64_t maxEncodeMicros = 0;  ///< of one

  /// Adds the counters of another encoder; what is not counted is the newer one's, `other`'s.
  FrameEncoderStats& operator+=(const FrameEncoderStats& other);
};

/// Any thread. A picture that comes while another one waits takes its place: who watches sees the
/// newest, and the decoder is never held up.
class FrameEncoder final {
 public:
  struct Options {
    EncodeTarget target;  ///< its `passthrough` means nothing here
    /// Of the pictures, where it is known and lower than the target's: what the rate control
    /// counts with.
    double sourceFrameRate = 0;
    EncoderBackend backend = EncoderBackend::kAuto;
    int threads = 1;  ///< see video::EncoderOptions
  };
  /// Key frames are never further apart.
  static constexpr double kKeyFrameSeconds = 2;
  /// Where no encoder can be made, the next attempt.
  static constexpr int64_t kRetryMicros = 1'000'000;

  /// Called on a decode thread, one at a time, with what became of each picture.
  using Sink = std::function<void(const AccessUnitPtr&)>;
  /// Called on a decode thread.
  using Listener = std::function<void(const FrameEncoderEvent&)>;

  FrameEncoder(std::shared_ptr<Engine> engine, std::shared_ptr<EncoderBackends> backends,
               const Options& options, Sink sink, Listener listener);
  ~FrameEncoder();
  FrameEncoder(const FrameEncoder&) = delete;
  FrameEncoder& operator=(const FrameEncoder&) = delete;

  void push(const video::DecodedFrame& frame);
  /// The next picture becomes a key frame: one, however many ask before it.
  void requestKeyFrame();
  /// From the next picture on. Throws ERR_INVALID_ARGUMENT.
  void setBitrate(int64_t bitsPerSecond);
  [[nodiscard]] FrameEncoderStats stats() const;
  /// After it returns neither sink nor listener is called (unless it is called by one). Idempotent.
  void close();

 private:
  bool step();
  void encode(const video::DecodedFrame& frame, bool keyFrame);
  void prepare(const video::Frame& picture);
  void fail(const Error& error);

  const std::shared_ptr<Engine> engine_;
  const std::shared_ptr<EncoderBackends> backends_;
  const Options options_;
  const Sink sink_;
  const Listener listener_;

  mutable std::mutex mutex_;
  std::optional<video::DecodedFrame> waiting_;
  FrameRateLimit limit_;
  bool keyFrameWanted_ = false;
  int64_t bitrate_;
  FrameEncoderStats stats_;

  // The strand's alone.
  std::unique_ptr<video::Encoder> encoder_;
  video::Size sourceSize_;
  video::ColourSpec colour_;
  int64_t encoderBitrate_ = 0;
  int failures_ = 0;  ///< since the last picture that was encoded
  int64_t retryAt_ = 0;

  std::shared_ptr<Strand> strand_;  // last: its step uses the rest
};

}  // namespace flux
