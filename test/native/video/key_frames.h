// Key frames that ffmpeg encoded, and what ffmpeg sees in a JPEG.
#pragma once

#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>

#include "../container/generated_media.h"

namespace flux::test {

struct KeyFrame {
  CodecParametersPtr parameters;
  Bytes data;
};

inline KeyFrame firstKeyFrame(const std::string& path) {
  const auto reader = PacketReader::openFile(path);
  Packet packet;
  while (reader->next(packet)) {
    if (packet.keyFrame) return {reader->parameters(), packet.data};
  }
  throw std::runtime_error("no key frame in " + path);
}

inline Bytes bytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  return {bytes.begin(), bytes.end()};
}

/// Red, green, blue of each pixel of the first picture in `path`, behind ffmpeg's `filter`.
inline Bytes pixelsOf(const std::string& path, const std::string& filter) {
  const TemporaryDirectory dir;
  const std::string raw = dir.file("pixels.rgb");
  mustRun("ffmpeg -nostdin -v error -xerror -i " + path + " -frames:v 1 -vf " + filter +
          " -f rawvideo -pix_fmt rgb24 " + raw);
  return bytesOf(raw);
}

/// The mean difference of two pictures' values, of 255.
inline double difference(const Bytes& a, const Bytes& b) {
  if (a.size() != b.size() || a.empty()) return 255;
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

}  // namespace flux::test
