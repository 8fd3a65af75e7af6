#include "storage_lock.h"

#include "addon_data.h"
#include "arguments.h"
#include "error.h"

namespace flux::binding {

NativeStorageLock::NativeStorageLock(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeStorageLock>(info) {}

Napi::Value NativeStorageLock::lock(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    auto lock = std::make_unique<FileLock>(textArgument(info[0], "path"));
    const Napi::Object object = AddonData::of(info.Env()).storageLock.New({});
    Unwrap(object)->lock_ = std::move(lock);
    return object;
  });
}

void NativeStorageLock::release(const Napi::CallbackInfo&) {
  lock_.reset();
}

void NativeStorageLock::define(Napi::Env env, Napi::Object exports) {
  AddonData::of(env).storageLock = Napi::Persistent(
      DefineClass(env, "StorageLock", {InstanceMethod<&NativeStorageLock::release>("release")}));
  exports.Set("lockStorage", Napi::Function::New(env, lock, "lockStorage"));
}

}  // namespace flux::binding
