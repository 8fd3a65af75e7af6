// Clips through a decoder, and what ffmpeg makes of the same file: one MD5 per picture.
#pragma once

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/md5.h>
}

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "../container/generated_media.h"
#include "codec/nal.h"
#include "video/decoder.h"

namespace flux::test {

using video::DecodedFrame;
using video::Decoder;

/// Of the picture's lines without padding, as ffmpeg's framemd5 has it.
inline std::string md5Of(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const int size = av_image_get_buffer_size(format, frame.width, frame.height, 1);
  if (size < 0) throw std::runtime_error("no buffer for the picture");
  Bytes plain(static_cast<size_t>(size));
  const int copied = av_image_copy_to_buffer(plain.data(), size, frame.data, frame.linesize, format,
                                             frame.width, frame.height, 1);
  if (copied != size) throw std::runtime_error("the picture was not copied");
  Bytes sum(16);
  av_md5_sum(sum.data(), plain.data(), plain.size());
  return toHex(sum);
}

using Units = std::vector<AccessUnit>;

/// The packets of `path` as a camera would send them; each arrives a second after the one before.
inline Units unitsOf(const std::string& path) {
  const auto reader = PacketReader::openFile(path);
  Units units;
  Packet packet;
  while (reader->next(packet)) {
    AccessUnit unit;
    unit.data = packet.data;
    unit.parameters = reader->parameters();
    unit.mediaTime = packet.ptsMicros * 9 / 100;
    unit.arrivalMicros = static_cast<int64_t>(units.size()) * 1'000'000;
    unit.arrivalWallMs = static_cast<int64_t>(units.size()) * 1000;
    unit.keyFrame = packet.keyFrame;
    units.push_back(std::move(unit));
  }
  return units;
}

struct Decoded {
  std::vector<DecodedFrame> frames;
  std::vector<std::string> errors;  ///< codes

  [[nodiscard]] std::vector<std::string> md5() const {
    std::vector<std::string> sums;
    for (const DecodedFrame& frame : frames) sums.push_back(md5Of(frame.picture.av()));
    return sums;
  }
};

inline Decoded decodeAll(Decoder& decoder, const Units& units) {
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
    guarded([&] { decoder.collect(out.frames, false); });
  }
  guarded([&] { decoder.flush(out.frames); });
  return out;
}

/// Writes the units as an Annex B byte stream.
inline void writeAnnexB(const std::string& path, const Units& units) {
  Bytes stream;
  Bytes part;
  for (const AccessUnit& unit : units) {
    nal::toAnnexB(unit.data, part);
    stream.insert(stream.end(), part.begin(), part.end());
  }
  writeBytes(path, stream);
}

/// The parameter sets go in front of each key frame, as cameras send them.
inline Units withSets(Units units) {
  for (AccessUnit& unit : units) {
    if (!unit.keyFrame || unit.parameters->sps.empty()) continue;
    Bytes data;
    for (const Bytes* set : {&unit.parameters->vps, &unit.parameters->sps, &unit.parameters->pps}) {
      if (!set->empty()) nal::appendNal(data, *set);
    }
    data.insert(data.end(), unit.data.begin(), unit.data.end());
    unit.data = std::move(data);
  }
  return units;
}

/// `second` behind `first`, in media time and arrival too.
inline Units joined(Units first, const Units& second) {
  const int64_t from = std::ranges::max(first, {}, &AccessUnit::mediaTime).mediaTime + 3600;
  for (AccessUnit unit : second) {
    unit.mediaTime += from;
    unit.arrivalMicros = first.back().arrivalMicros + 1'000'000;
    first.push_back(std::move(unit));
  }
  return first;
}

/// The MD5 of every picture that ffmpeg decodes from `path`, which does not change.
inline const std::vector<std::string>& ffmpegMd5(const std::string& path) {
  static std::map<std::string, std::vector<std::string>> known;
  const auto [at, isNew] = known.try_emplace(path);
  if (!isNew) return at->second;
  const CommandResult result =
      runCommand("ffmpeg -nostdin -v error -threads 1 -i " + path +
                 " -map 0:v -noautoscale -fps_mode passthrough -f framemd5 -");
  if (result.status != 0) throw std::runtime_error("ffmpeg: " + result.output);
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    at->second.push_back(line.substr(line.rfind(' ') + 1));
  }
  return at->second;
}

}  // namespace flux::test
