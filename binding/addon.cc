// The addon's entrance: one AddonData per environment, and everything that src/native/ declares.
#include <napi.h>

#include "addon_data.h"
#include "arguments.h"
#include "camera.h"
#include "cipher.h"
#include "crypto_module.h"
#include "decoder.h"
#include "decoder_pool.h"
#include "encoder.h"
#include "engine_stats.h"
#include "error.h"
#include "export_job.h"
#include "fragment_muxer.h"
#include "fragment_tap.h"
#include "frame_batch.h"
#include "frame_provider.h"
#include "frame_tap.h"
#include "grid_renderer.h"
#include "hardware.h"
#include "key.h"
#include "motion_watcher.h"
#include "picture.h"
#include "reseal.h"
#include "segment_reader.h"
#include "segment_writer.h"
#include "simulator.h"
#include "snapshot.h"
#include "storage_lock.h"
#include "thumbnail.h"
#include "tpm.h"

namespace flux::binding {
namespace {

void setErrorConstructor(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    AddonData::of(info.Env()).errorConstructor =
        Napi::Persistent(functionArgument(info[0], "constructor"));
  });
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new AddonData());  // freed by Node with the environment
  exports.Set("setErrorConstructor",
              Napi::Function::New(env, setErrorConstructor, "setErrorConstructor"));
  NativeKey::define(env, exports);
  defineCipher(env, exports);
  defineCryptoModule(env, exports);
  NativeCamera::define(env, exports);
  NativeEncoder::define(env, exports);
  NativeFrameTap::define(env, exports);
  NativeFragmentTap::define(env, exports);
  NativeFragmentMuxer::define(env, exports);
  NativeDecoderPool::define(env, exports);
  NativeDecoder::define(env, exports);
  NativeDecodedFrames::define(env, exports);
  NativePicture::define(env);
  NativeFrameBatch::define(env, exports);
  NativeFrameProvider::define(env, exports);
  NativeMotionWatcher::define(env, exports);
  NativeSegmentWriter::define(env, exports);
  NativeSegmentReader::define(env, exports);
  NativeExportJob::define(env, exports);
  NativeThumbnailJob::define(env, exports);
  NativeSnapshotJob::define(env, exports);
  defineReseal(env, exports);
  NativeSimulator::define(env, exports);
  NativeStorageLock::define(env, exports);
  defineTpm(env, exports);
  NativeGridRenderer::define(env, exports);
  defineEngineStats(env, exports);
  defineHardware(env, exports);
  return exports;
}

}  // namespace
}  // namespace flux::binding

static Napi::Object initializeAddon(Napi::Env env, Napi::Object exports) {
  return flux::binding::initialize(env, exports);
}

NODE_API_MODULE(fluxvision_core, initializeAddon)
