// NativeFrameProvider: the newest decoded frame of each camera, for JavaScript and its models.
#pragma once

#include <napi.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/frame_provider.h"
#include "engine/stream_decoder.h"
#include "listener.h"
#include "picture.h"

namespace flux::binding {

class NativeFrameProvider final : public Napi::ObjectWrap<NativeFrameProvider> {
 public:
  explicit NativeFrameProvider(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  /// What connects a decoder with its place in the provider.
  struct Feed {
    std::shared_ptr<StreamDecoder> decoder;
    std::shared_ptr<FrameProvider::Slot> slot;
    std::unique_ptr<StreamDecoder::Subscription> subscription;
  };
  /// All that works behind the object; shared with work under way.
  struct Core {
    std::unique_ptr<FrameProvider> provider;
    std::mutex mutex;
    std::map<std::string, Feed> feeds;

    void disconnect(const std::string& camera);
    void disconnectAll();
  };

  void add(const Napi::CallbackInfo& info);
  void remove(const Napi::CallbackInfo& info);
  Napi::Value arm(const Napi::CallbackInfo& info);
  Napi::Value fill(const Napi::CallbackInfo& info);
  Napi::Value newest(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<Core> core_;
  std::shared_ptr<HeldFrames> held_ = std::make_shared<HeldFrames>();
  std::unique_ptr<Listener<Ready>> listener_;
};

}  // namespace flux::binding
