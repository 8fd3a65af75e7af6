// The fake libnvcuvid's decoder: libavcodec with one thread, whose pictures are taken in decoding
// order, and surfaces that are held to what the interface allows.
#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
}

#include "base/bytes.h"
#include "nvcuvid_fake.h"

namespace fake {
namespace {

using flux::Bytes;
using flux::ByteView;

constexpr int kMaxSurfaces = 32;
constexpr size_t kPitchAlignment = 512;
constexpr uint8_t kPoison = 0xDB;

struct FrameDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using FramePtr = std::unique_ptr<AVFrame, FrameDeleter>;
struct ContextDeleter {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
struct PacketDeleter {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};

size_t even(size_t value) {
  return (value + 1) & ~size_t{1};
}

bool supported(const CUVIDDECODECAPS& caps) {
  if (caps.eChromaFormat != cudaVideoChromaFormat_420) return false;
  if (caps.eCodecType == cudaVideoCodec_H264) return caps.nBitDepthMinus8 == 0;
  if (caps.eCodecType != cudaVideoCodec_HEVC) return false;
  return caps.nBitDepthMinus8 == 0 || (caps.nBitDepthMinus8 == 2 && control().hevc10 != 0);
}

/// As an RTX 3060 answers for H.264, and NVIDIA's table for H.265 (docs/decoding.md).
void answerCaps(CUVIDDECODECAPS& caps) {
  caps.bIsSupported = supported(caps) ? 1 : 0;
  if (caps.bIsSupported == 0) return;
  const bool h264 = caps.eCodecType == cudaVideoCodec_H264;
  const int side = control().maxWidth * (h264 ? 1 : 2);
  caps.nNumNVDECs = 1;
  caps.nOutputFormatMask = caps.nBitDepthMinus8 == 0 ? 1 << cudaVideoSurfaceFormat_NV12
                                                     : 1 << cudaVideoSurfaceFormat_P016 |
                                                           1 << cudaVideoSurfaceFormat_NV12;
  caps.nMaxWidth = static_cast<unsigned>(side);
  caps.nMaxHeight = static_cast<unsigned>(side);
  caps.nMaxMBCount = static_cast<unsigned>(side / 16 * (side / 16));
  caps.nMinWidth = static_cast<unsigned short>(control().minWidth * (h264 ? 1 : 3));
  caps.nMinHeight = h264 ? 16 : 144;
}

struct Rect {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
};

class Decoder final {
 public:
  explicit Decoder(const CUVIDDECODECREATEINFO& info)
      : info_(info),
        sixteen_(info.OutputFormat == cudaVideoSurfaceFormat_P016),
        outputs_(info.ulNumOutputSurfaces) {
    configure(info.ulWidth, info.ulHeight, info.ulTargetWidth, info.ulTargetHeight,
              info.ulNumDecodeSurfaces,
              {info.display_area.left, info.display_area.top, info.display_area.right,
               info.display_area.bottom});
    ++control().decoders;
    ++control().decodersMade;
  }
  ~Decoder() {
    freeOutputs();
    --control().decoders;
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  [[nodiscard]] const CUVIDDECODECREATEINFO& info() const { return info_; }
  [[nodiscard]] bool anyMapped() const {
    return std::ranges::any_of(outputs_, [](const Output& one) { return one.index >= 0; });
  }

  void configure(size_t width, size_t height, size_t targetWidth, size_t targetHeight,
                 size_t surfaces, Rect area) {
    freeOutputs();
    width_ = width;
    height_ = height;
    targetWidth_ = even(targetWidth);
    targetHeight_ = even(targetHeight);
    area_ = area;
    surfaces_.clear();
    surfaces_.resize(surfaces);
    openCodec();
  }

  CUresult decode(const CUVIDPICPARAMS& picture) {
    const auto index = static_cast<size_t>(picture.CurrPicIdx);
    if (picture.CurrPicIdx < 0 || index >= surfaces_.size()) return kInvalidValue;
    if (static_cast<size_t>(picture.PicWidthInMbs) * 16 < width_ ||
        static_cast<size_t>(picture.PicWidthInMbs) * 16 > width_ + 15 + 48) {
      control().violation("a picture of another size was given to a decoder");
      return kInvalidValue;
    }
    for (const Output& one : outputs_) {
      if (one.index == picture.CurrPicIdx) {
        control().violation("a surface was decoded into while it is mapped");
      }
    }
    Surface& surface = surfaces_[index];
    const bool second = picture.second_field != 0;
    if (!second) surface = {};
    surface.polls = control().statusPolls;
    const bool decoded = run({picture.pBitstreamData, picture.nBitstreamDataLen}, second);
    surface.status = decoded ? cuvidDecodeStatus_Success : cuvidDecodeStatus_Error;
    if (current_->buf[0] != nullptr) {
      surface.frame.reset(av_frame_clone(current_.get()));
    }
    if (due(control().errorStatusAt)) surface.status = cuvidDecodeStatus_Error;
    if (due(control().concealedStatusAt)) surface.status = cuvidDecodeStatus_Error_Concealed;
    ++control().decoded;
    return kOk;
  }

  CUresult status(int index, CUVIDGETDECODESTATUS& out) {
    if (index < 0 || static_cast<size_t>(index) >= surfaces_.size()) return kInvalidValue;
    Surface& surface = surfaces_[static_cast<size_t>(index)];
    out.decodeStatus = surface.status;
    if (surface.polls > 0) {
      --surface.polls;
      out.decodeStatus = cuvidDecodeStatus_InProgress;
    }
    return kOk;
  }

  CUresult map(int index, CUdeviceptr& address, unsigned& pitch, const CUVIDPROCPARAMS& how) {
    if (index < 0 || static_cast<size_t>(index) >= surfaces_.size()) return kInvalidValue;
    if (how.output_stream == nullptr) {
      control().violation("a frame was mapped on the default stream");
    }
    const auto free =
        std::ranges::find_if(outputs_, [](const Output& one) { return one.index < 0; });
    if (free == outputs_.end()) {
      control().violation("more frames are mapped than ulNumOutputSurfaces");
      return kMapFailed;
    }
    if (free->address == 0) {
      free->address = fakeCudaAllocate(bytes());
      if (free->address == 0) return static_cast<CUresult>(2);
    }
    // In the stream's order, as the engine's own post-processing is.
    auto work = std::make_unique<Work>();
    work->address = free->address;
    work->picture.resize(bytes());
    postProcess(surfaces_[static_cast<size_t>(index)], work->picture);
    const CUresult status = fakeCudaEnqueue(how.output_stream, &Work::run, work.get());
    if (status != kOk) return status;
    work.release();
    free->index = index;
    address = free->address;
    pitch = static_cast<unsigned>(this->pitch());
    ++control().mapped;
    return kOk;
  }

  CUresult unmap(CUdeviceptr address) {
    const auto one = std::ranges::find_if(outputs_, [address](const Output& candidate) {
      return candidate.index >= 0 && candidate.address == address;
    });
    if (one == outputs_.end()) {
      control().violation("a frame was unmapped that is not mapped");
      return kInvalidValue;
    }
    // Whoever still reads it, in whatever stream, gets this instead of a picture.
    if (void* memory = fakeCudaMemory(address, bytes())) std::memset(memory, kPoison, bytes());
    one->index = -1;
    --control().mapped;
    return kOk;
  }

 private:
  struct Surface {
    FramePtr frame;
    cuvidDecodeStatus status = cuvidDecodeStatus_Invalid;
    int polls = 0;  ///< times that it is still in progress when asked
  };
  struct Output {
    CUdeviceptr address = 0;
    int index = -1;
  };
  /// A frame on its way into an output surface.
  struct Work {
    CUdeviceptr address = 0;
    Bytes picture;
    static void run(void* user) {
      const std::unique_ptr<Work> self(static_cast<Work*>(user));
      void* memory = fakeCudaMemory(self->address, self->picture.size());
      if (memory != nullptr) std::memcpy(memory, self->picture.data(), self->picture.size());
    }
  };

  [[nodiscard]] size_t pitch() const {
    const size_t line = targetWidth_ * (sixteen_ ? 2 : 1);
    return (line + kPitchAlignment - 1) / kPitchAlignment * kPitchAlignment;
  }
  [[nodiscard]] size_t bytes() const { return pitch() * (targetHeight_ + targetHeight_ / 2); }

  void freeOutputs() {
    for (Output& one : outputs_) {
      if (one.index >= 0) --control().mapped;
      if (one.address != 0) fakeCudaFree(one.address);
      one = {};
    }
  }

  void openCodec() {
    const AVCodecID id =
        info_.CodecType == cudaVideoCodec_H264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC;
    av_log_set_level(AV_LOG_QUIET);
    const AVCodec* codec = avcodec_find_decoder(id);
    context_.reset(avcodec_alloc_context3(codec));
    context_->thread_count = 1;
    context_->opaque = this;
    context_->get_buffer2 = &Decoder::takeBuffer;
    current_.reset(av_frame_alloc());
    if (avcodec_open2(context_.get(), codec, nullptr) < 0) throw std::bad_alloc();
  }

  /// libavcodec gives pictures in the order of presentation; where it decodes into tells which is
  /// which in decoding order.
  static int takeBuffer(AVCodecContext* context, AVFrame* frame, int flags) {
    const int status = avcodec_default_get_buffer2(context, frame, flags);
    if (status < 0) return status;
    auto* self = static_cast<Decoder*>(context->opaque);
    av_frame_unref(self->current_.get());
    return av_frame_ref(self->current_.get(), frame);
  }

  bool run(ByteView stream, bool second) {
    if (!second) av_frame_unref(current_.get());
    const std::unique_ptr<AVPacket, PacketDeleter> packet(av_packet_alloc());
    if (av_new_packet(packet.get(), static_cast<int>(stream.size())) < 0) return false;
    std::ranges::copy(stream, packet->data);
    bool fine = avcodec_send_packet(context_.get(), packet.get()) >= 0;
    const FramePtr out(av_frame_alloc());
    for (;;) {
      const int status = avcodec_receive_frame(context_.get(), out.get());
      if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) break;
      if (status < 0) {
        fine = false;
        break;
      }
    }
    return fine && current_->buf[0] != nullptr;
  }

