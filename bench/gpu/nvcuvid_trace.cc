#include "nvcuvid_trace.h"

extern "C" {
#include <libavutil/crc.h>
}

#include <array>
#include <cstdio>
#include <map>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "codec/h264.h"
#include "codec/h264_low_delay.h"
#include "codec/nal.h"
#include "gpu/nvdec_parser.h"
#include "gpu/result.h"
#include "gpu/stream.h"

namespace flux::gpu {
namespace {

constexpr const char* kHeading = "nvcuvid trace 1";
constexpr int kExtraSurfaces = 2;

template <typename... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// Calls the driver directly: what lib/gpu makes of the callbacks is another matter.
class Recorder final {
 public:
  Recorder(std::shared_ptr<Device> device, const TraceInput& input)
      : device_(std::move(device)), input_(input), stream_(*device_) {
    CUVIDPARSERPARAMS params{};
    params.CodecType = input.codec == Codec::kH264 ? cudaVideoCodec_H264 : cudaVideoCodec_HEVC;
    params.ulMaxNumDecodeSurfaces = 1;
    params.ulClockRate = 1'000'000;
    params.pUserData = this;
    params.pfnSequenceCallback = [](void* self, CUVIDEOFORMAT* format) {
      return static_cast<Recorder*>(self)->sequence(*format);
    };
    params.pfnDecodePicture = [](void* self, CUVIDPICPARAMS* picture) {
      return static_cast<Recorder*>(self)->decode(*picture);
    };
    params.pfnDisplayPicture = [](void* self, CUVIDPARSERDISPINFO* picture) {
      return static_cast<Recorder*>(self)->show(picture);
    };
    check(driver().cuvidCreateVideoParser(&parser_, &params), "making NVIDIA's parser");
  }
  ~Recorder() {
    if (parser_ != nullptr) driver().cuvidDestroyVideoParser(parser_);
    if (decoder_ != nullptr) driver().cuvidDestroyDecoder(decoder_);
  }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  std::vector<std::string> run() {
    for (size_t i = 0; i < input_.packets.size(); ++i) {
      const TracePacket& from = input_.packets[i];
      lines_.push_back(text("packet ", i, " pts ", from.timestamp, " bytes ", from.data.size()));
      CUVIDSOURCEDATAPACKET packet{};
      packet.flags = CUVID_PKT_TIMESTAMP | (input_.endOfPicture ? CUVID_PKT_ENDOFPICTURE : 0);
      packet.payload = from.data.data();
      packet.payload_size = static_cast<tcu_ulong>(from.data.size());
      packet.timestamp = from.timestamp;
      give(packet);
    }
    lines_.emplace_back("end");
    CUVIDSOURCEDATAPACKET packet{};
    packet.flags = CUVID_PKT_ENDOFSTREAM;
    give(packet);
    return std::move(lines_);
  }

 private:
  void give(CUVIDSOURCEDATAPACKET& packet) {
    const CUresult status = driver().cuvidParseVideoData(parser_, &packet);
    // Callbacks that failed left the reason.
    check(failed_, "in a callback of the parser");
    if (status != CUDA_SUCCESS) lines_.push_back(text("refused ", static_cast<int>(status)));
  }

  bool fine(CUresult status) {
    if (failed_ == CUDA_SUCCESS) failed_ = status;
    return status == CUDA_SUCCESS;
  }

