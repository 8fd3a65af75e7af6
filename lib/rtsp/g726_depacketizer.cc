// Code words of 2 to 5 bits, packed from either end of the byte.
#include "rtsp/g726_depacketizer.h"

namespace flux::rtsp {
namespace {

/// Both packings fill whole bytes with 8 code words of an odd number of bits.
size_t groupBytes(unsigned bits) {
  return bits % 2 == 0 ? 1 : bits;
}

/// From the first word in the high bits to the first word in the low bits.
Bytes repack(ByteView in, unsigned bits) {
  Bytes out(in.size(), 0);
  const size_t words = in.size() * 8 / bits;
  for (size_t word = 0; word < words; ++word) {
    for (unsigned bit = 0; bit < bits; ++bit) {  // from the word's highest
      const size_t from = word * bits + bit;
      const size_t to = word * bits + (bits - 1 - bit);
      const int value = in[from / 8] >> (7 - from % 8) & 1;
      out[to / 8] = static_cast<uint8_t>(out[to / 8] | value << to % 8);
    }
  }
  return out;
}

}  // namespace

void G726Depacketizer::begin(const Track& track) {
  const int bits = track.known ? track.known->bitsPerSample : 0;
  bits_ = bits >= 2 && bits <= 5 ? static_cast<unsigned>(bits) : 4;
  aal2_ = track.packing == Track::Packing::kAal2;
  DescribedDepacketizer::begin(track);
}

void G726Depacketizer::push(const RtpPacket& packet, const Times& times) {
  if (packet.payload.empty()) return;
  const size_t group = groupBytes(bits_);
  const size_t size = packet.payload.size() / group * group;
  if (size != packet.payload.size()) malformed();
  if (size == 0) return;
  const ByteView payload = packet.payload.first(size);
  Bytes data = aal2_ ? repack(payload, bits_) : Bytes(payload.begin(), payload.end());
  emit(std::move(data), times.mediaTime, static_cast<int64_t>(size * 8 / bits_), times);
}

}  // namespace flux::rtsp
