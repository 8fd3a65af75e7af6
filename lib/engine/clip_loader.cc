#include "engine/clip_loader.h"

#include <algorithm>
#include <utility>

#include "container/packet_reader.h"

namespace flux {
namespace {

constexpr size_t kMaxClipBytes = 512U << 20;
constexpr int64_t kDefaultFrameMicros = 40000;

int64_t to90k(int64_t micros) {
  return (micros * 9 + 50) / 100;
}

}  // namespace

rtsp::ClipPtr loadClip(const std::string& path) {
  const auto reader = PacketReader::openFile(path);
  auto clip = std::make_shared<rtsp::Clip>();
  clip->parameters = reader->parameters();
  const double rate = clip->parameters->frameRate;
  int64_t frameMicros = rate > 0 ? static_cast<int64_t>(1e6 / rate) : kDefaultFrameMicros;
  int64_t zeroMicros = 0;
  int64_t lastMicros = 0;
  size_t bytes = 0;
  Packet packet;
  while (reader->next(packet)) {
    if (clip->units.empty()) {
      if (!packet.keyFrame) continue;
      zeroMicros = packet.dtsMicros;
    } else if (packet.dtsMicros - zeroMicros > lastMicros) {
      frameMicros = packet.dtsMicros - zeroMicros - lastMicros;
    }
    bytes += packet.data.size();
    if (bytes > kMaxClipBytes) {
      throw Error("ERR_INVALID_ARGUMENT",
                  path + " holds more than 512 MiB of video; use a shorter clip");
    }
    lastMicros = std::max(lastMicros, packet.dtsMicros - zeroMicros);
    rtsp::Clip::Unit unit;
    unit.data = std::move(packet.data);
    unit.dts90k = to90k(lastMicros);
    unit.pts90k = std::max(unit.dts90k, to90k(packet.ptsMicros - zeroMicros));
    unit.keyFrame = packet.keyFrame;
    clip->units.push_back(std::move(unit));
  }
  if (clip->units.empty()) {
    throw Error("ERR_CONTAINER", path + " has no key frame that a camera could start at");
  }
  clip->duration90k = to90k(lastMicros + frameMicros);
  return clip;
}

}  // namespace flux
