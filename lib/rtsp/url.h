// rtsp:// addresses: taken apart, without their credentials, and joined with SDP control
// attributes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rtsp/policies.h"

namespace flux::rtsp {

struct Url {
  /// rtsp:// and rtsps:// (TLS), or RTSP in a tunnel of two HTTP requests: rtsp+http://,
  /// rtsp+https://.
  enum class Scheme : uint8_t { kRtsp, kRtsps, kHttp, kHttps };
  Scheme scheme = Scheme::kRtsp;
  std::string username;  ///< percent-decoded; empty where the URL has none
  std::string password;
  std::string host;     ///< a name or an IP literal, without brackets
  uint16_t port = 554;  ///< where the URL has none: 554, 322, 80, 443
  /// The URL as it is sent and shown: without credentials. Requests in a tunnel name rtsp://.
  std::string text;

  [[nodiscard]] bool isEncrypted() const noexcept {
    return scheme == Scheme::kRtsps || scheme == Scheme::kHttps;
  }
};

/// Throws ERR_INVALID_ARGUMENT, with a message that repeats nothing of the URL: a password with an
/// unescaped '/' would be in it.
Url parseUrl(std::string_view text);

/// The URL of a control attribute (RFC 2326 §C.1.1). An absolute one stands as it is and "*" is the
/// base. kAppend: a relative one is appended behind one slash, as servers in the field expect;
/// kRfc3986: it is resolved after RFC 3986 §5.2, which cuts the base's last segment.
std::string resolveControl(std::string_view base, std::string_view control,
                           Policies::Control policy = Policies::Control::kAppend);

}  // namespace flux::rtsp
