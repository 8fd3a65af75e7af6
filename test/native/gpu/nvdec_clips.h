// Streams for NVDEC sessions, and what the processor makes of them.
#pragma once

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/md5.h>
#include <libavutil/pixdesc.h>
}

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "../video/decoded_clip.h"
#include "codec/bit_writer.h"
#include "codec/h264.h"
#include "codec/h264_sps_layout.h"
#include "gpu/nvdec_decoder.h"
#include "video/av_decoder.h"

namespace flux::gpu::test {

using flux::test::Decoded;
using flux::test::Units;

struct Clip {
  const char* name;
  const char* size;
  const char* arguments;  ///< ffmpeg's
};

inline void PrintTo(const Clip& clip, std::ostream* out) {
  *out << clip.name;
}

#define X264 "-c:v libx264 -preset veryfast -g 12 -sc_threshold 0 "
#define X265 \
  "-c:v libx265 -preset ultrafast -x265-params log-level=none:pools=1:frame-threads=1:keyint=12:"

constexpr Clip kPlain = {"H264", "192x160", X264 "-bf 0"};
constexpr Clip kWithB = {"H264B", "192x160", X264 "-bf 2 -b_strategy 0"};
/// Pictures in decoding order, whose SPS could as well have them out of order: POC type 0.
constexpr Clip kCamera = {"H264Camera", "192x160",
                          X264 "-bf 1 -b_strategy 1 -x264-params b-bias=-100"};
constexpr Clip kH265 = {"H265", "192x160", X265 "bframes=0:open-gop=0"};

/// All that NVDEC decodes.
inline constexpr Clip kClips[] = {
    kPlain,
    kWithB,
    kCamera,
    kH265,
    {"H264BPyramid", "192x160", X264 "-bf 3 -b_strategy 0 -x264-params b-pyramid=normal"},
    {"H264OpenGop", "192x160", X264 "-bf 2 -b_strategy 0 -x264-params open-gop=1"},
    {"H264Interlaced", "192x160", X264 "-bf 0 -flags +ilme+ildct -x264-params tff=1"},
    {"H264InterlacedB", "192x160", X264 "-bf 2 -flags +ilme+ildct -x264-params tff=1"},
    {"H264Slices", "192x160", X264 "-bf 0 -slices 4"},
    {"H264Baseline", "192x160", X264 "-profile:v baseline -pix_fmt yuv420p"},
    {"H264Refs", "192x160", X264 "-bf 0 -refs 4"},
    {"H264Cropped", "198x150", X264 "-bf 0"},
    {"H264FullRange", "192x160", X264 "-bf 0 -pix_fmt yuvj420p"},
    {"H265B", "192x160", X265 "bframes=4:b-adapt=0:b-pyramid=1:open-gop=0"},
    {"H265OpenGop", "192x160", X265 "bframes=3:b-adapt=0:open-gop=1"},
    {"H265Main10", "192x160", X265 "bframes=2 -pix_fmt yuv420p10"},
    {"H265Cropped", "198x150", X265 "bframes=0"},
    {"H265Slices", "192x160", X265 "bframes=0:slices=2"},
};

inline const Clip& clipOf(std::string_view name) {
  for (const Clip& clip : kClips) {
    if (name == clip.name) return clip;
  }
  throw std::runtime_error("no clip of that name");
}

/// Encoded once per test program; `frames` pictures. FLUX_TEST_CLIPS names a folder where they are,
/// or are to be kept, for machines without an encoder.
inline std::string pathOf(const Clip& clip, int frames = 30) {
  static const flux::test::TemporaryDirectory dir;
  const char* kept = std::getenv("FLUX_TEST_CLIPS");
  const std::string name = std::string(clip.name) + std::to_string(frames) + ".mkv";
  const std::string path = kept != nullptr ? std::string(kept) + "/" + name : dir.file(name);
  if (std::filesystem::exists(path)) return path;
  flux::test::mustRun(std::string("ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=") +
                      clip.size + ":rate=25 -frames:v " + std::to_string(frames) + " -threads 1 " +
                      clip.arguments + " " + path);
  return path;
}

inline Units unitsOf(const Clip& clip, int frames = 30) {
  return flux::test::unitsOf(pathOf(clip, frames));
}

/// `sps` as most cameras send it: without a VUI.
inline Bytes withoutVui(const Bytes& sps) {
  h264::SpsLayout layout;
  if (!h264::parseSps(sps, layout)) throw std::runtime_error("an SPS that cannot be read");
  const Bytes rbsp = nal::unescape(ByteView(sps).subspan(1));
  BitReader reader(rbsp);
  BitWriter writer;
  writer.copy(reader, layout.vuiFlag).flag(false);
  return writer.nal(sps[0]);
}

inline Units withoutVui(Units units) {
  const CodecParameters& first = *units.front().parameters;
  const auto parameters = h264::makeParameters(withoutVui(first.sps), first.pps);
  for (AccessUnit& unit : units) {
    unit.parameters = parameters;
    Bytes data;
    nal::forEachNal(unit.data, [&](ByteView nal) {
      const bool sps = h264::nalType(nal) == h264::kNalSps;
      nal::appendNal(data, sps ? ByteView(parameters->sps) : nal);
    });
    unit.data = data;
  }
  return units;
}

/// The picture as a GPU has it, NV12 or P016, without padding.
inline Bytes semiPlanar(const AVFrame& frame) {
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const int depth = format.comp[0].depth;
  const int shift = depth == 8 ? 0 : 16 - depth - format.comp[0].shift;
  const size_t sample = depth == 8 ? 1 : 2;
  const auto luma = static_cast<size_t>(frame.width) * static_cast<size_t>(frame.height);
  Bytes out(luma * 3 / 2 * sample);
  uint8_t* to = out.data();
  const auto take = [&](int component, int width, int height, size_t step) {
    const AVComponentDescriptor& at = format.comp[component];
    for (int y = 0; y < height; ++y) {
      const uint8_t* from =
          frame.data[at.plane] + ptrdiff_t{y} * frame.linesize[at.plane] + at.offset;
      for (int x = 0; x < width; ++x, from += at.step, to += step) {
        if (sample == 1) {
          *to = *from;
        } else {
          uint16_t value = 0;
          std::memcpy(&value, from, 2);
          value = static_cast<uint16_t>(value << shift);
          std::memcpy(to, &value, 2);
        }
      }
    }
  };
  take(0, frame.width, frame.height, sample);
  take(1, frame.width / 2, frame.height / 2, 2 * sample);
  to = out.data() + (luma + 1) * sample;
  take(2, frame.width / 2, frame.height / 2, 2 * sample);
  return out;
}

/// Of the picture as a GPU has it, wherever it is.
inline std::string md5Of(const video::Frame& picture) {
  const Bytes plain = semiPlanar(picture.onHost().av());
  Bytes sum(16);
  av_md5_sum(sum.data(), plain.data(), plain.size());
  return toHex(sum);
}

inline std::vector<std::string> md5Of(const std::vector<video::DecodedFrame>& frames) {
  std::vector<std::string> sums;
  for (const auto& frame : frames) sums.push_back(md5Of(frame.picture));
  return sums;
}

inline std::vector<int64_t> timesOf(const std::vector<video::DecodedFrame>& frames) {
  std::vector<int64_t> times;
  for (const auto& frame : frames) times.push_back(frame.timestamp);
  return times;
}

inline Decoded onProcessor(const Units& units) {
  const auto decoder = video::makeAvDecoder({.parameters = units.front().parameters});
  return flux::test::decodeAll(*decoder, units);
}

/// Decodes with the pictures of each unit collected before the next one is submitted.
inline Decoded decodeEach(video::Decoder& decoder, const Units& units, bool flush = true) {
  Decoded out;
  const auto guarded = [&out](const auto& step) {
    try {
      step();
    } catch (const Error& error) {
      out.errors.push_back(error.code());
    }
  };
  for (const AccessUnit& unit : units) {
    guarded([&] { decoder.submit(unit); });
    guarded([&] { decoder.collect(out.frames, true); });
  }
  if (flush) guarded([&] { decoder.flush(out.frames); });
  return out;
}

template <typename Call>
std::string codeOf(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return "none";
}

}  // namespace flux::gpu::test
