// The functions of the fake NVENC, and the contracts that they hold their callers to.
#include "nvenc_state.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>

namespace fakenvenc {
namespace {

struct Fault {
  uint64_t at = 0;
  int error = 0;
  bool onwards = false;
};

uint64_t numberFrom(const char* variable, uint64_t usual) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 0) : usual;
}

struct State {
  std::mutex mutex;
  std::set<Session*> sessions;
  std::map<std::string, uint64_t> calls;
  std::multimap<std::string, Fault> faults;
  size_t most = numberFrom("FAKE_NVENC_SESSIONS", 8);
  bool unsupported = numberFrom("FAKE_NVENC_UNSUPPORTED", 0) != 0;
};

State& state() {
  static State& all = *new State();
  return all;
}

/// Counts, and gives the error that this call has to fail with.
NVENCSTATUS enter(const char* function) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  const uint64_t call = ++all.calls[function];
  const auto [from, to] = all.faults.equal_range(function);
  for (auto fault = from; fault != to; ++fault) {
    if (call == fault->second.at || (fault->second.onwards && call > fault->second.at)) {
      return static_cast<NVENCSTATUS>(fault->second.error);
    }
  }
  return NV_ENC_SUCCESS;
}

NVENCSTATUS violate(const char* function, const std::string& what, NVENCSTATUS status) {
  fakeCudaViolation((std::string(function) + ": " + what).c_str());
  return status;
}