  /// Crops to display_area, and scales it to the target (nearest sample) where that differs.
  void postProcess(const Surface& surface, Bytes& out) const {
    std::fill(out.begin(), out.end(), uint8_t{0x80});
    const AVFrame* frame = surface.frame.get();
    if (frame == nullptr) return;
    const AVPixFmtDescriptor* format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
    if (format == nullptr || format->nb_components < 3 || format->log2_chroma_w != 1 ||
        format->log2_chroma_h != 1) {
      return;
    }
    const auto width = static_cast<size_t>(area_.right - area_.left);
    const auto height = static_cast<size_t>(area_.bottom - area_.top);
    const int shift = 16 - format->comp[0].depth;
    const size_t bytes = format->comp[0].depth > 8 ? 2 : 1;
    /// One component: `step` samples of the output from one to the next.
    const auto put = [&](int plane, size_t firstLine, size_t offset, size_t step) {
      const bool luma = plane == 0;
      const size_t columns = targetWidth_ / (luma ? 1 : 2);
      const size_t lines = targetHeight_ / (luma ? 1 : 2);
      const size_t fromWidth = luma ? width : even(width) / 2;
      const size_t fromHeight = luma ? height : even(height) / 2;
      const int part = luma ? 1 : 2;
      for (size_t y = 0; y < lines; ++y) {
        const int line = std::min(area_.top / part + static_cast<int>(y * fromHeight / lines),
                                  (frame->height + part - 1) / part - 1);
        const uint8_t* from = frame->data[plane] + ptrdiff_t{line} * frame->linesize[plane];
        uint8_t* to = out.data() + (firstLine + y) * pitch();
        for (size_t x = 0; x < columns; ++x) {
          const size_t column = static_cast<size_t>(area_.left / part) + x * fromWidth / columns;
          unsigned value = from[column * bytes];
          if (bytes == 2) value |= static_cast<unsigned>(from[column * 2 + 1]) << 8;
          const size_t at = offset + x * step;
          if (!sixteen_) {
            to[at] = static_cast<uint8_t>(bytes == 1 ? value : value >> (8 - shift));
            continue;
          }
          const auto wide = static_cast<uint16_t>(bytes == 1 ? value << 8 : value << shift);
          std::memcpy(to + at * 2, &wide, 2);
        }
      }
    };
    put(0, 0, 0, 1);
    put(1, targetHeight_, 0, 2);
    put(2, targetHeight_, 1, 2);
  }

