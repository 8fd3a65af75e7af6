// NativeSnapshotJob: a camera's newest key frame as a JPEG, made on the engine's decode threads.
#pragma once

#include <napi.h>

#include <memory>
#include <variant>

#include "engine/camera.h"
#include "engine/engine.h"
#include "event_channel.h"
#include "lifetime.h"
#include "pool_turn.h"
#include "video/still.h"

namespace flux::binding {

class NativeSnapshotJob final : public Napi::ObjectWrap<NativeSnapshotJob> {
 public:
  explicit NativeSnapshotJob(const Napi::CallbackInfo& info);
  static void define(Napi::Env env, Napi::Object exports);

 private:
  struct Snapshot {
    int64_t timeMs;  ///< UTC, when it came
    video::Still still;
  };
  using Event = std::variant<Snapshot, std::exception_ptr>;
  using Channel = EventChannel<Event>;

  Napi::Value run(const Napi::CallbackInfo& info);
  void abort(const Napi::CallbackInfo& info);
  void settle(Napi::Env env, const Event& event);
  static void decode(const AccessUnit& unit, const video::StillOptions& options, PoolTurn& turn,
                     const Channel& channel);

  std::shared_ptr<Camera> camera_;
  StreamKind stream_ = StreamKind::kMain;
  int64_t maxAgeMs_ = 0;
  video::StillOptions still_;
  napi_deferred deferred_ = nullptr;
  std::shared_ptr<PoolTurn> turn_ = std::make_shared<PoolTurn>();
  // The channel before the lifetime: see Lifetime.
  std::shared_ptr<Channel> events_;
  std::unique_ptr<Lifetime> lifetime_;
};

}  // namespace flux::binding
