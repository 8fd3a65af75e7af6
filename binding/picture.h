// NativePicture: a decoded frame that JavaScript holds.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <optional>

#include "engine/frame_copier.h"
#include "video/decoder.h"

namespace flux::binding {

/// The frames that JavaScript took from one decoder.
struct HeldFrames {
  std::atomic<int64_t> open{0};
  std::atomic<uint64_t> forgotten{0};  ///< freed by the garbage collector, for nobody closed them
};

class NativePicture final : public Napi::ObjectWrap<NativePicture> {
 public:
  explicit NativePicture(const Napi::CallbackInfo& info);
  ~NativePicture() override;
  static void define(Napi::Env env);

  /// The shape of NativeFrameInfo in src/native/decode.ts, with a NativePicture in it.
  static Napi::Object make(Napi::Env env, video::DecodedFrame frame,
                           const std::shared_ptr<HeldFrames>& held);
  /// Throws ERR_INVALID_ARGUMENT; ERR_CLOSED.
  static const video::DecodedFrame& from(const Napi::Value& value);

 private:
  Napi::Value copyTo(const Napi::CallbackInfo& info);
  Napi::Value allocationSize(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  [[nodiscard]] const video::DecodedFrame& frame() const;

  std::optional<video::DecodedFrame> frame_;
  std::shared_ptr<HeldFrames> held_;
  int64_t bytes_ = 0;
};

}  // namespace flux::binding