  const CUVIDDECODECREATEINFO info_;
  const bool sixteen_;
  size_t width_ = 0;
  size_t height_ = 0;
  size_t targetWidth_ = 0;
  size_t targetHeight_ = 0;
  Rect area_;
  std::vector<Surface> surfaces_;
  std::vector<Output> outputs_;
  std::unique_ptr<AVCodecContext, ContextDeleter> context_;
  FramePtr current_;
};

CUresult checkCreate(const CUVIDDECODECREATEINFO& info) {
  CUVIDDECODECAPS caps{};
  caps.eCodecType = info.CodecType;
  caps.eChromaFormat = info.ChromaFormat;
  caps.nBitDepthMinus8 = static_cast<unsigned>(info.bitDepthMinus8);
  answerCaps(caps);
  if (caps.bIsSupported == 0) return kNotSupported;
  if (info.ulWidth > caps.nMaxWidth || info.ulHeight > caps.nMaxHeight ||
      info.ulWidth < caps.nMinWidth || info.ulHeight < caps.nMinHeight ||
      info.ulWidth * info.ulHeight / 256 > caps.nMaxMBCount) {
    return kNotSupported;
  }
  if ((caps.nOutputFormatMask >> info.OutputFormat & 1) == 0) return kNotSupported;
  // Seen on hardware: 33 is refused, and a target of nothing answers out of memory.
  if (info.ulNumDecodeSurfaces < 1 || info.ulNumDecodeSurfaces > kMaxSurfaces) {
    return kInvalidValue;
  }
  if (info.ulTargetWidth == 0 || info.ulTargetHeight == 0) return static_cast<CUresult>(2);
  if (info.ulNumOutputSurfaces < 1) return kInvalidValue;
  if (info.DeinterlaceMode != cudaVideoDeinterlaceMode_Weave) {
    control().violation("a decoder was created that deinterlaces");
  }
  return kOk;
}

/// Those that are alive: a handle is looked up before it is used.
struct Registry {
  std::mutex mutex;
  std::map<CUvideodecoder, std::unique_ptr<Decoder>> decoders;
};

Registry& registry() {
  static auto& all = *new Registry();
  return all;
}

Decoder* find(CUvideodecoder handle) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const auto found = all.decoders.find(handle);
  if (found != all.decoders.end()) return found->second.get();
  control().violation("a decoder was used that there is not");
  return nullptr;
}

/// Counts down to the moment at which the device is lost.
bool loses() {
  if (due(control().lostAt)) control().lost = true;
  return control().lost;
}

}  // namespace
}  // namespace fake

