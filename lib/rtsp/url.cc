// URL syntax as cameras and their users write it.
#include "rtsp/url.h"

#include <algorithm>

#include "base/error.h"
#include "base/socket.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

constexpr std::string_view kScheme = "rtsp://";

[[noreturn]] void refuse(const std::string& why) {
  throw Error("ERR_INVALID_ARGUMENT",
              "the RTSP URL " + why +
                  "; expected rtsp://[user:password@]host[:port]/path, with characters such as "
                  "'/', '@' and ':' in a password percent-encoded");
}

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = lowerCase(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// A '%' that begins no escape stands for itself: passwords are often pasted in unescaped.
std::string percentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
    const int low = high >= 0 ? hexValue(text[i + 2]) : -1;
    if (low < 0) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return out;
}

uint16_t parsePort(std::string_view text) {
  const auto port = parseNumber<uint32_t>(text);
  if (!port || *port == 0 || *port > 65535) refuse("has no valid port");
  return static_cast<uint16_t>(*port);
}

void parseHostAndPort(std::string_view text, Url& out) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) refuse("has an IPv6 address without ']'");
    out.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (!text.empty() && !text.starts_with(':')) refuse("has something behind ']'");
    if (!text.empty()) out.port = parsePort(text.substr(1));
  } else if (parseAddress(std::string(text), 0)) {
    out.host = text;  // also an IPv6 address without brackets, which some tools write
  } else {
    const size_t colon = text.find(':');
    out.host = text.substr(0, colon);
    if (colon != std::string_view::npos) out.port = parsePort(text.substr(colon + 1));
  }
  if (out.host.empty()) refuse("has no host");
}

}  // namespace

Url parseUrl(std::string_view text) {
  text = trim(text);
  if (!startsWithIgnoreCase(text, kScheme)) refuse("does not begin with rtsp://");
  const bool clean = std::none_of(text.begin(), text.end(),
                                  [](char c) { return (c >= 0 && c <= ' ') || c == 0x7F; });
  if (!clean) refuse("holds a blank or a control character");
  text.remove_prefix(kScheme.size());
  const size_t pathBegin = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, pathBegin);
  std::string_view path = text.substr(pathBegin);
  path = path.substr(0, path.find('#'));

  Url out;
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    std::string_view password = authority.substr(0, at);
    out.username = percentDecode(nextField(password, ':'));
    out.password = percentDecode(password);
    authority.remove_prefix(at + 1);
  }
  parseHostAndPort(authority, out);
  const bool bareV6 = !authority.starts_with('[') && out.host.find(':') != std::string::npos;
  out.text = kScheme;
  out.text += bareV6 ? "[" + out.host + "]" : std::string(authority);
  out.text += path;
  return out;
}

std::string resolveControl(std::string_view base, std::string_view control) {
  control = trim(control);
  if (control.empty() || control == "*") return std::string(base);
  if (startsWithIgnoreCase(control, kScheme)) {
    const std::string_view inner = control.substr(kScheme.size());
    return std::string(startsWithIgnoreCase(inner, kScheme) ? inner : control);
  }
  std::string out(base);
  while (out.ends_with('/')) out.pop_back();
  out.push_back('/');
  out += control.substr(std::min(control.find_first_not_of('/'), control.size()));
  return out;
}

}  // namespace flux::rtsp
