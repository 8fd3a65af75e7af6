// A depacketizer of NAL units, what it delivers, and the packets that a test pushes into it.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "codec/nal.h"
#include "rtsp/depacketizer.h"

namespace flux::rtsp::test {

template <typename UnderTest>
class NalDepacketizerTest : public testing::Test {
 protected:
  using Nals = std::vector<Bytes>;

  explicit NalDepacketizerTest(size_t maxUnitBytes = 1U << 20)
      : depacketizer({maxUnitBytes, &quirks,
                      [this](AccessUnitPtr unit) { units.push_back(std::move(unit)); }}) {}

  void push(const Bytes& payload, uint32_t timestamp, bool marker = false) {
    RtpPacket packet;
    packet.payload = payload;
    packet.timestamp = timestamp;
    packet.marker = marker;
    depacketizer.push(packet, {timestamp, arrival, arrival / 1000 + 1});
    arrival += 1000;
  }
  void push(const Nals& payloads, uint32_t timestamp, bool markLast) {
    for (size_t i = 0; i < payloads.size(); ++i) {
      push(payloads[i], timestamp, markLast && i + 1 == payloads.size());
    }
  }
  [[nodiscard]] const Depacketizer::Counters& counters() const { return depacketizer.counters(); }
  [[nodiscard]] uint64_t hits(Quirk quirk) const { return quirks.count(quirk); }
  [[nodiscard]] uint64_t allHits() const {
    uint64_t sum = 0;
    for (size_t i = 0; i < static_cast<size_t>(Quirk::kCount); ++i) {
      sum += quirks.count(static_cast<Quirk>(i));
    }
    return sum;
  }

  static Bytes joinedByStartCodes(const Nals& nals) {
    Bytes out;
    for (const Bytes& nal : nals) {
      if (!out.empty()) out.insert(out.end(), {0, 0, 0, 1});
      out.insert(out.end(), nal.begin(), nal.end());
    }
    return out;
  }
  static Bytes behindStartCode(const Bytes& stream) {
    Bytes out = {0, 0, 0, 1};
    out.insert(out.end(), stream.begin(), stream.end());
    return out;
  }

  QuirkCounters quirks;
  UnderTest depacketizer;
  std::vector<AccessUnitPtr> units;
  int64_t arrival = 1000;  ///< monotonic, of the next packet
};

}  // namespace flux::rtsp::test
