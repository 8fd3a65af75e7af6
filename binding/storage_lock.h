// NativeStorageLock: keeps a second recorder out of a storage directory.
#pragma once

#include <napi.h>

#include <memory>

#include "base/file.h"

namespace flux::binding {

class NativeStorageLock final : public Napi::ObjectWrap<NativeStorageLock> {
 public:
  explicit NativeStorageLock(const Napi::CallbackInfo& info);
  /// Adds lockStorage.
  static void define(Napi::Env env, Napi::Object exports);

 private:
  static Napi::Value lock(const Napi::CallbackInfo& info);
  void release(const Napi::CallbackInfo& info);

  std::unique_ptr<FileLock> lock_;
};

}  // namespace flux::binding
