// NativeExportJob: one export on a thread of its own, with progress and abort.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <variant>

#include "base/thread.h"
#include "engine/exporter.h"
#include "event_channel.h"
#include "lifetime.h"

namespace flux::binding {

class NativeExportJob final : public Napi::ObjectWrap<NativeExportJob> {
 public:
  explicit NativeExportJob(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  using Event = std::variant<double, ExportResult, std::exception_ptr>;

  Napi::Value run(const Napi::CallbackInfo& info);
  void abort(const Napi::CallbackInfo& info);
  void settle(Napi::Env env, const Event& event);

  ExportOptions options_;
  Napi::FunctionReference onProgress_;
  napi_deferred deferred_ = nullptr;
  std::shared_ptr<std::atomic<bool>> aborted_ = std::make_shared<std::atomic<bool>>(false);
  // The channel before the lifetime: see Lifetime.
  std::shared_ptr<EventChannel<Event>> events_;
  std::shared_ptr<NamedThread> thread_;
  std::unique_ptr<Lifetime> lifetime_;
};

}  // namespace flux::binding
