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
    Fields out(env);
    out.set("type", "segment");
    out.set("path", event.path);
    out.set("keyId", event.keyId);
    out.set("formatVersion", event.formatVersion);
    out.set("startTime", event.startMs);
    out.set("endTime", event.endMs);
    out.set("fileSize", event.fileSize);
    out.set("frames", event.frames);
    out.set("audioFrames", event.audioFrames);
    out.set("sequence", event.sequence);
    out.set("run", event.run);
    out.set("event", event.event);
    out.set("endReason", toString(event.end));
    out.set("width", event.parameters->width);
    out.set("height", event.parameters->height);
    out.set("codec", event.parameters->codecString);
    out.set("audioCodec", event.audio != nullptr ? event.audio->codecString : "");
    return out.object();
  }
  Napi::Object operator()(const GapEvent& event) const {
    Fields out(env);
    out.set("type", "gap");
    out.set("from", event.fromMs);
    out.set("to", event.toMs);
    out.set("frames", event.frames);
    out.set("reason", event.reason);
    return out.object();
  }
  Napi::Object operator()(const RecorderErrorEvent& event) const {
    Fields out(env);
    out.set("type", "error");
    out.set("at", event.atMs);
    out.set("code", event.code);
    out.set("message", event.message);
    return out.object();
  }
  Napi::Object operator()(const KeyNeededEvent& event) const {
    Fields out(env);
    out.set("type", "keyNeeded");
    out.set("day", event.day);
    return out.object();
  }
};

RecordingMode modeOf(const std::string& name) {
  if (name == "continuous") return RecordingMode::kContinuous;
  if (name == "event") return RecordingMode::kEvent;
  if (name == "off") return RecordingMode::kOff;
  throw Error("ERR_INVALID_ARGUMENT", "mode must be 'continuous', 'event' or 'off'");
}

SegmentRecorderOptions recorderOptions(const Options& from) {
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
    SegmentRecorderOptions options = recorderOptions(Options(info[1]));
    listener_ = std::make_unique<Listener<RecorderEvent>>(
        info.Env(), "fluxvision:segments", functionArgument(info[2], "onEvents"), AtClose::kDeliver,
        [](Napi::Env env, const RecorderEvent& event) { return std::visit(ToObject{env}, event); });
    recorder_ = std::make_shared<SegmentRecorder>(
        Engine::acquire(), std::move(options),
        [channel = listener_->channel()](RecorderEvent event) { channel->push(std::move(event)); });
    const StreamKind stream =
        recorder_->options().stream == 0 ? StreamKind::kMain : StreamKind::kSub;
    camera->addTap(recorder_, stream);
    listener_->begin(info.Env(), [camera, recorder = recorder_, stream] {
      camera->removeTap(recorder, stream);
      recorder->close();
    });
    // A recording does not end because nobody looks.
    listener_->hold(info.This().As<Napi::Object>());
  });
}

void NativeSegmentWriter::setKey(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    recorder_->setKey(integerArgument(info[0], "day"),
                      segment::parseUuid(textArgument(info[1], "keyId")),
                      NativeKey::from(info[2], "key"));
  });
}

void NativeSegmentWriter::setMode(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { recorder_->setMode(modeOf(textArgument(info[0], "mode"))); });
}

void NativeSegmentWriter::trigger(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { recorder_->trigger(integerArgument(info[0], "until")); });
}

Napi::Value NativeSegmentWriter::stats(const Napi::CallbackInfo& info) {
  const SegmentRecorderStats& stats = recorder_->stats();
  Fields out(info.Env());
  out.set("framesWritten", stats.framesWritten);
  out.set("framesDropped", stats.framesDropped);
  out.set("audioFramesWritten", stats.audioFramesWritten);
  out.set("audioFramesDropped", stats.audioFramesDropped);
  out.set("bytesWritten", stats.bytesWritten);
  out.set("segmentsWritten", stats.segmentsWritten);
  out.set("overflows", stats.overflows);
  out.set("preRollBytes", stats.preRollBytes);
  out.set("preRollTrimmed", stats.preRollTrimmed);
  out.set("queuedBytes", recorder_->queuedBytes());
  return out.object();
}

Napi::Value NativeSegmentWriter::close(const Napi::CallbackInfo& info) {
  return listener_->close(info.This().As<Napi::Object>());
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
