// Parameters behind semicolons, read as leniently as servers write them.
#include "rtsp/reply_headers.h"

#include "rtsp/text.h"

namespace flux::rtsp {

SessionHeader parseSessionHeader(std::string_view value) {
  SessionHeader out;
  out.id = trim(nextField(value, ';'));
  while (!value.empty()) {
    std::string_view number = nextField(value, ';');
    const std::string_view name = trim(nextField(number, '='));
    if (!equalsIgnoreCase(name, "timeout")) continue;
    const auto seconds = parseNumber<int>(number);
    if (seconds && *seconds > 0 && *seconds <= 86400) out.timeoutSeconds = *seconds;
  }
  return out;
}

std::optional<InterleavedChannels> parseTransport(std::string_view value) {
  if (trim(value).empty()) return InterleavedChannels{};
  InterleavedChannels out;
  bool isTcp = false;
  while (!value.empty()) {
    std::string_view numbers = nextField(value, ';');
    const std::string_view name = trim(nextField(numbers, '='));
    if (startsWithIgnoreCase(name, "RTP/")) {
      isTcp = isTcp || (name.size() >= 4 && equalsIgnoreCase(name.substr(name.size() - 4), "/TCP"));
    }
    if (!equalsIgnoreCase(name, "interleaved")) continue;
    isTcp = true;
    const auto rtp = parseNumber<uint8_t>(nextField(numbers, '-'));
    if (!rtp) continue;
    out.rtp = *rtp;
    // Some servers name one channel only.
    out.rtcp = parseNumber<uint8_t>(numbers).value_or(static_cast<uint8_t>(*rtp + 1));
  }
  if (!isTcp) return std::nullopt;
  return out;
}

bool listsMethod(std::string_view value, std::string_view method) {
  while (!value.empty()) {
    if (equalsIgnoreCase(trim(nextField(value, ',')), method)) return true;
  }
  return false;
}

}  // namespace flux::rtsp
