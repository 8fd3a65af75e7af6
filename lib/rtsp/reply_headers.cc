// Parameters behind semicolons, read as leniently as servers write them.
#include "rtsp/reply_headers.h"

#include <charconv>

#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

constexpr size_t kMaxRtpInfoEntries = 16;

/// "60D87C0D": up to eight hexadecimal digits.
std::optional<uint32_t> parseSsrc(std::string_view text) {
  text = trim(text);
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "a-b"; some servers name the first only.
template <typename Number>
std::optional<std::pair<Number, Number>> parseRange(std::string_view text) {
  const auto first = parseNumber<Number>(nextField(text, '-'));
  if (!first) return std::nullopt;
  return std::pair(*first, parseNumber<Number>(text).value_or(static_cast<Number>(*first + 1)));
}

void parseTransportParameter(std::string_view name, std::string_view value, TransportHeader& out) {
  const auto keepPorts = [&](std::optional<TransportHeader::Ports>& into) {
    const auto range = parseRange<uint16_t>(value);
    if (range) into = {range->first, range->second};
    out.malformed = out.malformed || !range;
  };
  if (equalsIgnoreCase(name, "interleaved")) {
    const auto range = parseRange<uint8_t>(value);
    if (range) out.interleaved = {range->first, range->second};
    out.malformed = out.malformed || !range;
    out.lower = TransportHeader::Lower::kTcp;
  } else if (equalsIgnoreCase(name, "client_port")) {
    keepPorts(out.clientPort);
  } else if (equalsIgnoreCase(name, "server_port")) {
    keepPorts(out.serverPort);
  } else if (equalsIgnoreCase(name, "source")) {
    out.source = trim(value);
  } else if (equalsIgnoreCase(name, "ssrc")) {
    out.ssrc = parseSsrc(value);
    out.malformed = out.malformed || !out.ssrc;
  } else if (equalsIgnoreCase(name, "multicast")) {
    out.multicast = true;
  }
}

}  // namespace

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

TransportHeader parseTransport(std::string_view value) {
  TransportHeader out;
  value = trim(value);
  out.malformed = value.find_first_of(" \t") != std::string_view::npos;
  // Only the first choice, where a server lists several.
  value = value.substr(0, value.find(','));
  for (bool first = true; !value.empty(); first = false) {
    std::string_view parameter = nextField(value, ';');
    const std::string_view name = trim(nextField(parameter, '='));
    const bool isProfile = startsWithIgnoreCase(name, "RTP/");
    if (isProfile && out.lower == TransportHeader::Lower::kUnknown) {
      const bool tcp = name.size() >= 4 && equalsIgnoreCase(name.substr(name.size() - 4), "/TCP");
      out.lower = tcp ? TransportHeader::Lower::kTcp : TransportHeader::Lower::kUdp;
    }
    if (first && !isProfile) out.malformed = true;
    parseTransportParameter(name, parameter, out);
  }
  return out;
}

RtpInfo parseRtpInfo(std::string_view value) {
  RtpInfo out;
  value = trim(value);
  while (!value.empty() && out.entries.size() < kMaxRtpInfoEntries) {
    std::string_view rest = trim(nextField(value, ','));
    RtpInfo::Entry entry;
    out.malformed = out.malformed || rest.empty() || rest.ends_with(';');
    while (!rest.empty()) {
      std::string_view content = nextField(rest, ';');
      const std::string_view name = trim(nextField(content, '='));
      content = trim(content);
      if (equalsIgnoreCase(name, "url")) {
        entry.url = content;
      } else if (equalsIgnoreCase(name, "seq")) {
        entry.sequence = parseNumber<uint16_t>(content);
        out.malformed = out.malformed || !entry.sequence;
      } else if (equalsIgnoreCase(name, "rtptime")) {
        entry.rtpTime = parseNumber<uint32_t>(content);
        out.malformed = out.malformed || !entry.rtpTime;
      }
    }
    out.malformed = out.malformed || entry.url.empty();
    out.entries.push_back(std::move(entry));
  }
  return out;
}

bool listsMethod(std::string_view value, std::string_view method) {
  while (!value.empty()) {
    if (equalsIgnoreCase(trim(nextField(value, ',')), method)) return true;
  }
  return false;
}

}  // namespace flux::rtsp
