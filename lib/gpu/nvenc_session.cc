#include "gpu/nvenc_session.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.h"
#include "gpu/driver.h"
#include "video/encoded_units.h"

namespace flux::gpu {
namespace {

constexpr uint32_t kRateDenominator = 1000;
/// "Unspecified" of ITU-T H.264 table E-2.
constexpr uint32_t kVideoFormatUnspecified = 5;

bool same(const GUID& a, const GUID& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

const NV_ENCODE_API_FUNCTION_LIST& loadApi() {
  static NV_ENCODE_API_FUNCTION_LIST& list = *new NV_ENCODE_API_FUNCTION_LIST{};
  const Driver& table = driver();
  if (!table.nvenc.available) throw Error("ERR_UNSUPPORTED", table.nvenc.why);
  // Unlike NVENCAPI_VERSION, this has the major number above the minor.
  constexpr uint32_t kNeeded = NVENCAPI_MAJOR_VERSION << 4 | NVENCAPI_MINOR_VERSION;
  uint32_t newest = 0;
  if (table.NvEncodeAPIGetMaxSupportedVersion(&newest) != NV_ENC_SUCCESS || newest < kNeeded) {
    throw Error("ERR_UNSUPPORTED",
                "the NVIDIA driver has version " + std::to_string(newest >> 4) + "." +
                    std::to_string(newest & 15) + " of the encoder interface and " +
                    std::to_string(kNeeded >> 4) + "." + std::to_string(kNeeded & 15) +
                    " is needed: install a newer driver");
  }
  list.version = NV_ENCODE_API_FUNCTION_LIST_VER;
  if (table.NvEncodeAPICreateInstance(&list) != NV_ENC_SUCCESS) {
    throw Error("ERR_UNSUPPORTED",
                "the NVIDIA driver's encoder library gives no functions: reinstall the driver");
  }
  return list;
}

/// A number in ffnvcodec 11, an enumeration since 12.
template <typename Field>
void put(Field& field, uint32_t value) {
  field = static_cast<Field>(value);
}

/// The colours' numbers of ITU-T H.273, which both codecs use.
NV_ENC_CONFIG_H264_VUI_PARAMETERS vuiOf(video::ColourSpec colour) {
  constexpr uint32_t kBt709 = 1;
  constexpr uint32_t kSmpte170M = 6;
  constexpr uint32_t kBt2020 = 9;
  constexpr uint32_t kBt2020Transfer10 = 14;
  NV_ENC_CONFIG_H264_VUI_PARAMETERS vui{};
  vui.videoSignalTypePresentFlag = 1;
  put(vui.videoFormat, kVideoFormatUnspecified);
  vui.videoFullRangeFlag = colour.fullRange ? 1 : 0;
  vui.colourDescriptionPresentFlag = 1;
  uint32_t value = kBt709;
  if (colour.matrix == video::Matrix::kBt601) value = kSmpte170M;
  if (colour.matrix == video::Matrix::kBt2020) value = kBt2020;
  put(vui.colourPrimaries, value);
  put(vui.colourMatrix, value);
  put(vui.transferCharacteristics, value == kBt2020 ? kBt2020Transfer10 : value);
  // Tells decoders that they need not hold pictures back.
  vui.bitstreamRestrictionFlag = 1;
  return vui;
}

}  // namespace

const NV_ENCODE_API_FUNCTION_LIST& nvencApi() {
  static const NV_ENCODE_API_FUNCTION_LIST& list = loadApi();
  return list;
}

NvencSession::NvencSession(std::shared_ptr<Device> device, const video::EncoderOptions& options)
    : device_(std::move(device)),
      api_(nvencApi()),
      codec_(options.codec == Codec::kH264 ? NV_ENC_CODEC_H264_GUID : NV_ENC_CODEC_HEVC_GUID),
      size_(options.size),
      frameRate_(options.frameRate) {
  try {
    open();
    configure(options);
    NV_ENC_CREATE_BITSTREAM_BUFFER buffer{};
    buffer.version = NV_ENC_CREATE_BITSTREAM_BUFFER_VER;
    check(api_.nvEncCreateBitstreamBuffer(encoder_, &buffer), "make a buffer for an encoder");
    output_ = buffer.bitstreamBuffer;
  } catch (...) {
    close();
    throw;
  }
}

NvencSession::~NvencSession() {
  close();
}

void NvencSession::open() {
  NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS session{};
  session.version = NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER;
  session.deviceType = NV_ENC_DEVICE_TYPE_CUDA;
  session.device = device_->context();
  session.apiVersion = NVENCAPI_VERSION;
  // Where it fails it may have made something all the same: close() hands that back.
  const NVENCSTATUS status = api_.nvEncOpenEncodeSessionEx(&session, &encoder_);
  if (status == NV_ENC_ERR_OUT_OF_MEMORY || status == NV_ENC_ERR_INCOMPATIBLE_CLIENT_KEY) {
    throw Error("ERR_GPU_SESSIONS",
                "the NVIDIA driver opens no further encoder (" + std::to_string(status) +
                    "): a GeForce allows 8 in the whole machine, and other programs count too. "
                    "Close some, or use a GPU without that limit");
  }
  check(status, "open an encoder");
}

void NvencSession::requireCodec() const {
  uint32_t count = 0;
  check(api_.nvEncGetEncodeGUIDCount(encoder_, &count), "ask what the encoder encodes");
  std::vector<GUID> codecs(count);
  check(api_.nvEncGetEncodeGUIDs(encoder_, codecs.data(), count, &count),
        "ask what the encoder encodes");
  codecs.resize(std::min<size_t>(codecs.size(), count));
  if (std::ranges::none_of(codecs, [&](const GUID& known) { return same(known, codec_); })) {
    throw Error("ERR_UNSUPPORTED", "this GPU's encoder does not know the codec");
  }
}

int NvencSession::capability(NV_ENC_CAPS which) const {
  NV_ENC_CAPS_PARAM question{};
  question.version = NV_ENC_CAPS_PARAM_VER;
  question.capsToQuery = which;
  int answer = 0;
  check(api_.nvEncGetEncodeCaps(encoder_, codec_, &question, &answer), "ask what the encoder can");
  return answer;
}

void NvencSession::configure(const video::EncoderOptions& options) {
  requireCodec();
  const auto within = [&](int side, NV_ENC_CAPS least, NV_ENC_CAPS most) {
    const int maximum = capability(most);
    return side >= capability(least) && (maximum == 0 || side <= maximum);
  };
  if (!within(size_.width, NV_ENC_CAPS_WIDTH_MIN, NV_ENC_CAPS_WIDTH_MAX) ||
      !within(size_.height, NV_ENC_CAPS_HEIGHT_MIN, NV_ENC_CAPS_HEIGHT_MAX)) {
    throw Error("ERR_LIMIT", "this GPU's encoder takes no pictures of " +
                                 std::to_string(size_.width) + "x" + std::to_string(size_.height));
  }
  NV_ENC_PRESET_CONFIG preset{};
  preset.version = NV_ENC_PRESET_CONFIG_VER;
  preset.presetCfg.version = NV_ENC_CONFIG_VER;
  check(api_.nvEncGetEncodePresetConfigEx(encoder_, codec_, NV_ENC_PRESET_P4_GUID,
                                          NV_ENC_TUNING_INFO_LOW_LATENCY, &preset),
        "ask for the encoder's settings");
  config_ = preset.presetCfg;
  config_.version = NV_ENC_CONFIG_VER;
  // Key frames come when they are asked for; no picture waits for one behind it.
  config_.gopLength = NVENC_INFINITE_GOPLENGTH;
  config_.frameIntervalP = 1;
  config_.rcParams.rateControlMode = NV_ENC_PARAMS_RC_CBR;
  config_.rcParams.enableLookahead = 0;
  config_.rcParams.zeroReorderDelay = 1;
  if (options.codec == Codec::kH264) {
    config_.profileGUID = NV_ENC_H264_PROFILE_HIGH_GUID;
    auto& own = config_.encodeCodecConfig.h264Config;
    own.idrPeriod = NVENC_INFINITE_GOPLENGTH;
    own.repeatSPSPPS = 1;
    own.chromaFormatIDC = 1;
    own.h264VUIParameters = vuiOf(options.colour);
  } else {
    config_.profileGUID = NV_ENC_HEVC_PROFILE_MAIN_GUID;
    auto& own = config_.encodeCodecConfig.hevcConfig;
    own.idrPeriod = NVENC_INFINITE_GOPLENGTH;
    own.repeatSPSPPS = 1;
    own.chromaFormatIDC = 1;
    own.hevcVUIParameters = vuiOf(options.colour);
  }
  setRate(options.bitrate);

  parameters_.version = NV_ENC_INITIALIZE_PARAMS_VER;
  parameters_.encodeGUID = codec_;
  parameters_.presetGUID = NV_ENC_PRESET_P4_GUID;
  parameters_.tuningInfo = NV_ENC_TUNING_INFO_LOW_LATENCY;
  parameters_.encodeWidth = parameters_.darWidth = static_cast<uint32_t>(size_.width);
  parameters_.encodeHeight = parameters_.darHeight = static_cast<uint32_t>(size_.height);
  parameters_.frameRateNum = static_cast<uint32_t>(std::lround(frameRate_ * kRateDenominator));
  parameters_.frameRateDen = kRateDenominator;
  parameters_.enablePTD = 1;
  parameters_.encodeConfig = &config_;
  check(api_.nvEncInitializeEncoder(encoder_, &parameters_), "start an encoder");
}

void NvencSession::setRate(int64_t bitsPerSecond) {
  const auto limited = [](int64_t value) {
    return static_cast<uint32_t>(std::min<int64_t>(value, UINT32_MAX));
  };
  const int64_t buffer = video::encoderBufferBits(bitsPerSecond, frameRate_);
  config_.rcParams.averageBitRate = config_.rcParams.maxBitRate = limited(bitsPerSecond);
  config_.rcParams.vbvBufferSize = limited(buffer);
  config_.rcParams.vbvInitialDelay = limited(buffer);
}

void NvencSession::setBitrate(int64_t bitsPerSecond) {
  setRate(bitsPerSecond);
  NV_ENC_RECONFIGURE_PARAMS change{};
  change.version = NV_ENC_RECONFIGURE_PARAMS_VER;
  change.reInitEncodeParams = parameters_;
  change.resetEncoder = 0;
  change.forceIDR = 0;
  check(api_.nvEncReconfigureEncoder(encoder_, &change), "change an encoder's bitrate");
}

NV_ENC_REGISTERED_PTR NvencSession::registerInput(CUdeviceptr address, size_t pitch) {
  NV_ENC_REGISTER_RESOURCE resource{};
  resource.version = NV_ENC_REGISTER_RESOURCE_VER;
  resource.resourceType = NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR;
  // The interface wants a device's address as a pointer.
  resource.resourceToRegister =
      reinterpret_cast<void*>(address);  // NOLINT(performance-no-int-to-ptr)
  resource.width = static_cast<uint32_t>(size_.width);
  resource.height = static_cast<uint32_t>(size_.height);
  resource.pitch = static_cast<uint32_t>(pitch);
  resource.bufferFormat = NV_ENC_BUFFER_FORMAT_NV12;
  resource.bufferUsage = NV_ENC_INPUT_IMAGE;
  check(api_.nvEncRegisterResource(encoder_, &resource), "give an encoder its memory");
  inputs_.push_back(resource.registeredResource);
  return resource.registeredResource;
}

ByteView NvencSession::encode(NV_ENC_REGISTERED_PTR input, bool keyFrame, int64_t timestamp) {
  NV_ENC_MAP_INPUT_RESOURCE mapping{};
  mapping.version = NV_ENC_MAP_INPUT_RESOURCE_VER;
  mapping.registeredResource = input;
  check(api_.nvEncMapInputResource(encoder_, &mapping), "map a picture for an encoder");
  // Whatever happens, it is unmapped once the encoder is done with it.
  struct Mapping {
    const NvencSession& session;
    NV_ENC_INPUT_PTR pointer;
    ~Mapping() { session.api_.nvEncUnmapInputResource(session.encoder_, pointer); }
  } const mapped{*this, mapping.mappedResource};

  NV_ENC_PIC_PARAMS picture{};
  picture.version = NV_ENC_PIC_PARAMS_VER;
  picture.inputWidth = static_cast<uint32_t>(size_.width);
  picture.inputHeight = static_cast<uint32_t>(size_.height);
  picture.inputBuffer = mapped.pointer;
  picture.bufferFmt = mapping.mappedBufferFmt;
  picture.outputBitstream = output_;
  picture.pictureStruct = NV_ENC_PIC_STRUCT_FRAME;
  picture.frameIdx = count_++;
  picture.inputTimeStamp = static_cast<uint64_t>(timestamp);
  if (keyFrame) picture.encodePicFlags = NV_ENC_PIC_FLAG_FORCEIDR | NV_ENC_PIC_FLAG_OUTPUT_SPSPPS;
  // NEED_MORE_INPUT would be a picture held back, which nothing here allows: an error too.
  check(api_.nvEncEncodePicture(encoder_, &picture), "encode a picture");

  NV_ENC_LOCK_BITSTREAM lock{};
  lock.version = NV_ENC_LOCK_BITSTREAM_VER;
  lock.outputBitstream = output_;
  check(api_.nvEncLockBitstream(encoder_, &lock), "wait for an encoded picture");
  const auto* bytes = static_cast<const uint8_t*>(lock.bitstreamBufferPtr);
  packet_.assign(bytes, bytes + lock.bitstreamSizeInBytes);
  check(api_.nvEncUnlockBitstream(encoder_, output_), "take an encoded picture");
  return packet_;
}

void NvencSession::close() noexcept {
  if (encoder_ == nullptr) return;
  for (const auto& input : inputs_) api_.nvEncUnregisterResource(encoder_, input);
  if (output_ != nullptr) api_.nvEncDestroyBitstreamBuffer(encoder_, output_);
  api_.nvEncDestroyEncoder(encoder_);
  encoder_ = nullptr;
}

void NvencSession::check(NVENCSTATUS status, const char* action) const {
  if (status != NV_ENC_SUCCESS) raise(status, action);
}

void NvencSession::raise(NVENCSTATUS status, const char* action) const {
  const std::string text =
      std::string("cannot ") + action + " (NVENC error " + std::to_string(status) + ")";
  switch (status) {
    case NV_ENC_ERR_NO_ENCODE_DEVICE:
    case NV_ENC_ERR_UNSUPPORTED_DEVICE:
      throw Error("ERR_UNSUPPORTED",
                  device_->info().name + " has no video encoder (NVENC): " + text);
    case NV_ENC_ERR_INVALID_VERSION:
    case NV_ENC_ERR_UNSUPPORTED_PARAM:
    case NV_ENC_ERR_UNIMPLEMENTED:
      throw Error("ERR_UNSUPPORTED", text + ": the GPU or its driver cannot do that");
    case NV_ENC_ERR_OUT_OF_MEMORY:
      throw Error("ERR_GPU_MEMORY", text + ": the GPU's memory does not suffice");
    default:
      break;
  }
  // It has no word of its own for a GPU that is gone.
  if (device_->lost() || !device_->answers()) {
    device_->markLost(device_->info().name + " does not answer any more: " + text);
    throw Error("ERR_GPU_LOST", device_->lostReason());
  }
  throw Error("ERR_ENCODE", text);
}

}  // namespace flux::gpu
