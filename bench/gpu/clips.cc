#include "clips.h"

#include "container/packet_reader.h"

namespace flux::gpu {

std::vector<AccessUnit> unitsOf(const std::string& path) {
  const auto reader = PacketReader::openFile(path);
  std::vector<AccessUnit> units;
  Packet packet;
  while (reader->next(packet)) {
    AccessUnit unit;
    unit.data = packet.data;
    unit.parameters = reader->parameters();
    unit.mediaTime = packet.ptsMicros * 9 / 100;
    unit.keyFrame = packet.keyFrame;
    units.push_back(std::move(unit));
  }
  return units;
}

}  // namespace flux::gpu
