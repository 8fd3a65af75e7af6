// The header values of replies that a client acts on: Session, Transport, Public.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flux::rtsp {

struct SessionHeader {
  std::string id;
  int timeoutSeconds = 60;  ///< RFC 2326 §12.37
};
SessionHeader parseSessionHeader(std::string_view value);

struct InterleavedChannels {
  uint8_t rtp = 0;
  uint8_t rtcp = 1;
};
/// The channels a server chose, which need not be the ones asked for. Empty where it chose another
/// transport than TCP; without a value, or without channels in it, what was asked for (0-1) holds.
std::optional<InterleavedChannels> parseTransport(std::string_view value);

/// Does a Public (or Allow) header list `method`?
bool listsMethod(std::string_view value, std::string_view method);

}  // namespace flux::rtsp
