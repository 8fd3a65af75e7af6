// Addresses of streams that libavformat opens: which there are, and what each may do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flux {

struct AvAddress {
  enum class Scheme : uint8_t { kHttp, kHttps, kRtmp, kRtmps, kSrt, kUdp, kFile };
  Scheme scheme = Scheme::kHttp;
  std::string text;  ///< to be shown: without credentials, and without a query, which may hold some
  std::string target;  ///< for libavformat: with credentials
  std::string host;    ///< a name or an IP literal; empty for a file
  uint16_t port = 0;
  const char* protocols = "";  ///< that may be opened on its behalf
  const char* formats = "";    ///< that what it sends may have

  [[nodiscard]] bool isFile() const noexcept { return scheme == Scheme::kFile; }
  [[nodiscard]] bool isHttp() const noexcept {
    return scheme == Scheme::kHttp || scheme == Scheme::kHttps;
  }
  [[nodiscard]] bool isEncrypted() const noexcept {
    return scheme == Scheme::kHttps || scheme == Scheme::kRtmps;
  }
};

/// True where `url` has one of the schemes above.
bool isAvAddress(std::string_view url);

/// `username` and `password` override the URL's where `username` is not empty. Throws
/// ERR_INVALID_ARGUMENT, with a message that repeats nothing of the URL, also where this
/// libavformat was built without the protocol.
AvAddress parseAvAddress(std::string_view url, std::string_view username,
                         std::string_view password);

/// May what came from `address` name `url` to be read with it? Only a playlist over HTTP may, and
/// only on the same host.
bool mayOpenNested(const AvAddress& address, std::string_view url);

}  // namespace flux
