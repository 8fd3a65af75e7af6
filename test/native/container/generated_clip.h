// Clips for tests, made by ffmpeg in a directory that goes with the test.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "../temporary_directory.h"
#include "container/packet_reader.h"

namespace flux::test {

/// A sink of MatroskaWriter that puts everything behind `bytes`, which must outlive it.
inline auto appendTo(Bytes& bytes) {
  return [&bytes](ByteViews views) {
    for (const ByteView& view : views) bytes.insert(bytes.end(), view.begin(), view.end());
  };
}

struct CommandResult {
  int status = -1;
  std::string output;  ///< stdout and stderr
};

inline CommandResult runCommand(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  CommandResult result;
  std::array<char, 4096> part{};
  while (const size_t count = std::fread(part.data(), 1, part.size(), pipe)) {
    result.output.append(part.data(), count);
  }
  result.status = ::pclose(pipe);
  return result;
}

struct ClipShape {
  int width = 320;
  int height = 180;
  int framesPerSecond = 25;
  int frames = 75;
  int keyFrameInterval = 25;
  int bFrames = 0;
  bool h265 = false;

  [[nodiscard]] std::string name() const {
    return std::to_string(width) + "x" + std::to_string(height) + "-" +
           std::to_string(framesPerSecond) + "-" + std::to_string(frames) + "-" +
           std::to_string(keyFrameInterval) + "-" + std::to_string(bFrames) +
           (h265 ? "-h265.mp4" : ".mp4");
  }
  [[nodiscard]] std::string encoder() const {
    const std::string gop = std::to_string(keyFrameInterval);
    const std::string b = std::to_string(bFrames);
    if (!h265) {
      return "libx264 -preset veryfast -threads 1 -sc_threshold 0 -g " + gop + " -bf " + b;
    }
    return "libx265 -preset ultrafast -x265-params log-level=none:pools=1:frame-threads=1:"
           "scenecut=0:open-gop=0:keyint=" +
           gop + ":bframes=" + b;
  }
};

/// An MP4 file of a moving test picture, encoded once per shape and test program.
inline std::string generatedClip(const ClipShape& shape) {
  static const TemporaryDirectory dir;
  const std::string path = dir.file(shape.name());
  if (std::filesystem::exists(path)) return path;
  const std::string size = std::to_string(shape.width) + "x" + std::to_string(shape.height);
  const std::string command = "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=" + size +
                              ":rate=" + std::to_string(shape.framesPerSecond) + " -frames:v " +
                              std::to_string(shape.frames) + " -pix_fmt yuv420p -c:v " +
                              shape.encoder() + " " + path;
  const CommandResult result = runCommand(command);
  if (result.status != 0) throw std::runtime_error(command + ": " + result.output);
  return path;
}

inline std::vector<Packet> readPackets(PacketReader& reader) {
  std::vector<Packet> packets;
  Packet packet;
  while (reader.next(packet)) packets.push_back(packet);
  return packets;
}

inline std::vector<Packet> readPackets(const std::string& path) {
  return readPackets(*PacketReader::openFile(path));
}

/// A source over bytes in memory, which must outlive it.
inline ByteSource memorySource(ByteView bytes) {
  ByteSource source;
  source.size = bytes.size();
  source.read = [bytes](uint64_t offset, uint8_t* out, size_t count) -> size_t {
    if (offset >= bytes.size()) return 0;
    const ByteView part = bytes.subspan(static_cast<size_t>(offset));
    const size_t got = std::min(count, part.size());
    std::copy_n(part.begin(), got, out);
    return got;
  };
  return source;
}

/// What ffmpeg's decoder complains about in `path`; empty where it decodes without an error.
inline std::string decodeErrors(const std::string& path) {
  return runCommand("ffmpeg -nostdin -v warning -threads 1 -i " + path +
                    " -fps_mode passthrough -f null -")
      .output;
}

inline std::string probe(const std::string& path, const std::string& entries) {
  return runCommand("ffprobe -v error -count_frames -of default=nw=1:nk=1 -show_entries " +
                    entries + " " + path)
      .output;
}

}  // namespace flux::test
