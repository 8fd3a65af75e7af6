#include "segment_reader.h"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "addon_data.h"
#include "arguments.h"
#include "async.h"
#include "engine/segment_source.h"
#include "error.h"
#include "key.h"
#include "object.h"

namespace flux::binding {

/// Shared with the work under way, so that close() and garbage collection may come at any time.
struct NativeSegmentReader::State {
  State(const segment::ReaderOptions& options, Tracks tracks) : source(options, tracks) {}
  std::mutex mutex;  // one operation at a time
  SegmentSource source;
};

namespace {

constexpr int64_t kMaxReadBytes = 64 << 20;
constexpr int64_t kMaxPackets = 4096;

Napi::Object headerObject(Napi::Env env, const segment::Header& header) {
  Fields out(env);
  out.set("version", header.version);
  out.set("algorithm", "LEA-256-GCM");
  out.set("keyId", segment::formatUuid(header.keyId));
  out.set("headerSize", header.size);
  out.set("coverSize", header.cover.size);
  if (header.version == segment::kVersion2) {
    out.set("cameraId", header.cameraId);
    out.set("startTime", header.startMs);
    out.set("sequence", header.sequence);
    out.set("stream", header.stream);
    out.set("chunkSize", static_cast<double>(1U << header.chunkLog2));
  }
  return out.object();
}

Napi::Object verificationObject(Napi::Env env, const segment::Verification& verification) {
  Fields out(env);
  out.set("chunks", verification.chunks);
  out.set("plaintextBytes", verification.plaintextBytes);
  out.set("finished", verification.finished);
  out.set("verifiedFileBytes", verification.verifiedFileBytes);
  if (!verification.errorCode.empty()) {
    out.set("code", verification.errorCode);
    out.set("message", verification.errorMessage);
  }
  return out.object();
}

segment::ReaderOptions readerOptions(const Options& from, crypto::SecretKeyPtr key) {
  return {.path = from.text("path"),
          .key = std::move(key),
          .cameraId = from.text("cameraId"),
          .startMs = from.integer("startTime"),
          .allowUnfinished = from.flag("allowUnfinished")};
}

/// What one call of nextPackets() brings, with the parameters of the tracks it is of.
struct PacketBatch {
  std::vector<Packet> packets;
  std::vector<CodecParametersPtr> tracks;
};

/// Ends with the packet that reaches `mostBytes`, so that at least one comes where there is one.
PacketBatch readBatch(SegmentSource& source, int64_t most, int64_t mostBytes) {
  PacketBatch batch;
  Packet packet;
  int64_t bytes = 0;
  while (static_cast<int64_t>(batch.packets.size()) < most && bytes < mostBytes &&
         source.next(packet)) {
    bytes += static_cast<int64_t>(packet.data.size());
    batch.packets.push_back(std::move(packet));
  }
  if (!batch.packets.empty()) batch.tracks = source.tracks();
  return batch;
}

Napi::Object packetObject(Napi::Env env, const Packet& packet, const CodecParameters& track) {
  Fields out(env);
  out.set("kind", track.kind() == MediaKind::kAudio ? "audio" : "video");
  out.set("track", packet.track);
  out.set("codec", track.codecString);
  out.set("data", Napi::Buffer<uint8_t>::Copy(env, packet.data.data(), packet.data.size()));
  out.set("timestamp", packet.ptsMicros);
  out.set("decodeTimestamp", packet.dtsMicros);
  out.set("keyFrame", packet.keyFrame);
  out.set("width", track.width);
  out.set("height", track.height);
  const Bytes& configuration = track.decoderConfiguration;
  if (packet.keyFrame && !configuration.empty()) {
    out.set("decoderConfiguration",
            Napi::Buffer<uint8_t>::Copy(env, configuration.data(), configuration.size()));
  }
  return out.object();
}

Napi::Value readSegmentHeader(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return headerObject(info.Env(), segment::readHeader(textArgument(info[0], "path")));
  });
}

Napi::Value recoverSegmentFile(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    auto options = readerOptions(Options(info[0]), NativeKey::from(info[1], "key"));
    return AsyncTask<RecoveredSegment>::run(
        info.Env(), info.Env().Undefined(), "fluxvision:recover",
        [options] { return recoverSegment(options); },
        [](Napi::Env env, RecoveredSegment&& found) -> Napi::Value {
          Napi::Object object = verificationObject(env, found.verification);
          object.Set("frames", static_cast<double>(found.frames));
          object.Set("durationMs", static_cast<double>(found.durationMs));
          object.Set("width", found.parameters ? found.parameters->width : 0);
          object.Set("height", found.parameters ? found.parameters->height : 0);
          object.Set("codec", found.parameters ? found.parameters->codecString : "");
          return object;
        });
  });
}

}  // namespace

NativeSegmentReader::NativeSegmentReader(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeSegmentReader>(info) {}

Napi::Value NativeSegmentReader::open(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Options from(info[0]);
    auto options = readerOptions(from, NativeKey::from(info[1], "key"));
    const bool audio = !from.value("audio").IsUndefined() && from.flag("audio");
    const Tracks tracks = audio ? Tracks::kAll : Tracks::kVideo;
    return AsyncTask<std::shared_ptr<State>>::run(
        info.Env(), info.Env().Undefined(), "fluxvision:openSegment",
        [options, tracks] { return std::make_shared<State>(options, tracks); },
        [](Napi::Env env, std::shared_ptr<State>&& state) -> Napi::Value {
          const Napi::Object object = AddonData::of(env).segmentReader.New({});
          Unwrap(object)->state_ = std::move(state);
          return object;
        });
  });
}

