// Streams through NVDEC sessions on the fake driver, and what the processor makes of the same ones.
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
#include "fake_driver.h"
#include "gpu/nvdec_decoder.h"
#include "nvcuvid_control.h"
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

/// Encoded once per test program; `frames` pictures.
inline std::string pathOf(const Clip& clip, int frames = 30) {
  static const flux::test::TempDir dir;
  const std::string path = dir.file(std::string(clip.name) + std::to_string(frames) + ".mkv");
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
  const int sample = depth == 8 ? 1 : 2;
  Bytes out;
  const auto put = [&](int component, int x, int y) {
    const AVComponentDescriptor& at = format.comp[component];
    const uint8_t* from =
        frame.data[at.plane] + ptrdiff_t{y} * frame.linesize[at.plane] + at.step * x + at.offset;
    if (sample == 1) {
      out.push_back(*from);
      return;
    }
    uint16_t value = 0;
    std::memcpy(&value, from, 2);
    value = static_cast<uint16_t>(value << shift);
    out.push_back(static_cast<uint8_t>(value));
    out.push_back(static_cast<uint8_t>(value >> 8));
  };
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) put(0, x, y);
  }
  for (int y = 0; y < frame.height / 2; ++y) {
    for (int x = 0; x < frame.width / 2; ++x) {
      put(1, x, y);
      put(2, x, y);
    }
  }
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

/// Each test ends with nothing left open, and nothing done that the driver's interface forbids.
class NvdecTest : public testing::Test {
 protected:
  void SetUp() override {
    control().reset();
    decodersBefore_ = control().decoders;
    mappedBefore_ = control().mapped;
  }
  void TearDown() override {
    EXPECT_EQ(control().takeViolations(), std::vector<std::string>());
    EXPECT_EQ(control().parsers, 0);
    if (control().lost) return;
    EXPECT_EQ(decoders(), 0);
    EXPECT_EQ(mapped(), 0);
    EXPECT_EQ(device_->budget().stats().byPurpose[static_cast<size_t>(Purpose::kDecoders)], 0U);
  }

  static ::fake::NvcuvidControl& control() { return *fakeNvcuvidControl(); }

  std::unique_ptr<NvdecDecoder> make(const Units& units, int heldPictures = 64) const {
    return makeNvdecDecoder({.parameters = units.front().parameters,
                             .device = device_,
                             .session = "gate",
                             .heldPictures = heldPictures});
  }

  /// Alive, of this test: those of a device that was lost stay for ever.
  [[nodiscard]] int64_t decoders() const { return control().decoders - decodersBefore_; }
  [[nodiscard]] int64_t mapped() const { return control().mapped - mappedBefore_; }

  std::shared_ptr<Device> device_ = Device::open(0);

 private:
  int64_t decodersBefore_ = 0;
  int64_t mappedBefore_ = 0;
};

}  // namespace flux::gpu::test