  int sequence(const CUVIDEOFORMAT& format) {
    const auto& area = format.display_area;
    const auto& signal = format.video_signal_description;
    lines_.push_back(
        text("sequence coded ", format.coded_width, "x", format.coded_height, " shown ", area.left,
             ",", area.top, ",", area.right, ",", area.bottom, " surfaces ",
             int{format.min_num_decode_surfaces}, " chroma ",
             static_cast<int>(format.chroma_format), " depth ", 8 + format.bit_depth_luma_minus8,
             " progressive ", int{format.progressive_sequence}, " aspect ",
             format.display_aspect_ratio.x, ":", format.display_aspect_ratio.y, " signal ",
             int{signal.video_full_range_flag}, ",", int{signal.color_primaries}, ",",
             int{signal.transfer_characteristics}, ",", int{signal.matrix_coefficients}));
    if (decoder_ != nullptr) driver().cuvidDestroyDecoder(std::exchange(decoder_, nullptr));
    info_ = {};
    info_.CodecType = format.codec;
    info_.ChromaFormat = format.chroma_format;
    info_.bitDepthMinus8 = format.bit_depth_luma_minus8;
    info_.OutputFormat = format.bit_depth_luma_minus8 > 0 ? cudaVideoSurfaceFormat_P016
                                                          : cudaVideoSurfaceFormat_NV12;
    info_.DeinterlaceMode = cudaVideoDeinterlaceMode_Weave;
    info_.ulCreationFlags = cudaVideoCreate_PreferCUVID;
    info_.ulWidth = info_.ulMaxWidth = format.coded_width;
    info_.ulHeight = info_.ulMaxHeight = format.coded_height;
    info_.ulNumDecodeSurfaces = format.min_num_decode_surfaces + kExtraSurfaces;
    info_.ulNumOutputSurfaces = 1;
    info_.ulTargetWidth = static_cast<tcu_ulong>(area.right - area.left + 1) & ~tcu_ulong{1};
    info_.ulTargetHeight = static_cast<tcu_ulong>(area.bottom - area.top + 1) & ~tcu_ulong{1};
    info_.display_area = {static_cast<short>(area.left), static_cast<short>(area.top),
                          static_cast<short>(area.right), static_cast<short>(area.bottom)};
    if (!fine(driver().cuvidCreateDecoder(&decoder_, &info_))) return 0;
    return static_cast<int>(info_.ulNumDecodeSurfaces);
  }

  int decode(CUVIDPICPARAMS& picture) {
    if (picture.second_field == 0) numbers_[picture.CurrPicIdx] = decoded_++;
    lines_.push_back(text("decode ", numbers_[picture.CurrPicIdx], " field ",
                          picture.field_pic_flag, " second ", picture.second_field, " reference ",
                          picture.ref_pic_flag, " intra ", picture.intra_pic_flag, " slices ",
                          picture.nNumSlices));
    return fine(driver().cuvidDecodePicture(decoder_, &picture)) ? 1 : 0;
  }

  int show(const CUVIDPARSERDISPINFO* picture) {
    if (picture == nullptr) return 1;
    uint32_t crc = 0;
    int status = 0;
    if (!read(*picture, crc, status)) return 0;
    std::array<char, 16> hex{};
    std::snprintf(hex.data(), hex.size(), "%08x", crc);
    lines_.push_back(text("show ", numbers_[picture->picture_index], " pts ", picture->timestamp,
                          " progressive ", picture->progressive_frame, " repeat ",
                          picture->repeat_first_field, " status ", status, " crc ", hex.data()));
    return 1;
  }

  bool read(const CUVIDPARSERDISPINFO& picture, uint32_t& crc, int& status) {
    CUVIDPROCPARAMS how{};
    how.progressive_frame = picture.progressive_frame;
    how.top_field_first = picture.top_field_first;
    how.output_stream = stream_.get();
    unsigned long long address = 0;
    unsigned pitch = 0;
    if (!fine(
            driver().cuvidMapVideoFrame(decoder_, picture.picture_index, &address, &pitch, &how))) {
      return false;
    }
    const size_t width = info_.ulTargetWidth * (info_.bitDepthMinus8 > 0 ? 2 : 1);
    const size_t lines = info_.ulTargetHeight * 3 / 2;
    Bytes plain(width * lines);
    CUDA_MEMCPY2D copy{};
    copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
    copy.srcDevice = address;
    copy.srcPitch = pitch;
    copy.dstMemoryType = CU_MEMORYTYPE_HOST;
    copy.dstHost = plain.data();
    copy.dstPitch = width;
    copy.WidthInBytes = width;
    copy.Height = lines;
    const bool copied = fine(driver().cuMemcpy2DAsync(&copy, stream_.get()));
    stream_.synchronize();
    CUVIDGETDECODESTATUS answer{};
    driver().cuvidGetDecodeStatus(decoder_, picture.picture_index, &answer);
    status = static_cast<int>(answer.decodeStatus);
    crc = ~av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), ~0U, plain.data(), plain.size());
    return fine(driver().cuvidUnmapVideoFrame(decoder_, address)) && copied;
  }

