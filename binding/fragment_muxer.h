// NativeFragmentMuxer: makes messages for viewers of frames that JavaScript has.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "container/fragment_muxer.h"

namespace flux::binding {

class NativeFragmentMuxer final : public Napi::ObjectWrap<NativeFragmentMuxer> {
 public:
  explicit NativeFragmentMuxer(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  Napi::Value init(const Napi::CallbackInfo& info);
  Napi::Value fragment(const Napi::CallbackInfo& info);

  std::unique_ptr<FragmentMuxer> muxer_;
  CodecParametersPtr parameters_;
  std::optional<uint8_t> epoch_;
};

}  // namespace flux::binding
