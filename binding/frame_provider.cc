#include "frame_provider.h"

#include <utility>
#include <vector>

#include "arguments.h"
#include "async.h"
#include "decoder.h"
#include "error.h"
#include "frame_batch.h"
#include "picture.h"

namespace flux::binding {
namespace {

std::vector<std::string> namesArgument(const Napi::Value& value) {
  const Napi::Array list = arrayArgument(value, "cameras");
  std::vector<std::string> names;
  for (uint32_t i = 0; i < list.Length(); ++i) names.push_back(textArgument(list.Get(i), "camera"));
  return names;
}

/// Gives a batch free again, however its filling ends.
class Filling final {
 public:
  explicit Filling(std::shared_ptr<NativeFrameBatch::Core> core) : core_(std::move(core)) {
    if (core_->busy.exchange(true)) {
      throw Error("ERR_STATE",
                  "The batch is being filled: await that first, or use another batch.");
    }
  }
  ~Filling() { core_->busy = false; }
  Filling(const Filling&) = delete;
  Filling& operator=(const Filling&) = delete;
  [[nodiscard]] FrameBatch& batch() const { return core_->batch; }

 private:
  std::shared_ptr<NativeFrameBatch::Core> core_;
};

}  // namespace

void NativeFrameProvider::Core::disconnect(const std::string& camera) {
  Feed gone;
  {
    const std::lock_guard lock(mutex);
    const auto found = feeds.find(camera);
    if (found == feeds.end()) return;
    gone = std::move(found->second);
    feeds.erase(found);
  }
  gone.subscription.reset();  // waits for its sink: nobody offers to the slot any more
  provider->remove(camera);
}

void NativeFrameProvider::Core::disconnectAll() {
  for (;;) {
    std::string camera;
    {
      const std::lock_guard lock(mutex);
      if (feeds.empty()) return;
      camera = feeds.begin()->first;
    }
    disconnect(camera);
  }
}

NativeFrameProvider::NativeFrameProvider(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeFrameProvider>(info) {
  guarded(info.Env(), [&] {
    listener_ = std::make_unique<Listener<Ready>>(info.Env(), "fluxvision:provider",
                                                  functionArgument(info[0], "onReady"));
    const auto channel = listener_->channel();
    // Its frames come from decoders, which keep the process alive where anything has to.
    channel->keepAlive(info.Env(), false);
    core_ = std::make_shared<Core>();
    core_->provider = std::make_unique<FrameProvider>([channel] { channel->push(Ready{}); });
    listener_->begin(info.Env(), [core = core_] { core->disconnectAll(); });
    listener_->hold(info.This().As<Napi::Object>());
  });
}

void NativeFrameProvider::add(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    if (listener_->isClosing()) throw Error("ERR_CLOSED", "The FrameProvider is closed.");
    const std::string camera = textArgument(info[0], "camera");
    const std::shared_ptr<StreamDecoder> decoder = NativeDecoder::from(info[1]);
    const bool skipConcealed = Options(info[2]).flag("skipConcealed");
    Feed feed;
    feed.decoder = decoder;
    feed.slot = core_->provider->add(camera, skipConcealed);
    feed.subscription = std::make_unique<StreamDecoder::Subscription>(decoder->subscribe(
        [slot = feed.slot](const video::DecodedFrame& frame) { slot->offer(frame); }));
    const std::lock_guard lock(core_->mutex);
    core_->feeds.emplace(camera, std::move(feed));
  });
}

void NativeFrameProvider::remove(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { core_->disconnect(textArgument(info[0], "camera")); });
}

Napi::Value NativeFrameProvider::arm(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Boolean::New(info.Env(), core_->provider->arm(namesArgument(info[0])));
  });
}

Napi::Value NativeFrameProvider::fill(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    auto filling = std::make_shared<Filling>(NativeFrameBatch::from(info[0]));
    auto frames = std::make_shared<std::vector<ProvidedFrame>>(
        core_->provider->take(namesArgument(info[1]), filling->batch().options().count));
    using Items = std::vector<BatchItem>;
    return AsyncTask<Items>::run(
        info.Env(), info.This(), "fluxvision:batch",
        [filling, frames] { return filling->batch().fill(std::move(*frames)); },
        [filling](Napi::Env env, Items&& items) mutable -> Napi::Value {
          filling.reset();  // before JavaScript goes on
          return toArray(env, items, [](Napi::Env inner, const BatchItem& item) {
            return toObject(inner, item);
          });
        });
  });
}

Napi::Value NativeFrameProvider::newest(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto frame = core_->provider->newest(
        textArgument(info[0], "camera"), static_cast<uint64_t>(Options(info[1]).integer("after")));
    if (!frame) return info.Env().Undefined();
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("number", static_cast<double>(frame->number));
    object.Set("frame", NativePicture::make(info.Env(), frame->frame, held_));
    return object;
  });
}

Napi::Value NativeFrameProvider::stats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const FrameProviderStats stats = info[0].IsString()
                                         ? core_->provider->stats(textArgument(info[0], "camera"))
                                         : core_->provider->stats();
    Fields out(info.Env());
    out.set("framesIn", stats.framesIn);
    out.set("framesTaken", stats.framesTaken);
    out.set("framesReplaced", stats.framesReplaced);
    out.set("framesDamaged", stats.framesDamaged);
    return out.object();
  });
}

Napi::Value NativeFrameProvider::close(const Napi::CallbackInfo& info) {
  return listener_->close(info.This().As<Napi::Object>());
}

void NativeFrameProvider::define(Napi::Env env, Napi::Object exports) {
  exports.Set("FrameProvider", DefineClass(env, "FrameProvider",
                                           {InstanceMethod<&NativeFrameProvider::add>("add"),
                                            InstanceMethod<&NativeFrameProvider::remove>("remove"),
                                            InstanceMethod<&NativeFrameProvider::arm>("arm"),
                                            InstanceMethod<&NativeFrameProvider::fill>("fill"),
                                            InstanceMethod<&NativeFrameProvider::newest>("newest"),
                                            InstanceMethod<&NativeFrameProvider::stats>("stats"),
                                            InstanceMethod<&NativeFrameProvider::close>("close")}));
}

}  // namespace flux::binding
