// Reads a fuzzer's input as what happens to one track, and holds its depacketizer to its promises.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "rtsp/depacketizer.h"

namespace flux::fuzz {

/// Each packet: a byte of events (1 marker, 2 loss before it, 4 another timeline, 8 another
/// connection, upper bits: ticks since the one before), two bytes of length, the payload.
inline void feed(const rtsp::Track& track, ByteView input,
                 const std::function<void(const AccessUnit&)>& check) {
  constexpr size_t kMaxUnit = 4096;
  rtsp::QuirkCounters quirks;
  uint64_t delivered = 0;
  const auto depacketizer = rtsp::makeDepacketizer(
      track.codec, {kMaxUnit, &quirks, [&](const AccessUnitPtr& unit) {
                      ++delivered;
                      if (unit->data.empty() || unit->data.size() > kMaxUnit) std::abort();
                      if (!unit->parameters || unit->parameters->codec != track.codec) std::abort();
                      check(*unit);
                    }});
  depacketizer->begin(track);
  ByteReader reader(input);
  int64_t time = 0;
  while (reader.remaining() >= 3) {
    const uint8_t events = reader.u8();
    const size_t length = std::min<size_t>(reader.u16(), reader.remaining());
    rtsp::RtpPacket packet;
    packet.marker = (events & 1) != 0;
    packet.payload = reader.bytes(length);
    if ((events & 2) != 0) depacketizer->onLoss();
    if ((events & 4) != 0) depacketizer->onRestart();
    if ((events & 8) != 0) depacketizer->begin(track);
    time += events >> 4;
    packet.timestamp = static_cast<uint32_t>(time);
    depacketizer->push(packet, {time, time, time});
  }
  if (depacketizer->counters().delivered != delivered) std::abort();
}

}  // namespace flux::fuzz
