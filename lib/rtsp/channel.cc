// Which channel a URL asks for.
#include "rtsp/channel.h"

#include <algorithm>
#include <utility>

#include "rtsp/http_tunnel.h"
#include "rtsp/tcp_channel.h"
#include "rtsp/tls_channel.h"

namespace flux::rtsp {
namespace {

constexpr size_t kFingerprintBytes = 32;

}  // namespace

Bytes parseFingerprint(const std::string& text) {
  if (text.empty()) return {};
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return c != ':' && c != ' '; });
  Bytes out;
  try {
    out = fromHex(digits);
  } catch (const Error&) {
    // Said below.
  }
  if (out.size() != kFingerprintBytes) {
    throw Error("ERR_INVALID_ARGUMENT",
                "tls.fingerprint must be the SHA-256 of a certificate: 64 hexadecimal digits, as "
                "`openssl x509 -fingerprint -sha256` prints them");
  }
  return out;
}

std::shared_ptr<Channel> makeChannel(EventLoop& loop, const Url& url, const TlsOptions& tls,
                                     std::shared_ptr<Authenticator> authenticator,
                                     const std::string& userAgent) {
  HttpTunnel::MakeLeg makeLeg = [&loop]() -> std::shared_ptr<Channel> {
    return std::make_shared<TcpChannel>(loop);
  };
  if (url.isEncrypted()) {
    makeLeg = [&loop, host = tls.serverName.empty() ? url.host : tls.serverName,
               identity = TlsIdentity::create(tls)] {
      return std::make_shared<TlsChannel>(loop, host, identity);
    };
  }
  if (url.scheme == Url::Scheme::kRtsp || url.scheme == Url::Scheme::kRtsps) return makeLeg();
  return std::make_shared<HttpTunnel>(loop, std::move(makeLeg), url, std::move(authenticator),
                                      userAgent);
}

}  // namespace flux::rtsp