/// A session for the length of one call.
class Call final {
 public:
  Call(const char* function, void* encoder, bool initialized = true) : function_(function) {
    status = enter(function);
    auto* wanted = static_cast<Session*>(encoder);
    {
      const std::lock_guard lock(state().mutex);
      if (!state().sessions.contains(wanted)) {
        status = violate(function, "no such session", NV_ENC_ERR_INVALID_ENCODERDEVICE);
        return;
      }
    }
    session = wanted;
    if (session->busy.exchange(true)) violate(function, "two threads in one session", status);
    if (initialized && !session->initialized) {
      status =
          violate(function, "before nvEncInitializeEncoder", NV_ENC_ERR_ENCODER_NOT_INITIALIZED);
    }
  }
  ~Call() {
    if (session != nullptr) session->busy = false;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool needVersion(uint32_t version, uint32_t wanted) {
    if (status == NV_ENC_SUCCESS && version != wanted) {
      status = violate(function_, "a structure of another version", NV_ENC_ERR_INVALID_VERSION);
    }
    return status == NV_ENC_SUCCESS;
  }
  NVENCSTATUS broke(const std::string& what, NVENCSTATUS error = NV_ENC_ERR_INVALID_PARAM) {
    return violate(function_, what, error);
  }

  NVENCSTATUS status = NV_ENC_SUCCESS;
  Session* session = nullptr;

 private:
  const char* function_;
};

NVENCSTATUS NVENCAPI openSession(NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS* open, void** encoder) {
  constexpr const char* kName = "nvEncOpenEncodeSessionEx";
  if (const NVENCSTATUS status = enter(kName); status != NV_ENC_SUCCESS) return status;
  if (open->version != NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER ||
      open->apiVersion != NVENCAPI_VERSION) {
    return violate(kName, "a structure of another version", NV_ENC_ERR_INVALID_VERSION);
  }
  if (open->deviceType != NV_ENC_DEVICE_TYPE_CUDA || open->device == nullptr) {
    return violate(kName, "no CUDA context", NV_ENC_ERR_INVALID_DEVICE);
  }
  State& all = state();
  const std::lock_guard lock(all.mutex);
  if (all.unsupported) return NV_ENC_ERR_UNSUPPORTED_DEVICE;
  if (all.sessions.size() >= all.most) return NV_ENC_ERR_OUT_OF_MEMORY;
  auto* session = new Session();
  all.sessions.insert(session);
  *encoder = session;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI guidCount(void* encoder, uint32_t* count) {
  Call call("nvEncGetEncodeGUIDCount", encoder, false);
  if (call.status == NV_ENC_SUCCESS) *count = 2;
  return call.status;
}

NVENCSTATUS NVENCAPI guids(void* encoder, GUID* list, uint32_t size, uint32_t* count) {
  Call call("nvEncGetEncodeGUIDs", encoder, false);
  if (call.status != NV_ENC_SUCCESS) return call.status;
  *count = 0;
  for (const GUID& known : {NV_ENC_CODEC_H264_GUID, NV_ENC_CODEC_HEVC_GUID}) {
    if (*count < size) list[(*count)++] = known;
  }
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI caps(void* encoder, GUID, NV_ENC_CAPS_PARAM* question, int* answer) {
  Call call("nvEncGetEncodeCaps", encoder, false);
  if (!call.needVersion(question->version, NV_ENC_CAPS_PARAM_VER)) return call.status;
  switch (question->capsToQuery) {
    case NV_ENC_CAPS_WIDTH_MIN:
      *answer = 145;  // as Turing and later say of H.264
      break;
    case NV_ENC_CAPS_HEIGHT_MIN:
      *answer = 49;
      break;
    case NV_ENC_CAPS_WIDTH_MAX:
    case NV_ENC_CAPS_HEIGHT_MAX:
      *answer = 4096;
      break;
    default:
      *answer = 1;
  }
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI preset(void* encoder, GUID, GUID, NV_ENC_TUNING_INFO tuning,
                            NV_ENC_PRESET_CONFIG* out) {
  Call call("nvEncGetEncodePresetConfigEx", encoder, false);
  if (!call.needVersion(out->version, NV_ENC_PRESET_CONFIG_VER)) return call.status;
  if (!call.needVersion(out->presetCfg.version, NV_ENC_CONFIG_VER)) return call.status;
  if (tuning == NV_ENC_TUNING_INFO_UNDEFINED) return call.broke("no tuning");
  out->presetCfg = {};
  out->presetCfg.version = NV_ENC_CONFIG_VER;
  out->presetCfg.gopLength = 30;
  out->presetCfg.frameIntervalP = 3;
  out->presetCfg.rcParams.rateControlMode = NV_ENC_PARAMS_RC_VBR;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI initialize(void* encoder, NV_ENC_INITIALIZE_PARAMS* wanted) {
  Call call("nvEncInitializeEncoder", encoder, false);
  if (!call.needVersion(wanted->version, NV_ENC_INITIALIZE_PARAMS_VER)) return call.status;
  if (call.session->initialized) return call.broke("twice", NV_ENC_ERR_INVALID_CALL);
  if (wanted->encodeConfig == nullptr) return call.broke("no configuration");
  if (!call.needVersion(wanted->encodeConfig->version, NV_ENC_CONFIG_VER)) return call.status;
  if (wanted->encodeConfig->frameIntervalP != 1 ||
      wanted->encodeConfig->rcParams.enableLookahead != 0) {
    return call.broke("pictures would be held back");
  }
  call.session->settings = *wanted;
  call.session->config = *wanted->encodeConfig;
  if (!openCodec(*call.session)) return NV_ENC_ERR_UNSUPPORTED_PARAM;
  call.session->initialized = true;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI reconfigure(void* encoder, NV_ENC_RECONFIGURE_PARAMS* change) {
  Call call("nvEncReconfigureEncoder", encoder);
  if (!call.needVersion(change->version, NV_ENC_RECONFIGURE_PARAMS_VER)) return call.status;
  const NV_ENC_INITIALIZE_PARAMS& wanted = change->reInitEncodeParams;
  if (!call.needVersion(wanted.version, NV_ENC_INITIALIZE_PARAMS_VER)) return call.status;
  if (!call.needVersion(wanted.encodeConfig->version, NV_ENC_CONFIG_VER)) return call.status;
  if (wanted.encodeWidth != call.session->settings.encodeWidth ||
      wanted.encodeHeight != call.session->settings.encodeHeight) {
    return NV_ENC_ERR_UNSUPPORTED_PARAM;
  }
  call.session->config = *wanted.encodeConfig;
  setRate(*call.session);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI createBitstream(void* encoder, NV_ENC_CREATE_BITSTREAM_BUFFER* out) {
  Call call("nvEncCreateBitstreamBuffer", encoder);
  if (!call.needVersion(out->version, NV_ENC_CREATE_BITSTREAM_BUFFER_VER)) return call.status;
  out->bitstreamBuffer = call.session->newHandle();
  call.session->bitstreams[out->bitstreamBuffer];
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI destroyBitstream(void* encoder, NV_ENC_OUTPUT_PTR buffer) {
  Call call("nvEncDestroyBitstreamBuffer", encoder);
  if (call.status != NV_ENC_SUCCESS) return call.status;
  const auto found = call.session->bitstreams.find(buffer);
  if (found == call.session->bitstreams.end()) return call.broke("no such buffer");
  if (found->second.locked) return call.broke("a locked buffer");
  call.session->bitstreams.erase(found);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI registerResource(void* encoder, NV_ENC_REGISTER_RESOURCE* resource) {
  Call call("nvEncRegisterResource", encoder);
  if (!call.needVersion(resource->version, NV_ENC_REGISTER_RESOURCE_VER)) return call.status;
  if (resource->resourceType != NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR ||
      resource->bufferFormat != NV_ENC_BUFFER_FORMAT_NV12) {
    return call.broke("no NV12 in CUDA memory");
  }
  if (resource->pitch < resource->width || resource->pitch % 4 != 0) return call.broke("the pitch");
  const Input input{reinterpret_cast<CUdeviceptr>(resource->resourceToRegister), resource->width,
                    resource->height, resource->pitch};
  if (fakeCudaMemory(input.address, input.bytes()) == nullptr) return NV_ENC_ERR_INVALID_PTR;
  resource->registeredResource = call.session->newHandle();
  call.session->registered[resource->registeredResource] = input;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI unregisterResource(void* encoder, NV_ENC_REGISTERED_PTR resource) {
  Call call("nvEncUnregisterResource", encoder);
  if (call.status != NV_ENC_SUCCESS) return call.status;
  for (const auto& [pointer, mapped] : call.session->mapped) {
    if (mapped == resource) return call.broke("what is mapped");
  }
  if (call.session->registered.erase(resource) == 0) return call.broke("what is not registered");
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI mapInput(void* encoder, NV_ENC_MAP_INPUT_RESOURCE* mapping) {
  Call call("nvEncMapInputResource", encoder);
  if (!call.needVersion(mapping->version, NV_ENC_MAP_INPUT_RESOURCE_VER)) return call.status;
  if (!call.session->registered.contains(mapping->registeredResource)) {
    return call.broke("what is not registered", NV_ENC_ERR_RESOURCE_NOT_REGISTERED);
  }
  mapping->mappedResource = call.session->newHandle();
  mapping->mappedBufferFmt = NV_ENC_BUFFER_FORMAT_NV12;
  call.session->mapped[mapping->mappedResource] = mapping->registeredResource;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI unmapInput(void* encoder, NV_ENC_INPUT_PTR pointer) {
  Call call("nvEncUnmapInputResource", encoder);
  if (call.status != NV_ENC_SUCCESS) return call.status;
  for (const auto& [buffer, bitstream] : call.session->bitstreams) {
    if (bitstream.from == pointer && !bitstream.seen) return call.broke("what is being encoded");
  }
  if (call.session->mapped.erase(pointer) == 0) {
    return call.broke("what is not mapped", NV_ENC_ERR_RESOURCE_NOT_MAPPED);
  }
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI encodePicture(void* encoder, NV_ENC_PIC_PARAMS* picture) {
  Call call("nvEncEncodePicture", encoder);
  if (!call.needVersion(picture->version, NV_ENC_PIC_PARAMS_VER)) return call.status;
  Session& session = *call.session;
  const auto mapped = session.mapped.find(picture->inputBuffer);
  if (mapped == session.mapped.end()) return call.broke("what is not mapped");
  const auto output = session.bitstreams.find(picture->outputBitstream);
  if (output == session.bitstreams.end()) return call.broke("no such buffer");
  if (output->second.locked || !output->second.seen) return call.broke("a buffer in use");
  if (picture->pictureStruct != NV_ENC_PIC_STRUCT_FRAME) return call.broke("no frame");
  const Input& input = session.registered.at(mapped->second);
  const bool keyFrame = (picture->encodePicFlags & NV_ENC_PIC_FLAG_FORCEIDR) != 0;
  if (!encode(session, input, keyFrame, output->second.bytes)) return NV_ENC_ERR_GENERIC;
  output->second.from = picture->inputBuffer;
  output->second.seen = false;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI lockBitstream(void* encoder, NV_ENC_LOCK_BITSTREAM* lock) {
  Call call("nvEncLockBitstream", encoder);
  // The encoder is done either way.
  const auto found = call.session->bitstreams.find(lock->outputBitstream);
  if (found != call.session->bitstreams.end() && call.status != NV_ENC_SUCCESS) {
    found->second.seen = true;
  }
  if (!call.needVersion(lock->version, NV_ENC_LOCK_BITSTREAM_VER)) return call.status;
  if (found == call.session->bitstreams.end()) return call.broke("no such buffer");
  if (found->second.locked || found->second.seen) return call.broke("nothing was encoded into it");
  found->second.locked = found->second.seen = true;
  lock->bitstreamBufferPtr = found->second.bytes.data();
  lock->bitstreamSizeInBytes = static_cast<uint32_t>(found->second.bytes.size());
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI unlockBitstream(void* encoder, NV_ENC_OUTPUT_PTR buffer) {
  Call call("nvEncUnlockBitstream", encoder);
  if (call.status != NV_ENC_SUCCESS) return call.status;
  const auto found = call.session->bitstreams.find(buffer);
  if (found == call.session->bitstreams.end() || !found->second.locked) {
    return call.broke("what is not locked");
  }
  found->second.locked = false;
  // Whoever reads on reads nonsense.
  std::ranges::fill(found->second.bytes, uint8_t{0xDD});
  return NV_ENC_SUCCESS;
}

NVENCSTATUS NVENCAPI destroy(void* encoder) {
  Session* session = nullptr;
  {
    Call call("nvEncDestroyEncoder", encoder, false);
    if (call.session == nullptr) return call.status;
    session = call.session;
    if (!session->mapped.empty()) call.broke("with mapped pictures");
    if (!session->registered.empty()) call.broke("with registered memory");
    if (!session->bitstreams.empty()) call.broke("with buffers that are left");
    const std::lock_guard lock(state().mutex);
    state().sessions.erase(session);
  }
  delete session;
  return NV_ENC_SUCCESS;
}

}  // namespace
}  // namespace fakenvenc

FAKE_CUDA_API NVENCSTATUS NvEncodeAPIGetMaxSupportedVersion(uint32_t* version) {
  constexpr uint64_t kOfTheHeaders = NVENCAPI_MAJOR_VERSION << 4 | NVENCAPI_MINOR_VERSION;
  *version = static_cast<uint32_t>(fakenvenc::numberFrom("FAKE_NVENC_VERSION", kOfTheHeaders));
  return NV_ENC_SUCCESS;
}

FAKE_CUDA_API NVENCSTATUS NvEncodeAPICreateInstance(NV_ENCODE_API_FUNCTION_LIST* list) {
  using namespace fakenvenc;
  if (list->version != NV_ENCODE_API_FUNCTION_LIST_VER) {
    return violate("NvEncodeAPICreateInstance", "another version", NV_ENC_ERR_INVALID_VERSION);
  }
  list->nvEncOpenEncodeSessionEx = openSession;
  list->nvEncGetEncodeGUIDCount = guidCount;
  list->nvEncGetEncodeGUIDs = guids;
  list->nvEncGetEncodeCaps = caps;
  list->nvEncGetEncodePresetConfigEx = preset;
  list->nvEncInitializeEncoder = initialize;
  list->nvEncReconfigureEncoder = reconfigure;
  list->nvEncCreateBitstreamBuffer = createBitstream;
  list->nvEncDestroyBitstreamBuffer = destroyBitstream;
  list->nvEncRegisterResource = registerResource;
  list->nvEncUnregisterResource = unregisterResource;
  list->nvEncMapInputResource = mapInput;
  list->nvEncUnmapInputResource = unmapInput;
  list->nvEncEncodePicture = encodePicture;
  list->nvEncLockBitstream = lockBitstream;
  list->nvEncUnlockBitstream = unlockBitstream;
  list->nvEncDestroyEncoder = destroy;
  return NV_ENC_SUCCESS;
}

FAKE_CUDA_API FakeNvencLive fakeNvencLive() {
  auto& all = fakenvenc::state();
  const std::lock_guard lock(all.mutex);
  FakeNvencLive live{all.sessions.size(), 0, 0, 0};
  for (const auto* session : all.sessions) {
    live.registered += session->registered.size();
    live.mapped += session->mapped.size();
    live.bitstreams += session->bitstreams.size();
  }
  return live;
}

FAKE_CUDA_API void fakeNvencFailAt(const char* function, uint64_t nth, int error, bool onwards) {
  auto& all = fakenvenc::state();
  const std::lock_guard lock(all.mutex);
  all.faults.emplace(function, fakenvenc::Fault{all.calls[function] + nth, error, onwards});
}

FAKE_CUDA_API void fakeNvencForgetFaults() {
  auto& all = fakenvenc::state();
  const std::lock_guard lock(all.mutex);
  all.faults.clear();
}

FAKE_CUDA_API void fakeNvencSetSessions(size_t most) {
  auto& all = fakenvenc::state();
  const std::lock_guard lock(all.mutex);
  all.most = most;
}

FAKE_CUDA_API void fakeNvencSetUnsupported(bool unsupported) {
  auto& all = fakenvenc::state();
  const std::lock_guard lock(all.mutex);
  all.unsupported = unsupported;
}

FAKE_CUDA_API uint64_t fakeNvencCalls(const char* function) {
  auto& all = fakenvenc::state();
  const std::lock_guard lock(all.mutex);
  return all.calls[function];
}
