// Feeds a depacketizer as a connection does, and keeps what comes out.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "rtsp/depacketizer.h"

namespace flux::rtsp::test {

/// The only track of a media section.
inline Track trackOf(const std::string& media) {
  QuirkCounters quirks;
  const auto sdp = parseSdp("v=0\no=- 1 1 IN IP4 192.0.2.7\ns=-\nt=0 0\n" + media);
  const auto tracks = sdp ? listTracks(*sdp, quirks) : std::vector<Track>{};
  if (tracks.size() != 1) throw Error("ERR_TEST", "one track expected of " + media);
  return tracks.front();
}

inline Bytes readData(const std::string& name) {
  std::ifstream file(std::string(FLUX_TEST_DATA) + "/rtp/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Parts that stand behind their lengths, of two bytes each.
inline std::vector<Bytes> readParts(const std::string& name) {
  const Bytes all = readData(name);
  std::vector<Bytes> out;
  ByteReader reader(all);
  while (reader.remaining() > 0) {
    const ByteView part = reader.bytes(reader.u16());
    out.emplace_back(part.begin(), part.end());
  }
  return out;
}

class DepacketizerTest : public testing::Test {
 protected:
  void start(const Track& track, size_t maxUnitBytes = 1U << 20) {
    clockRate = track.clockRate;
    depacketizer = makeDepacketizer(
        track.codec,
        {maxUnitBytes, &quirks, [this](AccessUnitPtr unit) { units.push_back(std::move(unit)); }});
    depacketizer->begin(track);
  }
  void push(const Bytes& payload, uint32_t timestamp, bool marker = true) {
    RtpPacket packet;
    packet.payload = payload;
    packet.timestamp = timestamp;
    packet.marker = marker;
    depacketizer->push(packet, {timestamp, 1000, 2000});
  }
  void pushRecording(const std::string& name) {
    for (const Bytes& bytes : readParts(name)) {
      const auto packet = parseRtp(bytes);
      ASSERT_TRUE(packet);
      depacketizer->push(*packet, {packet->timestamp, 1000, 2000});
    }
  }
  [[nodiscard]] std::vector<Bytes> data() const {
    std::vector<Bytes> out;
    for (const AccessUnitPtr& unit : units) out.push_back(unit->data);
    return out;
  }
  [[nodiscard]] const Depacketizer::Counters& counters() const { return depacketizer->counters(); }

  uint32_t clockRate = 0;
  QuirkCounters quirks;
  std::unique_ptr<Depacketizer> depacketizer;
  std::vector<AccessUnitPtr> units;
};

}  // namespace flux::rtsp::test
