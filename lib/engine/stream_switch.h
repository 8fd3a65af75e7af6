// Follows one camera for one viewer: main or sub stream by quality, changing over at a key frame so
// that the picture never stops.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "engine/camera.h"

namespace flux {

class StreamSwitch final : public std::enable_shared_from_this<StreamSwitch> {
 public:
  /// Units of the stream that is shown go to `target`, on the camera's network thread: first the
  /// stream's tracks, then a key frame. While a change-over waits for its key frame both streams
  /// are connected. `target.onStreamEnd()` comes when the shown stream's connection ends.
  StreamSwitch(std::shared_ptr<Camera> camera, std::shared_ptr<Tap> target);
  StreamSwitch(const StreamSwitch&) = delete;
  StreamSwitch& operator=(const StreamSwitch&) = delete;

  // Any thread but the engine's recording and sync threads.

  void setQuality(Quality quality);
  /// After it returns the target is not called again. Idempotent.
  void close();
  /// Which stream is shown now; empty before the first key frame.
  [[nodiscard]] std::optional<StreamKind> shown() const;
  /// Changes from one stream to the other so far.
  [[nodiscard]] uint64_t switches() const noexcept { return switches_; }

 private:
  class Side;

  void attach(StreamKind stream);
  void detach(StreamKind stream);
  void onTracks(StreamKind stream, const std::vector<CodecParametersPtr>& tracks);
  void onAccessUnit(StreamKind stream, const AccessUnitPtr& unit);
  void onStreamEnd(StreamKind stream);
  void show(StreamKind stream);

  const std::shared_ptr<Camera> camera_;
  const std::shared_ptr<Tap> target_;
  std::atomic<int> shown_{-1};
  std::atomic<uint64_t> switches_{0};
  // Network thread only.
  std::array<std::shared_ptr<Side>, 2> sides_;
  std::array<std::vector<CodecParametersPtr>, 2> tracks_;
  StreamKind wanted_ = StreamKind::kMain;
  bool keyFramesOnly_ = false;
  bool closed_ = false;
};

}  // namespace flux
