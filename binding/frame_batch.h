// NativeFrameBatch: the memory of a batch of pictures, which JavaScript sees as one ArrayBuffer.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>

#include "engine/frame_batch.h"

namespace flux::binding {

class NativeFrameBatch final : public Napi::ObjectWrap<NativeFrameBatch> {
 public:
  /// Filled by one call at a time.
  struct Core {
    explicit Core(const FrameBatchOptions& options) : batch(options) {}
    FrameBatch batch;
    std::atomic<bool> busy = false;
  };

  explicit NativeFrameBatch(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);
  /// Throws ERR_INVALID_ARGUMENT.
  static std::shared_ptr<Core> from(const Napi::Value& value);

 private:
  Napi::Value buffer(const Napi::CallbackInfo& info);
  Napi::Value deviceAddress(const Napi::CallbackInfo& info);

  std::shared_ptr<Core> core_;
};

/// What JavaScript is told of an item.
Napi::Object toObject(Napi::Env env, const BatchItem& item);

}  // namespace flux::binding