#define FLUX_EXPORT extern "C" __attribute__((visibility("default")))

using namespace fake;

FLUX_EXPORT CUresult cuvidGetDecoderCaps(CUVIDDECODECAPS* caps) {
  if (const CUresult status = ready("cuvidGetDecoderCaps"); status != kOk) return status;
  if (caps == nullptr) return kInvalidValue;
  ++control().capsAsked;
  answerCaps(*caps);
  return kOk;
}

FLUX_EXPORT CUresult cuvidCreateDecoder(CUvideodecoder* decoder, CUVIDDECODECREATEINFO* info) {
  if (const CUresult status = ready("cuvidCreateDecoder"); status != kOk) return status;
  if (decoder == nullptr || info == nullptr) return kInvalidValue;
  if (control().failCreateAt > 1) {
    --control().failCreateAt;
  } else if (control().failCreateAt == 1) {
    return static_cast<CUresult>(control().failCreateWith.load());
  }
  const int most = control().maxSessions;
  if (most > 0 && control().decoders >= most) {
    return static_cast<CUresult>(control().failCreateWith.load());
  }
  if (const CUresult status = checkCreate(*info); status != kOk) return status;
  auto made = std::make_unique<Decoder>(*info);
  *decoder = made.get();
  const std::lock_guard lock(registry().mutex);
  registry().decoders.emplace(*decoder, std::move(made));
  return kOk;
}

