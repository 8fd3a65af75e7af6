#include "nvcuvid_format.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <numeric>

namespace fake {
namespace {

constexpr int kMaxFrames = 16;

void setAspect(CUVIDEOFORMAT& video, int num, int den) {
  const int width = video.display_area.right - video.display_area.left;
  const int height = video.display_area.bottom - video.display_area.top;
  const int64_t x = int64_t{width} * (num > 0 ? num : 1);
  const int64_t y = int64_t{height} * (den > 0 ? den : 1);
  const int64_t common = std::max<int64_t>(1, std::gcd(x, y));
  video.display_aspect_ratio.x = static_cast<int>(x / common);
  video.display_aspect_ratio.y = static_cast<int>(y / common);
}

/// Table E-1.
constexpr std::array<std::array<int, 2>, 17> kAspects = {{{0, 1},
                                                          {1, 1},
                                                          {12, 11},
                                                          {10, 11},
                                                          {16, 11},
                                                          {40, 33},
                                                          {24, 11},
                                                          {20, 11},
                                                          {32, 11},
                                                          {80, 33},
                                                          {18, 11},
                                                          {15, 11},
                                                          {64, 33},
                                                          {160, 99},
                                                          {4, 3},
                                                          {3, 2},
                                                          {2, 1}}};

void skipScalingLists(BitReader& reader, int lists) {
  for (int i = 0; i < lists && reader.ok(); ++i) {
    if (!reader.flag()) continue;
    int last = 8;
    int next = 8;
    for (int j = 0; j < (i < 6 ? 16 : 64) && reader.ok(); ++j) {
      if (next != 0) next = (last + reader.se() + 256) & 255;
      if (next != 0) last = next;
    }
  }
}

void skipHrd(BitReader& reader) {
  const uint32_t count = std::min<uint32_t>(reader.ue(), 31) + 1;
  reader.skip(8);
  for (uint32_t i = 0; i < count; ++i) {
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  reader.skip(20);
}

struct Vui {
  std::array<int, 2> aspect = {0, 1};
  int reorder = -1;
  int buffering = -1;
};

Vui readVui(BitReader& reader, CUVIDEOFORMAT& video) {
  Vui vui;
  if (reader.flag()) {
    const uint32_t aspect = reader.bits(8);
    if (aspect == 255) {
      vui.aspect[0] = static_cast<int>(reader.bits(16));
      vui.aspect[1] = static_cast<int>(reader.bits(16));
    } else if (aspect < kAspects.size()) {
      vui.aspect = kAspects[aspect];
    }
  }
  if (reader.flag()) reader.skip(1);
  if (reader.flag()) {
    video.video_signal_description.video_format = reader.bits(3) & 7;
    video.video_signal_description.video_full_range_flag = reader.bits(1) & 1;
    if (reader.flag()) {
      video.video_signal_description.color_primaries = static_cast<uint8_t>(reader.bits(8));
      video.video_signal_description.transfer_characteristics =
          static_cast<uint8_t>(reader.bits(8));
      video.video_signal_description.matrix_coefficients = static_cast<uint8_t>(reader.bits(8));
    }
  }
  if (reader.flag()) {
    reader.ue();
    reader.ue();
  }
  if (reader.flag()) {
    const uint32_t unit = reader.bits(32);
    const uint32_t scale = reader.bits(32);
    reader.skip(1);
    video.frame_rate = {scale, unit > (1U << 30) ? 0 : unit * 2};
  }
  const bool nal = reader.flag();
  if (nal) skipHrd(reader);
  const bool vcl = reader.flag();
  if (vcl) skipHrd(reader);
  if (nal || vcl) reader.skip(1);
  reader.skip(1);
  if (reader.flag()) {
    reader.skip(1);
    for (int i = 0; i < 4; ++i) reader.ue();
    vui.reorder = static_cast<int>(reader.ue());
    vui.buffering = static_cast<int>(reader.ue());
    if (!reader.ok()) vui.reorder = vui.buffering = -1;
  }
  return vui;
}

/// Table A-1, MaxDpbMbs.
int levelMacroblocks(int level, bool level1b) {
  if (level1b) return 396;
  constexpr std::array<std::array<int, 2>, 16> kLevels = {{{10, 396},
                                                           {11, 900},
                                                           {12, 2376},
                                                           {20, 2376},
                                                           {21, 4752},
                                                           {22, 8100},
                                                           {30, 8100},
                                                           {31, 18000},
                                                           {32, 20480},
                                                           {41, 32768},
                                                           {42, 34816},
                                                           {50, 110400},
                                                           {51, 184320},
                                                           {52, 184320},
                                                           {60, 696320},
                                                           {62, 696320}}};
  for (const auto& [name, macroblocks] : kLevels) {
    if (level <= name) return macroblocks;
  }
  return 696320;
}

void setChroma(CUVIDEOFORMAT& video, uint32_t chroma) {
  video.chroma_format = static_cast<cudaVideoChromaFormat>(chroma);
}

}  // namespace

std::optional<StreamFormat> h264Format(ByteView nal) {
  if (nal.size() < 5) return std::nullopt;
  const Bytes rbsp = nal::unescape(nal.subspan(1));
  BitReader reader(rbsp);
  StreamFormat format;
  CUVIDEOFORMAT& video = format.video;
  video.codec = cudaVideoCodec_H264;
  const uint32_t profile = reader.bits(8);
  const uint32_t constraints = reader.bits(8);
  const uint32_t level = reader.bits(8);
  reader.ue();
  uint32_t chroma = 1;
  constexpr std::array<uint32_t, 13> kHigh = {100, 110, 122, 244, 44,  83, 86,
                                              118, 128, 138, 139, 134, 135};
  if (std::ranges::find(kHigh, profile) != kHigh.end()) {
    chroma = reader.ue();
    if (chroma > 3) return std::nullopt;
    if (chroma == 3) reader.skip(1);
    video.bit_depth_luma_minus8 = static_cast<uint8_t>(reader.ue());
    video.bit_depth_chroma_minus8 = static_cast<uint8_t>(reader.ue());
    reader.skip(1);
    if (reader.flag()) skipScalingLists(reader, chroma == 3 ? 12 : 8);
  }
  setChroma(video, chroma);
  reader.ue();
  const uint32_t pocType = reader.ue();
  if (pocType == 0) reader.ue();
  if (pocType == 1) {
    reader.skip(1);
    reader.se();
    reader.se();
    const uint32_t cycle = std::min<uint32_t>(reader.ue(), 255);
    for (uint32_t i = 0; i < cycle; ++i) reader.se();
  }
  format.refFrames = static_cast<int>(std::min<uint32_t>(reader.ue(), kMaxFrames));
  reader.skip(1);
  const uint32_t width = reader.ue() + 1;
  const uint32_t units = reader.ue() + 1;
  const bool framesOnly = reader.flag();
  const uint32_t height = units * (framesOnly ? 1 : 2);
  if (width > 1024 || height > 1024) return std::nullopt;
  if (!framesOnly) reader.skip(1);
  reader.skip(1);
  video.progressive_sequence = framesOnly ? 1 : 0;
  video.coded_width = width * 16;
  video.coded_height = height * 16;
  video.display_area = {0, 0, static_cast<int>(width * 16), static_cast<int>(height * 16)};
  if (reader.flag()) {
    const int x = chroma == 1 || chroma == 2 ? 2 : 1;
    const int y = (chroma == 1 ? 2 : 1) * (framesOnly ? 1 : 2);
    video.display_area.left += static_cast<int>(reader.ue() % 4096) * x;
    video.display_area.right -= static_cast<int>(reader.ue() % 4096) * x;
    video.display_area.top += static_cast<int>(reader.ue() % 4096) * y;
    video.display_area.bottom -= static_cast<int>(reader.ue() % 4096) * y;
  }
  const bool hasVui = reader.flag();
  if (!reader.ok() || video.display_area.left >= video.display_area.right ||
      video.display_area.top >= video.display_area.bottom) {
    return std::nullopt;
  }
  video.video_signal_description.video_format = 5;
  video.video_signal_description.color_primaries = 2;
  video.video_signal_description.transfer_characteristics = 2;
  video.video_signal_description.matrix_coefficients = 2;
  const Vui vui = hasVui ? readVui(reader, video) : Vui{};
  setAspect(video, vui.aspect[0], vui.aspect[1]);
  const bool level1b = level == 11 && (constraints & 0x10) != 0 && profile < 100;
  const int allowed = std::clamp(
      levelMacroblocks(static_cast<int>(level), level1b) / static_cast<int>(width * height), 1,
      kMaxFrames);
  format.dpbFrames = std::max(
      {1, vui.buffering >= 0 ? std::min(vui.buffering, kMaxFrames) : allowed, format.refFrames});
  format.reorder = pocType == 2 ? 0 : vui.reorder;
  // Seen on hardware: 5 with max_dec_frame_buffering 4, 17 where the level allows 16 frames.
  video.min_num_decode_surfaces = static_cast<uint8_t>(format.dpbFrames + 1);
  return format;
}

std::optional<StreamFormat> h265Format(ByteView nal) {
  if (nal.size() < 8) return std::nullopt;
  const Bytes rbsp = nal::unescape(nal.subspan(2));
  BitReader reader(rbsp);
  StreamFormat format;
  CUVIDEOFORMAT& video = format.video;
  video.codec = cudaVideoCodec_HEVC;
  reader.skip(4);
  const uint32_t subLayers = reader.bits(3);  // minus 1
  reader.skip(1);
  reader.skip(96);
  if (subLayers > 6) return std::nullopt;
  std::array<std::array<bool, 2>, 8> present{};
  for (uint32_t i = 0; i < subLayers; ++i) present[i] = {reader.flag(), reader.flag()};
  if (subLayers > 0) reader.skip(2 * (8 - subLayers));
  for (uint32_t i = 0; i < subLayers; ++i) {
    if (present[i][0]) reader.skip(88);
    if (present[i][1]) reader.skip(8);
  }
  reader.ue();
  const uint32_t chroma = reader.ue();
  if (chroma > 3) return std::nullopt;
  setChroma(video, chroma);
  if (chroma == 3) reader.skip(1);
  video.coded_width = reader.ue();
  video.coded_height = reader.ue();
  if (video.coded_width > 16384 || video.coded_height > 16384) return std::nullopt;
  video.display_area = {0, 0, static_cast<int>(video.coded_width),
                        static_cast<int>(video.coded_height)};
  if (reader.flag()) {
    const int x = chroma == 1 || chroma == 2 ? 2 : 1;
    const int y = chroma == 1 ? 2 : 1;
    video.display_area.left += static_cast<int>(reader.ue() % 8192) * x;
    video.display_area.right -= static_cast<int>(reader.ue() % 8192) * x;
    video.display_area.top += static_cast<int>(reader.ue() % 8192) * y;
    video.display_area.bottom -= static_cast<int>(reader.ue() % 8192) * y;
  }
  video.bit_depth_luma_minus8 = static_cast<uint8_t>(reader.ue());
  video.bit_depth_chroma_minus8 = static_cast<uint8_t>(reader.ue());
  reader.ue();
  const bool each = reader.flag();
  uint32_t buffering = 0;
  uint32_t reorder = 0;
  for (uint32_t i = each ? 0 : subLayers; i <= subLayers; ++i) {
    buffering = reader.ue();
    reorder = reader.ue();
    reader.ue();
  }
  if (!reader.ok() || buffering > kMaxFrames ||
      video.display_area.left >= video.display_area.right ||
      video.display_area.top >= video.display_area.bottom) {
    return std::nullopt;
  }
  format.refFrames = static_cast<int>(buffering);
  format.dpbFrames = static_cast<int>(buffering) + 1;
  format.reorder = static_cast<int>(std::min<uint32_t>(reorder, kMaxFrames));
  video.progressive_sequence = 1;
  video.min_num_decode_surfaces = static_cast<uint8_t>(format.dpbFrames + 1);
  video.video_signal_description.video_format = 5;
  video.video_signal_description.color_primaries = 2;
  video.video_signal_description.transfer_characteristics = 2;
  video.video_signal_description.matrix_coefficients = 2;

  // What the VUI says of display stands behind reference picture sets: libavcodec reads it.
  std::array<int, 2> aspect = {0, 1};
  AVCodecContext* context = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_HEVC));
  if (context == nullptr) return std::nullopt;
  const size_t size = nal.size() + 4;
  context->extradata = static_cast<uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
  context->extradata_size = static_cast<int>(size);
  context->thread_count = 1;
  context->extradata[3] = 1;
  std::memcpy(context->extradata + 4, nal.data(), nal.size());
  if (avcodec_open2(context, nullptr, nullptr) >= 0) {
    auto& signal = video.video_signal_description;
    signal.video_full_range_flag = context->color_range == AVCOL_RANGE_JPEG ? 1 : 0;
    signal.color_primaries = static_cast<uint8_t>(context->color_primaries);
    signal.transfer_characteristics = static_cast<uint8_t>(context->color_trc);
    signal.matrix_coefficients = static_cast<uint8_t>(context->colorspace);
    aspect = {context->sample_aspect_ratio.num, context->sample_aspect_ratio.den};
  }
  avcodec_free_context(&context);
  setAspect(video, aspect[0], aspect[1]);
  return format;
}

}  // namespace fake
