#include "gpu/nvdec_engine.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "gpu/nvdec_caps.h"
#include "gpu/result.h"

namespace flux::gpu {
namespace {

/// More are refused by the driver, as an invalid value.
constexpr int kMaxDecodeSurfaces = 32;

struct Area {
  int left, top, right, bottom;
};

/// What is to be seen, on whole pairs of samples: chroma has one for two.
Area areaOf(const CUVIDEOFORMAT& format) {
  const auto& shown = format.display_area;
  const Area area{shown.left & ~1, shown.top & ~1, (shown.right + 1) & ~1, (shown.bottom + 1) & ~1};
  const bool inside = area.left >= 0 && area.top >= 0 && area.left < area.right &&
                      area.top < area.bottom &&
                      area.right <= static_cast<int>(format.coded_width) &&
                      area.bottom <= static_cast<int>(format.coded_height);
  if (inside) return area;
  return {0, 0, static_cast<int>(format.coded_width) & ~1,
          static_cast<int>(format.coded_height) & ~1};
}

template <typename Rect>
void set(Rect& rect, Area area) {
  rect.left = static_cast<short>(area.left);
  rect.top = static_cast<short>(area.top);
  rect.right = static_cast<short>(area.right);
  rect.bottom = static_cast<short>(area.bottom);
}

/// ITU-T H.273, table 4.
video::ColourSpec colourOf(const CUVIDEOFORMAT& format, video::Size size) {
  video::ColourSpec colour = video::usualColour(size.width, size.height);
  switch (format.video_signal_description.matrix_coefficients) {
    case 1:
    case 7:
      colour.matrix = video::Matrix::kBt709;
      break;
    case 4:
    case 5:
    case 6:
      colour.matrix = video::Matrix::kBt601;
      break;
    case 9:
    case 10:
      colour.matrix = video::Matrix::kBt2020;
      break;
    default:
      break;
  }
  colour.fullRange = format.video_signal_description.video_full_range_flag != 0;
  return colour;
}

/// Of a pixel, from that of the picture.
std::array<int, 2> pixelRatioOf(const CUVIDEOFORMAT& format, video::Size size) {
  const auto& whole = format.display_aspect_ratio;
  if (whole.x <= 0 || whole.y <= 0) return {0, 1};
  const int64_t wide = int64_t{whole.x} * size.height;
  const int64_t high = int64_t{whole.y} * size.width;
  const int64_t common = std::gcd(wide, high);
  if (wide / common > INT32_MAX || high / common > INT32_MAX) return {0, 1};
  return {static_cast<int>(wide / common), static_cast<int>(high / common)};
}

/// Derived: NV12 or P016 in lines of 256 bytes; the driver does not say what it takes.
uint64_t bytesOf(const CUVIDDECODECREATEINFO& info) {
  const auto picture = [&](uint64_t width, uint64_t height) {
    const uint64_t sample = info.bitDepthMinus8 > 0 ? 2 : 1;
    return (width * sample + 255) / 256 * 256 * height * 3 / 2;
  };
  return picture(info.ulMaxWidth, info.ulMaxHeight) * info.ulNumDecodeSurfaces +
         picture(info.ulTargetWidth, info.ulTargetHeight) * info.ulNumOutputSurfaces;
}

/// A session that cannot be set up as asked is of no use; what is said of memory and of abilities
/// tells its user more.
void checkSession(CUresult status, const char* action) {
  try {
    check(status, action);
  } catch (const Error& error) {
    if (error.code() != "ERR_GPU") throw;
    throw Error("ERR_DECODER", error.what());
  }
}

}  // namespace

NvdecEngine::NvdecEngine(std::shared_ptr<Device> device, const Stream& stream,
                         NvdecEngineOptions options)
    : device_(std::move(device)), stream_(stream), options_(std::move(options)) {}

NvdecEngine::~NvdecEngine() {
  // On a device that is lost nothing may be asked of the driver any more: it could wait for ever.
  if (device_->lost()) return;
  const ContextScope scope(*device_, ContextScope::kQuiet);
  destroy();
}

void NvdecEngine::destroy() noexcept {
  try {
    release(true);
  } catch (const Error&) {
    // The device has just been lost; destroying is all that is left.
  }
  if (decoder_ != nullptr && !device_->lost()) driver().cuvidDestroyDecoder(decoder_);
  decoder_ = nullptr;
  charge_ = {};
}

int NvdecEngine::configure(const CUVIDEOFORMAT& format) {
  const NvdecFormat asked{format.codec, format.chroma_format, format.bit_depth_luma_minus8 + 8,
                          static_cast<int>(format.coded_width),
                          static_cast<int>(format.coded_height)};
  if (const std::string why = nvdecRefusal(*device_, asked); !why.empty()) {
    throw Error("ERR_UNSUPPORTED", why + "; decode the stream on the processor");
  }
  if (format.bit_depth_luma_minus8 != format.bit_depth_chroma_minus8) {
    throw Error("ERR_UNSUPPORTED",
                "luma and chroma are of different bit depths; decode the stream on the processor");
  }
  const int wanted = format.min_num_decode_surfaces + options_.extraDecodeSurfaces;
  surfaces_ = std::clamp(wanted, 1, kMaxDecodeSurfaces);
  release(true);
  if (decoder_ == nullptr || !reconfigure(format)) {
    destroy();
    create(format);
  }
  openSurfaces(format);
  return surfaces_;
}

void NvdecEngine::create(const CUVIDEOFORMAT& format) {
  const Area area = areaOf(format);
  CUVIDDECODECREATEINFO info{};
  info.CodecType = format.codec;
  info.ChromaFormat = format.chroma_format;
  info.bitDepthMinus8 = format.bit_depth_luma_minus8;
  info.OutputFormat =
      format.bit_depth_luma_minus8 > 0 ? cudaVideoSurfaceFormat_P016 : cudaVideoSurfaceFormat_NV12;
  // Left open, the driver may choose to deinterlace, which takes more memory.
  info.DeinterlaceMode = cudaVideoDeinterlaceMode_Weave;
  info.ulCreationFlags = cudaVideoCreate_PreferCUVID;
  info.ulWidth = info.ulMaxWidth = format.coded_width;
  info.ulHeight = info.ulMaxHeight = format.coded_height;
  info.ulNumDecodeSurfaces = static_cast<tcu_ulong>(surfaces_);
  info.ulNumOutputSurfaces = static_cast<tcu_ulong>(options_.outputSurfaces);
  // As large as what is shown: the engine would scale to anything else.
  info.ulTargetWidth = static_cast<tcu_ulong>(area.right - area.left);
  info.ulTargetHeight = static_cast<tcu_ulong>(area.bottom - area.top);
  set(info.display_area, area);
  Charge charge = device_->budget().charge(Purpose::kDecoders, bytesOf(info), options_.session);
  CUvideodecoder made = nullptr;
  checkSession(driver().cuvidCreateDecoder(&made, &info), "opening an NVDEC session");
  decoder_ = made;
  created_ = info;
  charge_ = std::move(charge);
}

/// False where the decoder has to be made anew.
bool NvdecEngine::reconfigure(const CUVIDEOFORMAT& format) {
  if (format.codec != created_.CodecType || format.chroma_format != created_.ChromaFormat ||
      format.bit_depth_luma_minus8 != created_.bitDepthMinus8 ||
      format.coded_width > created_.ulMaxWidth || format.coded_height > created_.ulMaxHeight) {
    return false;
  }
  const Area area = areaOf(format);
  const auto width = static_cast<tcu_ulong>(area.right - area.left);
  const auto height = static_cast<tcu_ulong>(area.bottom - area.top);
  const auto& now = created_.display_area;
  if (format.coded_width == created_.ulWidth && format.coded_height == created_.ulHeight &&
      width == created_.ulTargetWidth && height == created_.ulTargetHeight &&
      area.left == now.left && area.top == now.top &&
      static_cast<tcu_ulong>(surfaces_) <= created_.ulNumDecodeSurfaces) {
    surfaces_ = static_cast<int>(created_.ulNumDecodeSurfaces);
    return true;
  }
  // A decoder made for much larger pictures keeps their memory.
  if (uint64_t{format.coded_width} * format.coded_height * 2 <
      uint64_t{created_.ulMaxWidth} * created_.ulMaxHeight) {
    return false;
  }
  // More surfaces than it was made with were never seen to be granted.
  if (static_cast<tcu_ulong>(surfaces_) > created_.ulNumDecodeSurfaces) return false;
  CUVIDRECONFIGUREDECODERINFO info{};
  info.ulWidth = format.coded_width;
  info.ulHeight = format.coded_height;
  info.ulTargetWidth = static_cast<unsigned>(width);
  info.ulTargetHeight = static_cast<unsigned>(height);
  info.ulNumDecodeSurfaces = static_cast<unsigned>(surfaces_);
  set(info.display_area, area);
  const CUresult status = driver().cuvidReconfigureDecoder(decoder_, &info);
  if (isSticky(status)) check(status, "reconfiguring an NVDEC session");
  if (status != CUDA_SUCCESS) return false;
  created_.ulWidth = info.ulWidth;
  created_.ulHeight = info.ulHeight;
  created_.ulTargetWidth = width;
  created_.ulTargetHeight = height;
  set(created_.display_area, area);
  return true;
}

void NvdecEngine::openSurfaces(const CUVIDEOFORMAT& format) {
  const video::Size size{static_cast<int>(created_.ulTargetWidth),
                         static_cast<int>(created_.ulTargetHeight)};
  const int bitDepth = format.bit_depth_luma_minus8 + 8;
  colour_ = options_.colour.value_or(colourOf(format, size));
  pixelRatio_ = pixelRatioOf(format, size);
  if (pictures_ != nullptr && size == size_ && bitDepth == bitDepth_) return;
  pictures_.reset();
  pictures_ = device_->surfaces().open(size, bitDepth, options_.heldPictures, options_.session);
  size_ = size;
  bitDepth_ = bitDepth;
}

void NvdecEngine::decode(CUVIDPICPARAMS& picture) {
  checkSession(driver().cuvidDecodePicture(decoder_, &picture), "decoding a picture");
}

NvdecEngine::Status NvdecEngine::status(int index) const {
  CUVIDGETDECODESTATUS answer{};
  const CUresult result = driver().cuvidGetDecodeStatus(decoder_, index, &answer);
  // Where it cannot tell, mapping waits for the picture.
  if (result == code(kNotSupported)) return Status::kDone;
  checkSession(result, "asking for a picture's state");
  switch (answer.decodeStatus) {
    case cuvidDecodeStatus_InProgress:
      return Status::kInProgress;
    case cuvidDecodeStatus_Error:
      return Status::kFailed;
    case cuvidDecodeStatus_Error_Concealed:
      return Status::kConcealed;
    default:
      return Status::kDone;
  }
}

NvdecEngine::Copied NvdecEngine::copy(int index, bool progressive, Status known) {
  if (known == Status::kFailed) return {known, nullptr};
  release(false);
  const std::shared_ptr<Surface> surface = pictures_->acquire();
  if (surface == nullptr) {
    return {known == Status::kInProgress ? Status::kDone : known, nullptr};
  }
  if (mapped_.size() >= created_.ulNumOutputSurfaces) releaseOldest();
  size_t pitch = 0;
  Event copied = takeEvent();
  const CUdeviceptr address = map(index, progressive, pitch);
  if (known == Status::kInProgress) known = status(index);
  if (known == Status::kInProgress) known = Status::kDone;  // mapped is decoded
  if (known == Status::kFailed) {
    unmap(address);
    return {known, nullptr};
  }
  mapped_.push_back({index, address, std::move(copied), surface});
  surface->setColour(colour_);
  surface->setPixelRatio(pixelRatio_);
  surface->beginWrite(stream_);
  queueCopy(*surface, address, pitch);
  surface->markReady(stream_);
  mapped_.back().copied.record(stream_);
  return {known, surface};
}

CUdeviceptr NvdecEngine::map(int index, bool progressive, size_t& pitch) {
  CUVIDPROCPARAMS how{};
  how.progressive_frame = progressive ? 1 : 0;
  how.top_field_first = 1;
  // Left out, this runs on the default stream, where it waits for every other session.
  how.output_stream = stream_.get();
  unsigned long long address = 0;
  unsigned bytes = 0;
  checkSession(driver().cuvidMapVideoFrame(decoder_, index, &address, &bytes, &how),
               "mapping a decoded picture");
  pitch = bytes;
  return address;
}

void NvdecEngine::unmap(CUdeviceptr address) {
  checkSession(driver().cuvidUnmapVideoFrame(decoder_, address), "giving a decoded picture back");
}

void NvdecEngine::queueCopy(const Surface& surface, CUdeviceptr from, size_t pitch) {
  const auto planes = surface.planes();
  const auto width = static_cast<size_t>(created_.ulTargetWidth) * (bitDepth_ > 8 ? 2 : 1);
  const auto height = static_cast<size_t>(created_.ulTargetHeight);
  CUDA_MEMCPY2D copy{};
  copy.srcMemoryType = copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.srcPitch = pitch;
  copy.WidthInBytes = width;
  for (size_t plane = 0; plane < planes.size(); ++plane) {
    copy.srcDevice = from + (plane == 0 ? 0 : pitch * height);
    copy.dstDevice = planes[plane].address;
    copy.dstPitch = planes[plane].pitch;
    copy.Height = plane == 0 ? height : height / 2;
    checkSession(driver().cuMemcpy2DAsync(&copy, stream_.get()), "copying a decoded picture");
  }
}

bool NvdecEngine::busy(int index) const {
  return std::ranges::find(mapped_, index, &Mapped::index) != mapped_.end();
}

void NvdecEngine::release(bool wait) {
  while (!mapped_.empty() && (wait || mapped_.front().copied.done())) releaseOldest();
}

void NvdecEngine::releaseOldest() {
  Mapped oldest = std::move(mapped_.front());
  mapped_.pop_front();
  oldest.copied.synchronize();
  unmap(oldest.address);
  idleEvents_.push_back(std::move(oldest.copied));
}

Event NvdecEngine::takeEvent() {
  if (idleEvents_.empty()) return Event(*device_);
  Event event = std::move(idleEvents_.back());
  idleEvents_.pop_back();
  return event;
}

uint64_t NvdecEngine::memoryBytes() const noexcept {
  return charge_.bytes() + (pictures_ != nullptr ? pictures_->stats().bytes : 0);
}

}  // namespace flux::gpu
