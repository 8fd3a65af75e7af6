#include "snapshot.h"

#include "arguments.h"
#include "camera.h"
#include "camera_options.h"
#include "engine/key_frame_tap.h"
#include "error.h"
#include "still_options.h"

namespace flux::binding {
namespace {

constexpr int64_t kMaxAgeMs = 86'400'000;

}  // namespace

NativeSnapshotJob::NativeSnapshotJob(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeSnapshotJob>(info) {
  guarded(info.Env(), [&] {
    camera_ = NativeCamera::from(info[0]);
    const Options from(info[1]);
    stream_ = streamArgument(from.value("stream"));
    maxAgeMs_ = from.integer("maxAgeMs", 0, kMaxAgeMs);
    still_ = readStillOptions(from);
  });
}

void NativeSnapshotJob::decode(const AccessUnit& unit, const video::StillOptions& options,
                               PoolTurn& turn, const Channel& channel) {
  if (!turn.begin()) return;
  try {
    channel.push(
        Snapshot{unit.arrivalWallMs, video::makeStill(*unit.parameters, unit.data, options)});
  } catch (...) {
    channel.push(std::current_exception());
  }
  turn.end();
}

Napi::Value NativeSnapshotJob::run(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    if (events_ != nullptr) throw Error("ERR_CLOSED", "a snapshot job runs once");
    napi_value promise = nullptr;
    if (napi_create_promise(env, &deferred_, &promise) != napi_ok) {
      throw Error("ERR_INTERNAL", "cannot create a promise");
    }
    std::shared_ptr<Engine> engine = Engine::acquire();
    events_ = std::make_shared<Channel>(env, "fluxvision:snapshot",
                                        [this](Napi::Env inner, const std::vector<Event>& events) {
                                          for (const Event& event : events) settle(inner, event);
                                        });
    // The tap is gone before the engine is: see the lifetime.
    auto tap = std::make_shared<KeyFrameTap>(
        maxAgeMs_, [engine = engine.get(), channel = events_, turn = turn_,
                    still = still_](const AccessUnitPtr& unit) {
          const bool taken = engine->decodePool().submit(
              [unit, still, turn, channel] { decode(*unit, still, *turn, *channel); });
          if (taken) return;
          channel->push(std::make_exception_ptr(
              Error("ERR_BUSY",
                    "the decode threads have as many jobs as they take: try again when some are "
                    "done")));
        });
    lifetime_ = std::make_unique<Lifetime>(
        env,
        [engine, camera = camera_, stream = stream_, tap, turn = turn_] {
          camera->removeTap(tap, stream);
          turn->cancel();
        },
        [channel = events_] { channel->close(); });
    Ref();  // until settled
    std::exchange(camera_, nullptr)->addTap(std::move(tap), stream_);
    return {env, promise};
  });
}

void NativeSnapshotJob::settle(Napi::Env env, const Event& event) {
  if (lifetime_->isClosing()) return;
  if (const auto* made = std::get_if<Snapshot>(&event)) {
    const Bytes& jpeg = made->still.jpeg;
    Napi::Object object = Napi::Object::New(env);
    object.Set("time", static_cast<double>(made->timeMs));
    object.Set("data", Napi::Buffer<uint8_t>::Copy(env, jpeg.data(), jpeg.size()));
    object.Set("width", made->still.size.width);
    object.Set("height", made->still.size.height);
    napi_resolve_deferred(env, deferred_, object);
  } else {
    napi_reject_deferred(env, deferred_, makeError(env, std::get<std::exception_ptr>(event)));
  }
  // The tap leaves on the camera's thread, which is nothing to wait for here.
  lifetime_->close(Value(), [this](Napi::Env) {
    events_->close();
    Unref();
  });
}

void NativeSnapshotJob::abort(const Napi::CallbackInfo&) {
  if (events_ == nullptr || !turn_->withdraw()) return;
  events_->push(std::make_exception_ptr(Error("ERR_ABORTED", "the snapshot was aborted")));
}

void NativeSnapshotJob::define(Napi::Env env, Napi::Object exports) {
  exports.Set("SnapshotJob", DefineClass(env, "SnapshotJob",
                                         {InstanceMethod<&NativeSnapshotJob::run>("run"),
                                          InstanceMethod<&NativeSnapshotJob::abort>("abort")}));
}

}  // namespace flux::binding
