// Line by line through a session description.
#include "rtsp/sdp.h"

#include <algorithm>
#include <array>

#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

// Far above what cameras send; a hostile description must not make us hold more.
constexpr size_t kMaxMedia = 64;
constexpr size_t kMaxFormats = 32;
constexpr size_t kMaxStrays = 16;
constexpr int kMaxDimension = 65535;

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

/// "1920<separator>1080".
void parseDimensions(std::string_view value, std::string_view separators, SdpMedia& media) {
  value = trim(value);
  const size_t at = value.find_first_of(separators);
  if (at == std::string_view::npos) return;
  const int width = parseNumber<int>(value.substr(0, at)).value_or(0);
  const int height = parseNumber<int>(value.substr(at + 1)).value_or(0);
  if (width < 1 || height < 1 || width > kMaxDimension || height > kMaxDimension) return;
  media.width = width;
  media.height = height;
}

/// "IN IP4 192.0.2.7", whatever the address.
bool isConnection(std::string_view value) {
  value = trim(value);
  const std::string_view network = nextField(value, ' ');
  const std::string_view type = nextField(value, ' ');
  value = trim(value);
  return network == "IN" && startsWithIgnoreCase(type, "IP") && !value.empty() &&
         value.find(' ') == std::string_view::npos;
}

bool isTiming(std::string_view value) {
  value = trim(value);
  const auto start = parseNumber<uint64_t>(nextField(value, ' '));
  return start && parseNumber<uint64_t>(value);
}

class SdpParser final {
 public:
  std::optional<Sdp> parse(std::string_view text) {
    while (!text.empty()) {
      const std::string_view line = trim(nextField(text, '\n'));
      if (line.empty()) continue;
      if (line.size() < 2 || line[1] != '=') {
        sdp_.oddities.incomplete = true;
        continue;
      }
      if (line[0] == 'm' && sdp_.media.size() == kMaxMedia) break;
      parseLine(line[0], line.substr(2));
    }
    if (sdp_.media.empty()) return std::nullopt;
    if (origins_ == 0 || names_ != 1 || timings_ == 0) sdp_.oddities.incomplete = true;
    for (const Stray& stray : strays_) giveBack(stray);
    return std::move(sdp_);
  }

 private:
  /// An fmtp line whose payload type is not of the media above it.
  struct Stray {
    int payloadType;
    std::string_view parameters;
  };

  void parseLine(char type, std::string_view value) {
    switch (type) {
      case 'm':
        sdp_.media.push_back(parseMediaLine(value));
        break;
      case 'a':
        parseAttribute(value);
        break;
      case 'o':
        ++origins_;
        break;
      case 's':
        ++names_;
        break;
      case 't':
        ++timings_;
        if (!isTiming(value)) sdp_.oddities.incomplete = true;
        break;
      case 'c':
        if (!isConnection(value)) sdp_.oddities.incomplete = true;
        break;
      default:
        break;
    }
  }

  void parseAttribute(std::string_view value) {
    const std::string_view name = trim(nextField(value, ':'));
    SdpMedia* media = sdp_.media.empty() ? nullptr : &sdp_.media.back();
    if (equalsIgnoreCase(name, "control")) {
      std::string& control = media != nullptr ? media->control : sdp_.control;
      if (control.empty()) control = trim(value);
    }
    if (media == nullptr) return;
    if (equalsIgnoreCase(name, "sendonly")) media->sendOnly = true;
    if (equalsIgnoreCase(name, "rtpmap")) parseRtpMap(value, *media);
    if (equalsIgnoreCase(name, "fmtp")) parseFmtp(value, *media);
    if (equalsIgnoreCase(name, "x-dimensions")) parseDimensions(value, ",x", *media);
    if (equalsIgnoreCase(name, "framesize")) {
      value = trim(value);
      nextField(value, ' ');
      parseDimensions(value, "-x", *media);
    }
  }

