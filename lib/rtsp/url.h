// rtsp:// addresses: taken apart, without their credentials, and joined with SDP control
// attributes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flux::rtsp {

struct Url {
  std::string username;  ///< percent-decoded; empty where the URL has none
  std::string password;
  std::string host;  ///< a name or an IP literal, without brackets
  uint16_t port = 554;
  std::string text;  ///< the URL as it is sent and shown: without credentials
};

/// Throws ERR_INVALID_ARGUMENT, with a message that repeats nothing of the URL: a password with an
/// unescaped '/' would be in it.
Url parseUrl(std::string_view text);

/// The URL of a control attribute (RFC 2326 §C.1.1). An absolute one stands as it is and "*" is the
/// base; a relative one is appended behind one slash, as servers in the field expect, and not
/// resolved after RFC 3986, which would cut the base's last segment.
std::string resolveControl(std::string_view base, std::string_view control);

}  // namespace flux::rtsp
