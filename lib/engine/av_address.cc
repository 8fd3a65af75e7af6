#include "engine/av_address.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "container/av.h"
#include "rtsp/text.h"
#include "rtsp/url.h"

namespace flux {
namespace {

/// libavformat's own parsers have buffers of this order.
constexpr size_t kMaxUrl = 2000;

struct Rule {
  std::string_view prefix;
  AvAddress::Scheme scheme;
  uint16_t port;  ///< 0: the URL must have one
  const char* protocol;
  const char* protocols;
  const char* formats;
};
constexpr const char* kOverHttp = "flv,mpegts,hls,mpjpeg,matroska,mov,aac";
constexpr Rule kRules[] = {
    {"http://", AvAddress::Scheme::kHttp, 80, "http", "http,https,tcp,tls,crypto", kOverHttp},
    {"https://", AvAddress::Scheme::kHttps, 443, "https", "https,tcp,tls,crypto", kOverHttp},
    {"rtmp://", AvAddress::Scheme::kRtmp, 1935, "rtmp", "rtmp,tcp", "flv"},
    {"rtmps://", AvAddress::Scheme::kRtmps, 443, "rtmps", "rtmps,tcp,tls", "flv"},
    {"srt://", AvAddress::Scheme::kSrt, 0, "srt", "srt", "mpegts"},
    {"udp://", AvAddress::Scheme::kUdp, 0, "udp", "udp", "mpegts"},
    {"file://", AvAddress::Scheme::kFile, 0, "file", "file", "matroska,mov,mpegts,flv"},
};

const Rule* ruleOf(std::string_view url) {
  const auto* const found =
      std::find_if(std::begin(kRules), std::end(kRules),
                   [&](const Rule& rule) { return rtsp::startsWithIgnoreCase(url, rule.prefix); });
  return found == std::end(kRules) ? nullptr : found;
}

[[noreturn]] void refuse(const std::string& why) {
  throw Error("ERR_INVALID_ARGUMENT",
              "the stream's URL " + why +
                  "; expected http://[user:password@]host[:port]/path (or https://, rtmp://, "
                  "rtmps://), srt://host:port, udp://address:port or file:///path");
}

bool hasProtocol(std::string_view name) {
  void* state = nullptr;
  while (const char* protocol = avio_enum_protocols(&state, 0)) {
    if (name == protocol) return true;
  }
  return false;
}

/// Everything but RFC 3986's unreserved characters escaped.
std::string percentEncode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    }
  }
  return out;
}

std::string percentDecode(std::string_view text) {
  const auto value = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = rtsp::lowerCase(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && value(text[i + 1]) >= 0 && value(text[i + 2]) >= 0;
    out.push_back(escape ? static_cast<char>(value(text[i + 1]) << 4 | value(text[i + 2]))
                         : text[i]);
    if (escape) i += 2;
  }
  return out;
}

/// The rest of a URL behind its scheme, taken apart; ports and credentials mean the same
/// everywhere.
rtsp::Url parseRest(std::string_view rest) {
  return rtsp::parseUrl(std::string("rtsp://").append(rest));
}

void parseFile(std::string_view rest, AvAddress& out) {
  if (rtsp::startsWithIgnoreCase(rest, "localhost/")) rest.remove_prefix(9);
  if (!rest.starts_with('/')) refuse("names no absolute path of a file");
  const std::string path = percentDecode(rest);
  if (path.find('\0') != std::string::npos) refuse("holds a NUL");
  out.text = "file://" + std::string(rest);
  out.target = "file:" + path;
}

}  // namespace

bool isAvAddress(std::string_view url) {
  return ruleOf(url) != nullptr;
}

AvAddress parseAvAddress(std::string_view url, std::string_view username,
                         std::string_view password) {
  const Rule* const rule = ruleOf(url);
  if (rule == nullptr) refuse("has no scheme that can be opened");
  if (url.size() > kMaxUrl) refuse("is longer than 2000 characters");
  if (!hasProtocol(rule->protocol)) {
    refuse(std::string("begins with ") + std::string(rule->prefix) +
           ", which the installed libavformat was built without");
  }
  AvAddress out;
  out.scheme = rule->scheme;
  out.protocols = rule->protocols;
  out.formats = rule->formats;
  const std::string_view rest = url.substr(rule->prefix.size());
  if (out.isFile()) {
    parseFile(rest, out);
    return out;
  }
  rtsp::Url parsed;
  try {
    parsed = parseRest(rest);
  } catch (const Error&) {
    refuse("has no valid host and port, or holds a blank");
  }
  // What the parser shows is rtsp://host[:port]/path?query.
  const std::string shown = parsed.text.substr(std::string_view("rtsp://").size());
  const std::string authority = shown.substr(0, shown.find_first_of("/?"));
  const bool hasPort = authority != parsed.host && authority != "[" + parsed.host + "]";
  if (!hasPort) {
    if (rule->port == 0) refuse("has no port");
    parsed.port = rule->port;
  }
  out.host = parsed.host;
  out.port = parsed.port;
  const size_t query = shown.find('?');
  out.text = std::string(rule->prefix) + shown.substr(0, query);
  if (query != std::string::npos) out.text += "?...";
  const std::string user(username.empty() ? std::string_view(parsed.username) : username);
  const std::string secret(username.empty() && password.empty() ? std::string_view(parsed.password)
                                                                : password);
  out.target = rule->prefix;
  if (!user.empty()) out.target += percentEncode(user) + ":" + percentEncode(secret) + "@";
  out.target += shown;
  return out;
}

bool mayOpenNested(const AvAddress& address, std::string_view url) {
  if (!address.isHttp()) return false;
  // Encrypted segments of HLS.
  for (const std::string_view crypto : {"crypto+", "crypto:"}) {
    if (url.starts_with(crypto)) url.remove_prefix(crypto.size());
  }
  const Rule* const rule = ruleOf(url);
  if (rule == nullptr) return false;
  const bool http = rule->scheme == AvAddress::Scheme::kHttp;
  const bool https = rule->scheme == AvAddress::Scheme::kHttps;
  // What was asked for over TLS does not go on without it.
  if (!https && !(http && address.scheme == AvAddress::Scheme::kHttp)) return false;
  try {
    return parseRest(url.substr(rule->prefix.size())).host == address.host;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace flux
