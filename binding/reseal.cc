#include "reseal.h"

#include "arguments.h"
#include "async.h"
#include "error.h"
#include "key.h"
#include "segment/reseal.h"

namespace flux::binding {
namespace {

Napi::Value resealSegment(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Options from(info[0]);
    const Options to(info[1]);
    const segment::ReaderOptions source{.path = from.text("path"),
                                        .key = NativeKey::from(from.value("key"), "key"),
                                        .cameraId = from.text("cameraId"),
                                        .startMs = from.integer("startTime"),
                                        .allowUnfinished = from.flag("allowUnfinished"),
                                        .keyId = segment::parseUuid(from.text("keyId"))};
    const segment::ResealTarget target{
        .path = to.text("path"),
        .keyId = segment::parseUuid(to.text("keyId")),
        .key = NativeKey::from(to.value("key"), "key"),
        .sequence = static_cast<uint64_t>(to.integer("sequence")),
        .stream = static_cast<uint16_t>(to.integer("stream", 0, 65535))};
    return AsyncTask<segment::Resealed>::run(
        info.Env(), info.Env().Undefined(), "fluxvision:reseal",
        [source, target] { return segment::reseal(source, target); },
        [](Napi::Env env, segment::Resealed&& copied) -> Napi::Value {
          Napi::Object object = Napi::Object::New(env);
          object.Set("fileSize", static_cast<double>(copied.fileSize));
          object.Set("plaintextBytes", static_cast<double>(copied.plaintextBytes));
          object.Set("finished", copied.finished);
          return object;
        });
  });
}

}  // namespace

void defineReseal(Napi::Env env, Napi::Object exports) {
  exports.Set("resealSegment", Napi::Function::New(env, resealSegment, "resealSegment"));
}

}  // namespace flux::binding
