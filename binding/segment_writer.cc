#include "segment_writer.h"

#include "arguments.h"
#include "camera.h"
#include "error.h"
#include "key.h"

namespace flux::binding {
namespace {

/// One visitor per event type: the shapes of NativeWriterEvent in src/native/segment-writer.ts.
struct ToObject {
  Napi::Env env;

  Napi::Object operator()(const SegmentEvent& event) const {
    Napi::Object object = Napi::Object::New(env);
    object.Set("type", "segment");
    object.Set("path", event.path);
    object.Set("keyId", event.keyId);
    object.Set("formatVersion", event.formatVersion);
    object.Set("startTime", static_cast<double>(event.startMs));
    object.Set("endTime", static_cast<double>(event.endMs));
    object.Set("fileSize", static_cast<double>(event.fileSize));
    object.Set("frames", static_cast<double>(event.frames));
    object.Set("audioFrames", static_cast<double>(event.audioFrames));
    object.Set("sequence", static_cast<double>(event.sequence));
    object.Set("run", static_cast<double>(event.run));
    object.Set("event", event.event);
    object.Set("endReason", toString(event.end));
    object.Set("width", event.parameters->width);
    object.Set("height", event.parameters->height);
    object.Set("codec", event.parameters->codecString);
    object.Set("audioCodec", event.audio != nullptr ? event.audio->codecString : "");
    return object;
  }
  Napi::Object operator()(const GapEvent& event) const {
    Napi::Object object = Napi::Object::New(env);
    object.Set("type", "gap");
    object.Set("from", static_cast<double>(event.fromMs));
    object.Set("to", static_cast<double>(event.toMs));
    object.Set("frames", static_cast<double>(event.frames));
    object.Set("reason", event.reason);
    return object;
  }
  Napi::Object operator()(const RecorderErrorEvent& event) const {
    Napi::Object object = Napi::Object::New(env);
    object.Set("type", "error");
    object.Set("at", static_cast<double>(event.atMs));
    object.Set("code", event.code);
    object.Set("message", event.message);
    return object;
  }
  Napi::Object operator()(const KeyNeededEvent& event) const {
    Napi::Object object = Napi::Object::New(env);
    object.Set("type", "keyNeeded");
    object.Set("day", static_cast<double>(event.day));
    return object;
  }
};

RecordingMode modeOf(const std::string& name) {
  if (name == "continuous") return RecordingMode::kContinuous;
  if (name == "event") return RecordingMode::kEvent;
  if (name == "off") return RecordingMode::kOff;
  throw Error("ERR_INVALID_ARGUMENT", "mode must be 'continuous', 'event' or 'off'");
}

SegmentRecorderOptions readOptions(const Options& from) {
  SegmentRecorderOptions options;
  options.storage = from.text("storage");
  options.cameraId = from.text("cameraId");
  options.stream = static_cast<uint16_t>(from.integer("stream", 0, 65535));
  options.segmentDurationMs = from.integer("segmentDurationMs", 1);
  options.formatVersion = static_cast<uint16_t>(from.integer("formatVersion", 1, 2));
  options.maxQueuedBytes = static_cast<size_t>(from.integer("maxQueuedBytes", 1));
  options.firstSequence = static_cast<uint64_t>(from.integer("firstSequence"));
  const auto fileNames = segment::fileNamesOf(from.text("fileNames"));
  if (!fileNames) {
    throw Error("ERR_INVALID_ARGUMENT", "fileNames must be 'seconds', 'fvd', 'hash' or 'jpeg'");
  }
  options.fileNames = *fileNames;
  options.staggerMs = from.integer("staggerMs", 0);
  options.audio = from.flag("audio");
  options.mode = modeOf(from.text("mode"));
  options.preRollMs = from.integer("preRollMs", 0);
  options.maxPreRollBytes = static_cast<size_t>(from.integer("maxPreRollBytes", 1));
  options.syncIntervalMs = from.integer("syncIntervalMs", 0);
  return options;
}

}  // namespace

NativeSegmentWriter::NativeSegmentWriter(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeSegmentWriter>(info) {
  guarded(info.Env(), [&] {
    const std::shared_ptr<Camera> camera = NativeCamera::from(info[0]);
    SegmentRecorderOptions options = readOptions(Options(info[1]));
    onEvents_ = Napi::Persistent(functionArgument(info[2], "onEvents"));
    events_ = std::make_shared<EventChannel<RecorderEvent>>(
        info.Env(), "fluxvision:segments",
        [this](Napi::Env env, std::vector<RecorderEvent> events) {
          Napi::Array list = Napi::Array::New(env, events.size());
          for (uint32_t i = 0; i < events.size(); ++i) {
            list.Set(i, std::visit(ToObject{env}, events[i]));
          }
          onEvents_.Call({list});
        });
    recorder_ = std::make_shared<SegmentRecorder>(
        Engine::acquire(), std::move(options),
        [channel = events_](RecorderEvent event) { channel->push(std::move(event)); });
    const StreamKind stream =
        recorder_->options().stream == 0 ? StreamKind::kMain : StreamKind::kSub;
    camera->addTap(recorder_, stream);
    lifetime_ = std::make_unique<Lifetime>(
        info.Env(),
        [camera, recorder = recorder_, stream] {
          camera->removeTap(recorder, stream);
          recorder->close();
        },
        [channel = events_] { channel->close(); });
    Ref();  // until close(): a recording does not end because nobody looks
  });
}

void NativeSegmentWriter::setKey(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (!info[0].IsNumber()) throw Error("ERR_INVALID_ARGUMENT", "day must be a number");
    recorder_->setKey(info[0].As<Napi::Number>().Int64Value(),
                      segment::parseUuid(textArgument(info[1], "keyId")),
                      NativeKey::from(info[2], "key"));
  });
}