  /// `<payload type> <encoding>/<clock rate>[/<channels>]`
  void parseRtpMap(std::string_view value, SdpMedia& media) {
    value = trim(value);
    const auto payloadType = parseNumber<int>(nextField(value, ' '));
    SdpFormat* format = payloadType ? findFormat(media, *payloadType) : nullptr;
    const bool audio = equalsIgnoreCase(media.kind, "audio");
    if (format == nullptr) {
      if (audio) ++sdp_.oddities.rtpmap;
      return;
    }
    value = trim(value);
    const std::string_view encoding = trim(nextField(value, '/'));
    if (!format->encoding.empty()) {
      if (equalsIgnoreCase(format->encoding, encoding)) return;
      if (audio) ++sdp_.oddities.rtpmap;
      // Of two that contradict each other, the one that RFC 3551 knows; else the first.
      const StaticFormat* known = staticFormat(format->payloadType);
      if (known == nullptr || !equalsIgnoreCase(known->encoding, encoding)) return;
    }
    format->encoding = encoding;
    format->clockRate = parseNumber<uint32_t>(trim(nextField(value, '/'))).value_or(0);
    format->channels = std::clamp(parseNumber<int>(trim(value)).value_or(1), 1, 8);
  }

  void parseFmtp(std::string_view value, SdpMedia& media) {
    value = trim(value);
    const auto payloadType = parseNumber<int>(nextField(value, ' '));
    SdpFormat* format = payloadType ? findFormat(media, *payloadType) : nullptr;
    value = trim(value);
    const bool again = format != nullptr && !format->parameters.empty();
    if (format == nullptr || again || value.empty()) ++sdp_.oddities.fmtp;
    if (format == nullptr) {
      if (payloadType && strays_.size() < kMaxStrays) strays_.push_back({*payloadType, value});
      return;
    }
    if (again) format->parameters += ';';
    format->parameters += value;
  }

  /// To the first media that has the payload type and no parameters of its own.
  void giveBack(const Stray& stray) {
    for (SdpMedia& media : sdp_.media) {
      SdpFormat* format = findFormat(media, stray.payloadType);
      if (format == nullptr || !format->parameters.empty()) continue;
      format->parameters = stray.parameters;
      return;
    }
  }

  Sdp sdp_;
  std::vector<Stray> strays_;
  int origins_ = 0;
  int names_ = 0;
  int timings_ = 0;
};

std::string encodingName(const SdpFormat& format) {
  if (!format.encoding.empty()) return printable(format.encoding, 20);
  if (const StaticFormat* known = staticFormat(format.payloadType)) return known->encoding;
  return "payload type " + std::to_string(format.payloadType);
}

}  // namespace

std::optional<Sdp> parseSdp(std::string_view text) {
  return SdpParser().parse(text);
}

const StaticFormat* staticFormat(int payloadType) {
  static constexpr std::array<StaticFormat, 14> kFormats = {{{0, "PCMU", 8000, 1},
                                                             {2, "G726-32", 8000, 1},
                                                             {3, "GSM", 8000, 1},
                                                             {4, "G723", 8000, 1},
                                                             {5, "DVI4", 8000, 1},
                                                             {8, "PCMA", 8000, 1},
                                                             {9, "G722", 8000, 1},
                                                             {10, "L16", 44100, 2},
                                                             {11, "L16", 44100, 1},
                                                             {14, "MPA", 90000, 1},
                                                             {18, "G729", 8000, 1},
                                                             {26, "JPEG", 90000, 1},
                                                             {32, "MPV", 90000, 1},
                                                             {33, "MP2T", 90000, 1}}};
  const auto* found = std::find_if(
      kFormats.begin(), kFormats.end(),
      [payloadType](const StaticFormat& format) { return format.payloadType == payloadType; });
  return found == kFormats.end() ? nullptr : found;
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
    if (media.sendOnly && equalsIgnoreCase(media.kind, "audio")) out += " (backchannel)";
  }
  return out;
}

}  // namespace flux::rtsp
