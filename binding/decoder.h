// NativeDecoder and NativeDecodedFrames: one stream's decoding, and the frames that wait for
// JavaScript.
#pragma once

#include <napi.h>

#include <memory>
#include <variant>

#include "engine/decoder_pool.h"
#include "engine/frame_queue.h"
#include "listener.h"
#include "picture.h"

namespace flux::binding {

class NativeDecoder final : public Napi::ObjectWrap<NativeDecoder> {
 public:
  explicit NativeDecoder(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);
  /// Throws ERR_INVALID_ARGUMENT or ERR_CLOSED.
  static NativeDecoder& unwrap(const Napi::Value& value);
  static std::shared_ptr<StreamDecoder> from(const Napi::Value& value) {
    return unwrap(value).decoder_;
  }
  /// Without a camera: nothing of it may be lost.
  [[nodiscard]] bool isPushed() const noexcept { return pushed_; }
  [[nodiscard]] const std::shared_ptr<HeldFrames>& held() const noexcept { return held_; }

 private:
  struct Drained {};
  struct Ended {};
  using Event = std::variant<StreamDecoderEvent, Drained, Ended>;

  void setQuality(const Napi::CallbackInfo& info);
  void setLimits(const Napi::CallbackInfo& info);
  Napi::Value push(const Napi::CallbackInfo& info);
  void end(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
  static Napi::Object toObject(Napi::Env env, const Event& event);
  StreamDecoder& open() const;

  bool pushed_ = false;
  CodecParametersPtr parameters_;  ///< of the last frame that was pushed
  std::shared_ptr<HeldFrames> held_ = std::make_shared<HeldFrames>();
  std::shared_ptr<StreamDecoder> decoder_;
  std::unique_ptr<Listener<Event>> listener_;
};

class NativeDecodedFrames final : public Napi::ObjectWrap<NativeDecodedFrames> {
 public:
  explicit NativeDecodedFrames(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  Napi::Value take(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  bool keepsAll_ = false;
  std::shared_ptr<HeldFrames> held_;
  std::shared_ptr<StreamDecoder> decoder_;
  std::shared_ptr<FrameQueue> queue_;
  std::unique_ptr<Listener<Ready>> listener_;
};

}  // namespace flux::binding