FLUX_EXPORT CUresult cuvidDestroyDecoder(CUvideodecoder decoder) {
  Decoder* one = find(decoder);
  if (one == nullptr) return kInvalidHandle;
  if (one->anyMapped() && !control().lost) {
    control().violation("a decoder was destroyed with frames that are mapped");
  }
  if (const CUresult status = ready("cuvidDestroyDecoder"); status == kInvalidContext) {
    control().violation("a decoder was destroyed without a context");
  }
  const std::lock_guard lock(registry().mutex);
  registry().decoders.erase(decoder);
  return control().lost ? kLaunchFailed : kOk;
}

FLUX_EXPORT CUresult cuvidDecodePicture(CUvideodecoder decoder, CUVIDPICPARAMS* picture) {
  if (loses()) return kLaunchFailed;
  if (const CUresult status = ready("cuvidDecodePicture"); status != kOk) return status;
  Decoder* one = find(decoder);
  if (one == nullptr || picture == nullptr) return kInvalidValue;
  if (due(control().failDecodeAt)) return static_cast<CUresult>(control().failDecodeWith.load());
  return one->decode(*picture);
}

FLUX_EXPORT CUresult cuvidGetDecodeStatus(CUvideodecoder decoder, int index,
                                          CUVIDGETDECODESTATUS* out) {
  if (const CUresult status = ready("cuvidGetDecodeStatus"); status != kOk) return status;
  Decoder* one = find(decoder);
  if (one == nullptr || out == nullptr) return kInvalidValue;
  if (control().statusSupported == 0) return kNotSupported;
  return one->status(index, *out);
}

FLUX_EXPORT CUresult cuvidReconfigureDecoder(CUvideodecoder decoder,
                                             CUVIDRECONFIGUREDECODERINFO* info) {
  if (const CUresult status = ready("cuvidReconfigureDecoder"); status != kOk) return status;
  Decoder* one = find(decoder);
  if (one == nullptr || info == nullptr) return kInvalidValue;
  if (!inSequenceCallback()) {
    control().violation("a decoder was reconfigured outside of the sequence callback");
    return kInvalidValue;
  }
  if (one->anyMapped()) {
    control().violation("a decoder was reconfigured with frames that are mapped");
    return kInvalidValue;
  }
  if (control().reconfigures == 0) return kNotSupported;
  if (info->ulWidth > one->info().ulMaxWidth || info->ulHeight > one->info().ulMaxHeight ||
      info->ulNumDecodeSurfaces < 1 || info->ulNumDecodeSurfaces > kMaxSurfaces) {
    return kInvalidValue;
  }
  one->configure(info->ulWidth, info->ulHeight, info->ulTargetWidth, info->ulTargetHeight,
                 info->ulNumDecodeSurfaces,
                 {info->display_area.left, info->display_area.top, info->display_area.right,
                  info->display_area.bottom});
  ++control().reconfigured;
  return kOk;
}

FLUX_EXPORT CUresult cuvidMapVideoFrame64(CUvideodecoder decoder, int index,
                                          unsigned long long* address, unsigned* pitch,
                                          CUVIDPROCPARAMS* how) {
  if (control().lost) return kLaunchFailed;
  if (const CUresult status = ready("cuvidMapVideoFrame64"); status != kOk) return status;
  Decoder* one = find(decoder);
  if (one == nullptr || address == nullptr || pitch == nullptr || how == nullptr) {
    return kInvalidValue;
  }
  if (due(control().failMapAt)) {
    const auto status = static_cast<CUresult>(control().failMapWith.load());
    if (status == kLaunchFailed) control().lost = true;
    return status;
  }
  return one->map(index, *address, *pitch, *how);
}

FLUX_EXPORT CUresult cuvidUnmapVideoFrame64(CUvideodecoder decoder, unsigned long long address) {
  if (control().lost) return kLaunchFailed;
  if (const CUresult status = ready("cuvidUnmapVideoFrame64"); status != kOk) return status;
  Decoder* one = find(decoder);
  return one != nullptr ? one->unmap(address) : kInvalidValue;
}
