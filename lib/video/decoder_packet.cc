#include "video/decoder_packet.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "codec/h264.h"
#include "codec/h265.h"
#include "codec/jpeg.h"
#include "video/decoder_limits.h"

namespace flux::video {
namespace {

/// Does libavcodec get to see it? H.265 is decoded with every oddity for an error, for want of
/// another sign of damage: SEI and vendors' own units, where cameras are odd, are left out.
bool isWanted(Codec codec, ByteView nal) {
  if (codec == Codec::kH264) return nal.size() > 1 && (nal[0] & 0x80) == 0;
  constexpr uint8_t kEndOfSequence = 36;
  constexpr uint8_t kEndOfBitstream = 37;
  const uint8_t type = h265::nalType(nal);
  return h265::layerId(nal) == 0 &&
         (h265::isSlice(type) || (type >= h265::kNalVps && type <= h265::kNalPps) ||
          type == kEndOfSequence || type == kEndOfBitstream);
}

void writeNal(uint8_t*& out, ByteView nal) {
  const size_t size = nal.size();
  for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<uint8_t>(size >> shift);
  out = std::ranges::copy(nal, out).out;
}

uint8_t* writePicture(ByteView unit, Codec codec, uint8_t* out) {
  if (codec == Codec::kMjpeg) {
    if (const auto size = jpeg::pictureSize(unit)) requireFits({size->width, size->height});
    return std::ranges::copy(unit, out).out;
  }
  nal::forEachNal(unit, [&](ByteView nal) {
    if (!isWanted(codec, nal)) return;
    requireSpsFits(codec, nal);
    writeNal(out, nal);
  });
  return out;
}

}  // namespace

AvPacketPtr makeDecoderPacket(ByteView unit, Codec codec) {
  requireUnitFits(unit);
  AvPacketPtr packet = makeAvPacket();
  check(av_new_packet(packet.get(), static_cast<int>(unit.size())), "ERR_DECODER",
        "the packet of a unit");
  const uint8_t* end = writePicture(unit, codec, packet->data);
  av_shrink_packet(packet.get(), static_cast<int>(end - packet->data));
  if (packet->size == 0) {
    throw Error("ERR_DECODE", std::string("the ") + codecName(codec) + " unit holds no picture");
  }
  return packet;
}

void addConfiguration(AVPacket& packet, const Bytes& configuration) {
  if (configuration.empty()) return;
  uint8_t* data = av_packet_new_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, configuration.size());
  if (data == nullptr) throw std::bad_alloc();
  std::memcpy(data, configuration.data(), configuration.size());
}

}  // namespace flux::video
