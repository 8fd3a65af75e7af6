#include "export_job.h"

#include "arguments.h"
#include "base/clock.h"
#include "error.h"
#include "key.h"
#include "object.h"

namespace flux::binding {
namespace {

constexpr int64_t kProgressIntervalMicros = 100000;

ExportOptions exportOptions(const Options& from) {
  ExportOptions options;
  options.fromMs = from.integer("from");
  options.toMs = from.integer("to");
  options.out = from.text("out");
  options.format = from.text("format") == "mkv" ? ClipFormat::kMatroska : ClipFormat::kMp4;
  options.audio = from.flag("audio");
  const Napi::Array segments = from.array("segments");
  for (uint32_t i = 0; i < segments.Length(); ++i) {
    const Options segment(segments.Get(i));
    options.segments.push_back({.path = segment.text("path"),
                                .key = NativeKey::from(segment.value("key"), "key"),
                                .cameraId = segment.text("cameraId"),
                                .startMs = segment.integer("startTime"),
                                .allowUnfinished = segment.flag("allowUnfinished")});
  }
  return options;
}

Napi::Object toObject(Napi::Env env, const ExportResult& result) {
  Fields out(env);
  out.set("frames", result.frames);
  out.set("bytes", result.bytes);
  out.set("from", result.fromMs);
  out.set("to", result.toMs);
  out.set("gaps", toArray(env, result.gaps, [](Napi::Env inner, const auto& gap) {
            return Fields(inner).set("from", gap.fromMs).set("to", gap.toMs).object();
          }));
  if (result.audio != nullptr) {
    out.set("audio", Fields(env)
                         .set("codec", codecName(result.audio->codec))
                         .set("packets", result.audioFrames)
                         .set("transcoded", result.audioTranscoded)
                         .object());
  }
  out.set("leftOut", toArray(env, result.leftOut, [](Napi::Env inner, const ExportLeftOut& part) {
            return Fields(inner)
                .set("track", part.kind == MediaKind::kVideo ? "video" : "audio")
                .set("from", part.fromMs)
                .set("to", part.toMs)
                .set("reason", toString(part.reason))
                .object();
          }));
  return out.object();
}

}  // namespace

NativeExportJob::NativeExportJob(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeExportJob>(info) {
  guarded(info.Env(), [&] { options_ = exportOptions(Options(info[0])); });
}

Napi::Value NativeExportJob::run(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    if (thread_ != nullptr) throw Error("ERR_CLOSED", "an export job runs once");
    onProgress_ = Napi::Persistent(functionArgument(info[0], "onProgress"));
    napi_value promise = nullptr;
    if (napi_create_promise(env, &deferred_, &promise) != napi_ok) {
      throw Error("ERR_INTERNAL", "cannot create a promise");
    }
    events_ = std::make_shared<EventChannel<Event>>(
        env, "fluxvision:export", [this](Napi::Env inner, const std::vector<Event>& events) {
          for (const Event& event : events) settle(inner, event);
        });
    thread_ = std::make_shared<NamedThread>();
    lifetime_ = std::make_unique<Lifetime>(
        env,
        [thread = thread_, stop = aborted_] {
          *stop = true;
          thread->join();
        },
        [channel = events_] { channel->close(); });
    Ref();  // until settled
    *thread_ = NamedThread("fv-export",
                           [channel = events_, stop = aborted_, options = std::move(options_)] {
                             int64_t reported = 0;
                             const auto keepGoing = [&](double done) {
                               const int64_t now = monotonicMicros();
                               if (now - reported >= kProgressIntervalMicros) {
                                 reported = now;
                                 channel->push(done);
                               }
                               return !*stop;
                             };
                             try {
                               channel->push(exportClip(options, keepGoing));
                             } catch (...) {
                               channel->push(std::current_exception());
                             }
                           });
    return {env, promise};
  });
}

void NativeExportJob::settle(Napi::Env env, const Event& event) {
  if (const auto* done = std::get_if<double>(&event)) {
    onProgress_.Call({Napi::Number::New(env, *done)});
    return;
  }
  if (const auto* result = std::get_if<ExportResult>(&event)) {
    napi_resolve_deferred(env, deferred_, toObject(env, *result));
  } else {
    napi_reject_deferred(env, deferred_, makeError(env, std::get<std::exception_ptr>(event)));
  }
  lifetime_.reset();  // joins a thread that has nothing left to do
  events_->close();
  onProgress_.Reset();
  Unref();
}

void NativeExportJob::abort(const Napi::CallbackInfo&) {
  *aborted_ = true;
}

void NativeExportJob::define(Napi::Env env, Napi::Object exports) {
  exports.Set("ExportJob", DefineClass(env, "ExportJob",
                                       {InstanceMethod<&NativeExportJob::run>("run"),
                                        InstanceMethod<&NativeExportJob::abort>("abort")}));
}

}  // namespace flux::binding