std::shared_ptr<NativeSegmentReader::State> NativeSegmentReader::state() const {
  if (state_ == nullptr) throw Error("ERR_CLOSED", "the segment reader is closed");
  return state_;
}

Napi::Value NativeSegmentReader::header(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return headerObject(info.Env(), state()->source.file().header()); });
}

Napi::Value NativeSegmentReader::finished(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return Napi::Boolean::New(info.Env(), state()->source.file().finished()); });
}

Napi::Value NativeSegmentReader::plaintextSize(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return Napi::Number::New(info.Env(),
                             static_cast<double>(state()->source.file().plaintextSize()));
  });
}

template <segment::Verification (segment::Reader::*walk)(const std::function<bool(uint64_t)>&)>
Napi::Value NativeSegmentReader::walkFile(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return AsyncTask<segment::Verification>::run(
        info.Env(), info.This(), "fluxvision:verify",
        [held = state()] {
          const std::lock_guard lock(held->mutex);
          return (held->source.file().*walk)({});
        },
        [](Napi::Env env, segment::Verification&& verification) -> Napi::Value {
          return verificationObject(env, verification);
        });
  });
}

Napi::Value NativeSegmentReader::inspect(const Napi::CallbackInfo& info) {
  return walkFile<&segment::Reader::inspect>(info);
}

Napi::Value NativeSegmentReader::verify(const Napi::CallbackInfo& info) {
  return walkFile<&segment::Reader::verify>(info);
}

Napi::Value NativeSegmentReader::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const int64_t offset = info[0].IsNumber() ? info[0].As<Napi::Number>().Int64Value() : -1;
    const int64_t length = info[1].IsNumber() ? info[1].As<Napi::Number>().Int64Value() : -1;
    if (offset < 0 || length < 0 || length > kMaxReadBytes) {
      throw Error("ERR_INVALID_ARGUMENT",
                  "offset must be >= 0 and length in [0, " + std::to_string(kMaxReadBytes) + "]");
    }
    return AsyncTask<Bytes>::run(
        info.Env(), info.This(), "fluxvision:read",
        [held = state(), offset, length] {
          const std::lock_guard lock(held->mutex);
          const auto from = static_cast<uint64_t>(offset);
          const uint64_t size = held->source.file().plaintextSize();
          Bytes out(from < size ? std::min<uint64_t>(static_cast<uint64_t>(length), size - from)
                                : 0);
          out.resize(held->source.file().read(from, out.data(), out.size()));
          return out;
        },
        [](Napi::Env env, Bytes&& bytes) -> Napi::Value {
          return Napi::Buffer<uint8_t>::Copy(env, bytes.data(), bytes.size());
        });
  });
}

Napi::Value NativeSegmentReader::nextPackets(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const int64_t most = info[0].IsNumber() ? info[0].As<Napi::Number>().Int64Value() : 0;
    if (most < 1 || most > kMaxPackets) {
      throw Error("ERR_INVALID_ARGUMENT",
                  "max must be in [1, " + std::to_string(kMaxPackets) + "]");
    }
    const int64_t mostBytes =
        info[1].IsNumber() ? info[1].As<Napi::Number>().Int64Value() : INT64_MAX;
    return AsyncTask<PacketBatch>::run(
        info.Env(), info.This(), "fluxvision:nextPackets",
        [held = state(), most, mostBytes] {
          const std::lock_guard lock(held->mutex);
          return readBatch(held->source, most, mostBytes);
        },
        [](Napi::Env env, PacketBatch&& batch) -> Napi::Value {
          return toArray(env, batch.packets, [&](Napi::Env inner, const Packet& packet) {
            return packetObject(inner, packet, *batch.tracks[packet.track]);
          });
        });
  });
}

void NativeSegmentReader::close(const Napi::CallbackInfo&) {
  state_.reset();
}

void NativeSegmentReader::define(Napi::Env env, Napi::Object exports) {
  AddonData::of(env).segmentReader = Napi::Persistent(
      DefineClass(env, "SegmentReader",
                  {InstanceAccessor<&NativeSegmentReader::header>("header"),
                   InstanceAccessor<&NativeSegmentReader::finished>("finished"),
                   InstanceAccessor<&NativeSegmentReader::plaintextSize>("plaintextSize"),
                   InstanceMethod<&NativeSegmentReader::inspect>("inspect"),
                   InstanceMethod<&NativeSegmentReader::verify>("verify"),
                   InstanceMethod<&NativeSegmentReader::read>("read"),
                   InstanceMethod<&NativeSegmentReader::nextPackets>("nextPackets"),
                   InstanceMethod<&NativeSegmentReader::close>("close")}));
  exports.Set("openSegment", Napi::Function::New(env, open, "openSegment"));
  exports.Set("readSegmentHeader",
              Napi::Function::New(env, readSegmentHeader, "readSegmentHeader"));
  exports.Set("recoverSegment", Napi::Function::New(env, recoverSegmentFile, "recoverSegment"));
}

}  // namespace flux::binding
