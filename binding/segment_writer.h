// NativeSegmentWriter: connects a camera to a SegmentRecorder. Packets never pass through here.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/camera.h"
#include "engine/segment_recorder.h"
#include "listener.h"

namespace flux::binding {

class NativeSegmentWriter final : public Napi::ObjectWrap<NativeSegmentWriter> {
 public:
  explicit NativeSegmentWriter(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  void setKey(const Napi::CallbackInfo& info);
  void setMode(const Napi::CallbackInfo& info);
  void trigger(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<SegmentRecorder> recorder_;
  std::unique_ptr<Listener<RecorderEvent>> listener_;
};

}  // namespace flux::binding
