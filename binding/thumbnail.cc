#include "thumbnail.h"

#include "arguments.h"
#include "async.h"
#include "error.h"
#include "key.h"
#include "still_options.h"

namespace flux::binding {
namespace {

ThumbnailRequest readRequest(const Options& from) {
  const Options segment(from.value("segment"));
  ThumbnailRequest request{.segment = {.path = segment.text("path"),
                                       .key = NativeKey::from(segment.value("key"), "key"),
                                       .cameraId = segment.text("cameraId"),
                                       .startMs = segment.integer("startTime"),
                                       .allowUnfinished = segment.flag("allowUnfinished")},
                           .still = readStillOptions(from)};
  const Napi::Array times = from.array("timesMicros");
  for (uint32_t i = 0; i < times.Length(); ++i) {
    request.timesMicros.push_back(integerArgument(times.Get(i), "each of timesMicros"));
  }
  return request;
}

Napi::Object toObject(Napi::Env env, const Thumbnails& made) {
  Napi::Array pictures = Napi::Array::New(env, made.pictures.size());
  for (uint32_t i = 0; i < made.pictures.size(); ++i) {
    const Thumbnail& picture = made.pictures[i];
    const Bytes& jpeg = picture.still.jpeg;
    Napi::Object object = Napi::Object::New(env);
    object.Set("wanted", static_cast<double>(picture.wanted));
    object.Set("time", static_cast<double>(picture.timeMicros) / 1000);
    object.Set("data", Napi::Buffer<uint8_t>::Copy(env, jpeg.data(), jpeg.size()));
    object.Set("width", picture.still.size.width);
    object.Set("height", picture.still.size.height);
    pictures.Set(i, object);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("pictures", pictures);
  object.Set("lastTime", static_cast<double>(made.lastMicros) / 1000);
  if (made.error) object.Set("error", makeError(env, made.error->code(), made.error->what()));
  return object;
}

}  // namespace

NativeThumbnailJob::NativeThumbnailJob(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeThumbnailJob>(info) {
  guarded(info.Env(), [&] { request_ = readRequest(Options(info[0])); });
}

Napi::Value NativeThumbnailJob::run(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    if (events_ != nullptr) throw Error("ERR_CLOSED", "a thumbnail job runs once");
    napi_value promise = nullptr;
    if (napi_create_promise(env, &deferred_, &promise) != napi_ok) {
      throw Error("ERR_INTERNAL", "cannot create a promise");
    }
    engine_ = Engine::acquire();
    events_ = std::make_shared<EventChannel<Event>>(
        env, "fluxvision:thumbnail", [this](Napi::Env inner, const std::vector<Event>& events) {
          for (const Event& event : events) settle(inner, event);
        });
    lifetime_ = std::make_unique<Lifetime>(
        env, [turn = turn_] { turn->cancel(); }, [channel = events_] { channel->close(); });
    const bool taken = engine_->decodePool().submit(
        [channel = events_, turn = turn_, request = std::move(request_)] {
          if (!turn->begin()) return;
          try {
            channel->push(makeThumbnails(request, [&] { return !turn->aborted(); }));
          } catch (...) {
            channel->push(std::current_exception());
          }
          turn->end();
        });
    Ref();  // until settled
    if (!taken) {
      events_->push(std::make_exception_ptr(
          Error("ERR_BUSY",
                "the decode threads have as many jobs as they take: try again when "
                "some are done")));
    }
    return {env, promise};
  });
}

void NativeThumbnailJob::settle(Napi::Env env, const Event& event) {
  if (const auto* made = std::get_if<Thumbnails>(&event)) {
    napi_resolve_deferred(env, deferred_, toObject(env, *made));
  } else {
    napi_reject_deferred(env, deferred_, makeError(env, std::get<std::exception_ptr>(event)));
  }
  lifetime_.reset();  // nothing runs any more
  events_->close();
  // The last holder joins the engine's threads, which is nothing to wait for here.
  runAsync(env, env.Undefined(), "fluxvision:releaseEngine",
           [engine = std::move(engine_)]() mutable { engine.reset(); });
  Unref();
}

void NativeThumbnailJob::abort(const Napi::CallbackInfo&) {
  turn_->abort();
}

void NativeThumbnailJob::define(Napi::Env env, Napi::Object exports) {
  exports.Set("ThumbnailJob", DefineClass(env, "ThumbnailJob",
                                          {InstanceMethod<&NativeThumbnailJob::run>("run"),
                                           InstanceMethod<&NativeThumbnailJob::abort>("abort")}));
}

}  // namespace flux::binding
