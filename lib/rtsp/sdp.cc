// Line by line through a session description.
#include "rtsp/sdp.h"

#include <algorithm>

#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

// Far above what cameras send; a hostile description must not make us hold more.
constexpr size_t kMaxMedia = 64;
constexpr size_t kMaxFormats = 32;

SdpFormat* findFormat(SdpMedia& media, int payloadType) {
  for (SdpFormat& format : media.formats) {
    if (format.payloadType == payloadType) return &format;
  }
  return nullptr;
}

/// `m=<kind> <port> <protocol> <formats>`; formats that are no numbers belong to other protocols.
SdpMedia parseMediaLine(std::string_view value) {
  SdpMedia media;
  value = trim(value);
  media.kind = nextField(value, ' ');
  nextField(value, ' ');
  media.protocol = nextField(value, ' ');
  while (!value.empty() && media.formats.size() < kMaxFormats) {
    const auto payloadType = parseNumber<int>(nextField(value, ' '));
    if (payloadType && *payloadType >= 0 && *payloadType <= 127) {
      SdpFormat format;
      format.payloadType = *payloadType;
      media.formats.push_back(std::move(format));
    }
  }
  return media;
}

/// `<payload type> <encoding>/<clock rate>[/<channels>]`
void parseRtpMap(std::string_view value, SdpMedia& media) {
  value = trim(value);
  const auto payloadType = parseNumber<int>(nextField(value, ' '));
  SdpFormat* format = payloadType ? findFormat(media, *payloadType) : nullptr;
  if (format == nullptr || !format->encoding.empty()) return;
  value = trim(value);
  format->encoding = trim(nextField(value, '/'));
  format->clockRate = parseNumber<uint32_t>(trim(nextField(value, '/'))).value_or(0);
  format->channels = std::clamp(parseNumber<int>(trim(value)).value_or(1), 1, 8);
}

void parseFmtp(std::string_view value, SdpMedia& media) {
  value = trim(value);
  const auto payloadType = parseNumber<int>(nextField(value, ' '));
  SdpFormat* format = payloadType ? findFormat(media, *payloadType) : nullptr;
  if (format == nullptr) return;
  if (!format->parameters.empty()) format->parameters += ';';
  format->parameters += trim(value);
}

void parseAttribute(std::string_view value, Sdp& sdp) {
  const std::string_view name = trim(nextField(value, ':'));
  SdpMedia* media = sdp.media.empty() ? nullptr : &sdp.media.back();
  if (equalsIgnoreCase(name, "control")) {
    std::string& control = media != nullptr ? media->control : sdp.control;
    if (control.empty()) control = trim(value);
  }
  if (media == nullptr) return;
  if (equalsIgnoreCase(name, "sendonly")) media->sendOnly = true;
  if (equalsIgnoreCase(name, "rtpmap")) parseRtpMap(value, *media);
  if (equalsIgnoreCase(name, "fmtp")) parseFmtp(value, *media);
}

std::string encodingName(const SdpFormat& format) {
  if (!format.encoding.empty()) return printable(format.encoding, 20);
  switch (format.payloadType) {  // RFC 3551 §6
    case 0:
      return "PCMU";
    case 8:
      return "PCMA";
    case 26:
      return "JPEG";
    case 33:
      return "MP2T";
    default:
      return "payload type " + std::to_string(format.payloadType);
  }
}

}  // namespace

std::optional<Sdp> parseSdp(std::string_view text) {
  Sdp sdp;
  while (!text.empty()) {
    std::string_view line = nextField(text, '\n');
    line = trim(line);
    if (line.size() < 2 || line[1] != '=') continue;
    const std::string_view value = line.substr(2);
    if (line[0] == 'm') {
      if (sdp.media.size() == kMaxMedia) break;
      sdp.media.push_back(parseMediaLine(value));
    } else if (line[0] == 'a') {
      parseAttribute(value, sdp);
    }
  }
  if (sdp.media.empty()) return std::nullopt;
  return sdp;
}

std::string_view formatParameter(std::string_view parameters, std::string_view name) {
  while (!parameters.empty()) {
    std::string_view value = nextField(parameters, ';');
    // Only the first '=' separates: base64 ends in more of them.
    const std::string_view key = trim(nextField(value, '='));
    value = trim(value);
    if (!value.empty() && equalsIgnoreCase(key, name)) return value;
  }
  return {};
}

std::string describeOffers(const Sdp& sdp) {
  std::string out;
  for (const SdpMedia& media : sdp.media) {
    if (out.size() > 200) return out + ", ...";
    if (!out.empty()) out += ", ";
    out += printable(media.kind, 20);
    for (const SdpFormat& format : media.formats) out.append(" ").append(encodingName(format));
  }
  return out;
}

}  // namespace flux::rtsp
