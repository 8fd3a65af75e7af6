// The newest picture of each camera, for whoever looks at pictures at a pace of its own: models.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "video/decoder.h"

namespace flux {

/// A camera's picture, held as long as this is. Pictures of a GPU come from a pool of a few per
/// camera: let go of them soon.
struct ProvidedFrame {
  std::string camera;
  video::DecodedFrame frame;
  uint64_t number = 0;  ///< of the camera's frames, from 1
};

struct FrameProviderStats {
  uint64_t framesIn = 0;
  uint64_t framesTaken = 0;     ///< by take()
  uint64_t framesReplaced = 0;  ///< a newer one came before anybody took them
  uint64_t framesDamaged = 0;   ///< concealed, and left out
};

/// Holds one frame per camera: a newer one takes its place. Any thread.
class FrameProvider final {
 public:
  /// One camera's place.
  class Slot final {
   public:
    Slot(FrameProvider& provider, std::string camera, bool skipConcealed)
        : provider_(provider), camera_(std::move(camera)), skipConcealed_(skipConcealed) {}
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    /// Costs a reference; on a decode thread. Not after remove() or the provider's end.
    void offer(const video::DecodedFrame& frame);

   private:
    friend class FrameProvider;
    FrameProvider& provider_;
    const std::string camera_;
    const bool skipConcealed_;
    // All under the provider's mutex:
    std::optional<video::DecodedFrame> newest_;
    uint64_t number_ = 0;  ///< of newest_
    uint64_t taken_ = 0;   ///< number of the last frame that take() gave
    uint64_t turn_ = 0;    ///< when that was, in frames
    FrameProviderStats stats_;
  };

  /// `ready` is called on a decode thread where a frame came that take() would give, once after
  /// each arm() that found none. It must be quick, and must not call back.
  explicit FrameProvider(std::function<void()> ready = {}) : ready_(std::move(ready)) {}
  FrameProvider(const FrameProvider&) = delete;
  FrameProvider& operator=(const FrameProvider&) = delete;

  /// `skipConcealed`: no pictures that the decoder had to make up parts of. Throws
  /// ERR_CAMERA_EXISTS.
  std::shared_ptr<Slot> add(const std::string& camera, bool skipConcealed = true);
  /// Lets go of its frame. Nothing where there is no such camera.
  void remove(const std::string& camera);

  /// Whether or not it was taken before; nothing where there is none newer than number `after`.
  /// Throws ERR_CAMERA_NOT_FOUND.
  [[nodiscard]] std::optional<ProvidedFrame> newest(const std::string& camera,
                                                    uint64_t after = 0) const;
  /// Frames that take() has not given yet, at most `max`, of different cameras; whose turn was
  /// longest ago goes first, so that a batch smaller than the number of cameras serves all of them.
  /// Of all cameras where `cameras` is empty. Throws ERR_CAMERA_NOT_FOUND.
  std::vector<ProvidedFrame> take(const std::vector<std::string>& cameras, size_t max);
  /// Are there such frames? Where not, `ready` is called when there are.
  bool arm(const std::vector<std::string>& cameras);

  [[nodiscard]] FrameProviderStats stats() const;
  [[nodiscard]] FrameProviderStats stats(const std::string& camera) const;

 private:
  [[nodiscard]] std::vector<Slot*> find(const std::vector<std::string>& cameras) const;

  const std::function<void()> ready_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;
  FrameProviderStats gone_;  ///< of removed cameras
  uint64_t turns_ = 0;
  bool armed_ = false;
};

}  // namespace flux
