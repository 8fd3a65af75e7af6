// URL syntax as cameras and their users write it.
#include "rtsp/url.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/socket.h"
#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

constexpr std::string_view kPlain = "rtsp://";
constexpr std::string_view kSecure = "rtsps://";

struct SchemeRule {
  std::string_view prefix;
  Url::Scheme scheme;
  uint16_t port;
  std::string_view sentAs;
};
constexpr SchemeRule kSchemes[] = {
    {kPlain, Url::Scheme::kRtsp, 554, kPlain},
    {kSecure, Url::Scheme::kRtsps, 322, kSecure},
    {"rtsp+http://", Url::Scheme::kHttp, 80, kPlain},
    {"rtsp+https://", Url::Scheme::kHttps, 443, kPlain},
};

[[noreturn]] void refuse(const std::string& why) {
  throw Error("ERR_INVALID_ARGUMENT",
              "the RTSP URL " + why +
                  "; expected rtsp://[user:password@]host[:port]/path (or rtsps://, rtsp+http://, "
                  "rtsp+https://), with characters such as '/', '@' and ':' in a password "
                  "percent-encoded");
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
  const auto* const rule =
      std::find_if(std::begin(kSchemes), std::end(kSchemes),
                   [&](const SchemeRule& each) { return startsWithIgnoreCase(text, each.prefix); });
  if (rule == std::end(kSchemes)) refuse("does not begin with rtsp://");
  const bool clean = std::none_of(text.begin(), text.end(),
                                  [](char c) { return (c >= 0 && c <= ' ') || c == 0x7F; });
  if (!clean) refuse("holds a blank or a control character");
  text.remove_prefix(rule->prefix.size());
  const size_t pathBegin = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, pathBegin);
  std::string_view path = text.substr(pathBegin);
  path = path.substr(0, path.find('#'));

  Url out;
  out.scheme = rule->scheme;
  out.port = rule->port;
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    std::string_view password = authority.substr(0, at);
    out.username = percentDecode(nextField(password, ':'));
    out.password = percentDecode(password);
    authority.remove_prefix(at + 1);
  }
  parseHostAndPort(authority, out);
  const bool bareV6 = !authority.starts_with('[') && out.host.find(':') != std::string::npos;
  out.text = rule->sentAs;
  out.text += bareV6 ? "[" + out.host + "]" : std::string(authority);
  out.text += path;
  return out;
}

namespace {

/// Without "." and ".." (RFC 3986 §5.2.4).
std::string removeDotSegments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/', 1));
    path.remove_prefix(segment.size());
    if (segment == "/." || segment == "/..") {
      if (segment == "/..") out.resize(out.rfind('/') == std::string::npos ? 0 : out.rfind('/'));
      if (path.empty()) out.push_back('/');
    } else {
      out += segment;
    }
  }
  return out;
}

/// A reference without scheme against a base that has one (RFC 3986 §5.2.2).
std::string resolveReference(std::string_view base, std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  const size_t authority = base.find("://") + 3;
  if (reference.starts_with("//")) {
    return std::string(base.substr(0, authority - 2)).append(reference);
  }
  const size_t pathBegin = std::min(base.find_first_of("/?", authority), base.size());
  const size_t queryBegin = std::min(base.find('?', pathBegin), base.size());
  std::string out(base.substr(0, pathBegin));
  if (reference.empty()) return std::string(base);
  if (reference.starts_with('?')) return std::string(base.substr(0, queryBegin)).append(reference);
  const size_t query = std::min(reference.find('?'), reference.size());
  std::string path;
  if (!reference.starts_with('/')) {
    const std::string_view basePath = base.substr(pathBegin, queryBegin - pathBegin);
    const size_t slash = basePath.rfind('/');
    path = slash == std::string_view::npos ? "/" : basePath.substr(0, slash + 1);
  }
  path += reference.substr(0, query);
  return out.append(removeDotSegments(path)).append(reference.substr(query));
}

}  // namespace

std::string resolveControl(std::string_view base, std::string_view control,
                           Policies::Control policy) {
  control = trim(control);
  if (control.empty() || control == "*") return std::string(base);
  for (const std::string_view scheme : {kPlain, kSecure}) {
    if (!startsWithIgnoreCase(control, scheme)) continue;
    const std::string_view inner = control.substr(scheme.size());
    const bool twice = startsWithIgnoreCase(inner, kPlain) || startsWithIgnoreCase(inner, kSecure);
    return std::string(twice ? inner : control);
  }
  if (policy == Policies::Control::kRfc3986) return resolveReference(base, control);
  std::string out(base);
  while (out.ends_with('/')) out.pop_back();
  out.push_back('/');
  out += control.substr(std::min(control.find_first_not_of('/'), control.size()));
  return out;
}

}  // namespace flux::rtsp
