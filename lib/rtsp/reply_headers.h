// The header values of replies that a client acts on: Session, Transport, RTP-Info,
// Public.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::rtsp {

struct SessionHeader {
  std::string id;
  std::optional<int> timeoutSeconds;  ///< 1 to 86400; absent: 60 (RFC 2326 §12.37)
};
SessionHeader parseSessionHeader(std::string_view value);

struct InterleavedChannels {
  uint8_t rtp = 0;
  uint8_t rtcp = 1;
  bool operator==(const InterleavedChannels&) const = default;
};

/// What a server chose, which need not be what was asked for (RFC 2326 §12.39).
struct TransportHeader {
  enum class Lower : uint8_t { kUnknown, kTcp, kUdp };
  struct Ports {
    uint16_t rtp = 0;
    uint16_t rtcp = 0;
  };
  Lower lower = Lower::kUnknown;  ///< kUnknown where the value does not tell: as asked for
  bool multicast = false;
  std::optional<InterleavedChannels> interleaved;
  std::optional<Ports> clientPort;
  std::optional<Ports> serverPort;
  std::string source;            ///< host that sends, where it is not the server
  std::optional<uint32_t> ssrc;  ///< that the packets will have
  bool malformed = false;        ///< blanks in it, out of order, or with values that cannot be
};
TransportHeader parseTransport(std::string_view value);

struct RtpInfo {
  struct Entry {
    std::string url;
    std::optional<uint16_t> sequence;
    std::optional<uint32_t> rtpTime;
  };
  std::vector<Entry> entries;  ///< at most 16
  bool malformed = false;      ///< numbers that cannot be, or parameters without name
};
/// RTP-Info of a reply to PLAY (RFC 2326 §12.33). Only told, never relied on: see
/// docs/camera-oddities.md.
RtpInfo parseRtpInfo(std::string_view value);

/// Does a Public (or Allow) header list `method`?
bool listsMethod(std::string_view value, std::string_view method);

}  // namespace flux::rtsp