  const std::shared_ptr<Device> device_;
  const TraceInput& input_;
  Stream stream_;
  CUvideoparser parser_ = nullptr;
  CUvideodecoder decoder_ = nullptr;
  CUVIDDECODECREATEINFO info_{};
  CUresult failed_ = CUDA_SUCCESS;
  std::map<int, int> numbers_;  ///< of the pictures in the surfaces
  int decoded_ = 0;
  std::vector<std::string> lines_;
};

std::string hexOf(ByteView data) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(data.size() * 2);
  for (const uint8_t byte : data) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

Bytes bytesOf(std::string_view hex) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  Bytes out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = digit(hex[i]);
    const int low = digit(hex[i + 1]);
    if (high < 0 || low < 0) throw Error("ERR_CONTAINER", "a packet that is not hexadecimal");
    out.push_back(static_cast<uint8_t>(high << 4 | low));
  }
  return out;
}

}  // namespace

TraceInput traceInputOf(const std::string& name, const std::vector<AccessUnit>& units,
                        bool lowDelay) {
  TraceInput input;
  input.name = name;
  for (const AccessUnit& unit : units) {
    const CodecParameters& parameters = *unit.parameters;
    input.codec = parameters.codec;
    const bool rewrites = lowDelay && parameters.codec == Codec::kH264;
    const auto append = [&](Bytes& out, ByteView nal) {
      const bool sps = rewrites && h264::nalType(nal) == h264::kNalSps;
      nal::appendAnnexB(out, sps ? ByteView(h264::withoutReordering(nal)) : nal);
    };
    TracePacket packet;
    if (unit.keyFrame) {
      if (!parameters.vps.empty()) append(packet.data, parameters.vps);
      append(packet.data, parameters.sps);
      append(packet.data, parameters.pps);
    }
    nal::forEachNal(unit.data, [&](ByteView nal) { append(packet.data, nal); });
    packet.timestamp = unit.mediaTime * 1'000'000 / unit.clockRate;
    input.packets.push_back(std::move(packet));
  }
  return input;
}

std::vector<std::string> trace(const std::shared_ptr<Device>& device, const TraceInput& input) {
  const ContextScope scope(*device);
  return Recorder(device, input).run();
}

std::string writeTrace(const TraceInput& input, const std::vector<std::string>& lines,
                       const std::string& madeBy) {
  std::ostringstream out;
  out << kHeading << "\nname " << input.name << "\nby " << madeBy << "\ncodec "
      << codecName(input.codec) << "\nendofpicture " << input.endOfPicture << "\n";
  for (const TracePacket& packet : input.packets) {
    out << "data " << packet.timestamp << " " << hexOf(packet.data) << "\n";
  }
  for (const std::string& line : lines) out << line << "\n";
  return out.str();
}

TraceFile readTrace(const std::string& whole) {
  TraceFile file;
  std::istringstream in(whole);
  std::string line;
  if (!std::getline(in, line) || line != kHeading) {
    throw Error("ERR_CONTAINER", "no trace: its first line is not '" + std::string(kHeading) + "'");
  }
  while (std::getline(in, line)) {
    const size_t space = line.find(' ');
    const std::string word = line.substr(0, space);
    const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
    if (word == "name") {
      file.input.name = rest;
    } else if (word == "by") {
      file.madeBy = rest;
    } else if (word == "codec") {
      file.input.codec = rest == codecName(Codec::kH264) ? Codec::kH264 : Codec::kH265;
    } else if (word == "endofpicture") {
      file.input.endOfPicture = rest == "1";
    } else if (word == "data") {
      TracePacket packet;
      std::istringstream fields(rest);
      std::string hex;
      if (!(fields >> packet.timestamp >> hex)) {
        throw Error("ERR_CONTAINER", "a packet without time and bytes");
      }
      packet.data = bytesOf(hex);
      file.input.packets.push_back(std::move(packet));
    } else if (!line.empty()) {
      file.lines.push_back(line);
    }
  }
  return file;
}

}  // namespace flux::gpu