void NativeSegmentWriter::setMode(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { recorder_->setMode(modeOf(textArgument(info[0], "mode"))); });
}

void NativeSegmentWriter::trigger(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (!info[0].IsNumber()) throw Error("ERR_INVALID_ARGUMENT", "until must be a number");
    recorder_->trigger(info[0].As<Napi::Number>().Int64Value());
  });
}

Napi::Value NativeSegmentWriter::stats(const Napi::CallbackInfo& info) {
  const SegmentRecorderStats& stats = recorder_->stats();
  Napi::Object object = Napi::Object::New(info.Env());
  const auto set = [&](const char* name, const std::atomic<uint64_t>& value) {
    object.Set(name, static_cast<double>(value.load(std::memory_order_relaxed)));
  };
  set("framesWritten", stats.framesWritten);
  set("framesDropped", stats.framesDropped);
  set("audioFramesWritten", stats.audioFramesWritten);
  set("audioFramesDropped", stats.audioFramesDropped);
  set("bytesWritten", stats.bytesWritten);
  set("segmentsWritten", stats.segmentsWritten);
  set("overflows", stats.overflows);
  set("preRollBytes", stats.preRollBytes);
  set("preRollTrimmed", stats.preRollTrimmed);
  object.Set("queuedBytes", static_cast<double>(recorder_->queuedBytes()));
  return object;
}

Napi::Value NativeSegmentWriter::close(const Napi::CallbackInfo& info) {
  const bool first = !lifetime_->isClosing();
  const Napi::Value promise =
      lifetime_->close(info.This().As<Napi::Object>(), [this](Napi::Env env) {
        events_->drain(env);
        events_->close();
        onEvents_.Reset();  // it holds the JavaScript object, which holds this one
      });
  if (first) Unref();
  return promise;
}

void NativeSegmentWriter::define(Napi::Env env, Napi::Object exports) {
  exports.Set("SegmentWriter",
              DefineClass(env, "SegmentWriter",
                          {InstanceMethod<&NativeSegmentWriter::setKey>("setKey"),
                           InstanceMethod<&NativeSegmentWriter::setMode>("setMode"),
                           InstanceMethod<&NativeSegmentWriter::trigger>("trigger"),
                           InstanceMethod<&NativeSegmentWriter::stats>("stats"),
                           InstanceMethod<&NativeSegmentWriter::close>("close")}));
}

}  // namespace flux::binding
