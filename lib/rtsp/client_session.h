// One RTSP 1.0 connection to a camera, kept alive over reconnects. Where an RTP packet enters.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/address_blocks.h"
#include "base/error.h"
#include "base/event_loop.h"
#include "codec/access_unit.h"
#include "rtsp/policies.h"
#include "rtsp/quirk.h"

namespace flux::rtsp {

/// How RTP travels. Over TLS and HTTP tunnels it is always interleaved.
enum class Transport : uint8_t {
  kTcp,  ///< interleaved with RTSP (RFC 2326 §10.12)
  /// UDP; ERR_RTSP_UNSUPPORTED where the camera refuses. Where it agrees and no packet comes within
  /// stallTimeoutMs (a firewall in between), the next attempt is over TCP.
  kUdp,
  kAuto,  ///< TCP, and UDP where the camera answers 461 to it
};

struct ClientOptions {
  /// rtsp:// or rtsps://host[:port]/path, or rtsp+http:// and rtsp+https:// for a tunnel;
  /// credentials in it are taken out and used.
  std::string url;
  std::string username;  ///< overrides the URL's
  std::string password;
  int64_t connectTimeoutMs = 5000;  ///< TCP connect, and each RTSP reply
  int64_t stallTimeoutMs = 10000;   ///< no RTP for this long after PLAY: reconnect
  int64_t reconnectMinMs = 500;     ///< first back-off; doubles up to reconnectMaxMs, +-25 % jitter
  int64_t reconnectMaxMs = 30000;
  size_t maxAccessUnitBytes = 8U << 20;  ///< larger ones are dropped and counted
  std::string userAgent = "FluxVision";
  Transport transport = Transport::kTcp;
  bool audio = true;      ///< receive the first audio track that the engine knows
  bool metadata = false;  ///< receive the first ONVIF metadata track
  /// TLS: SHA-256 of the camera's certificate (hexadecimal, colons allowed); then only that one is
  /// accepted, whoever signed it. Empty: the authorities decide.
  std::string tlsFingerprint;
  std::string tlsAuthorities;  ///< certificates in PEM; empty: the system's
  std::string tlsServerName;   ///< that the certificate must be for; empty: the URL's host
  bool tlsVerify = true;  ///< false: any certificate; traffic can then be read by who sits between
  /// Where no connection may lead, whatever the URL's name says at the time, and a redirect.
  AddressBlocks refusedAddresses;
  Policies policies;
};

enum class ClientState : uint8_t { kIdle, kConnecting, kPlaying, kWaiting, kClosed };

/// Called on the session's loop thread. stop() may be called from here; the session must not be
/// destroyed here.
class ClientObserver {
 public:
  virtual ~ClientObserver() = default;
  /// Units of all tracks that are received; kind() tells them apart.
  virtual void onAccessUnit(AccessUnitPtr unit) = 0;
  /// A session begins, before its first unit: the audio and metadata tracks that it will have.
  virtual void onTracks(const std::vector<CodecParametersPtr>& /*tracks*/) {}
  /// `cause` is set where a connection failed or ended (state kWaiting): the typed reason
  /// (ERR_RTSP_UNAUTHORIZED, ERR_RTSP_NOT_FOUND, ERR_RTSP_SESSION_NOT_FOUND, ERR_RTSP_STATUS,
  /// ERR_RTSP_PROTOCOL, ERR_RTSP_TIMEOUT, ERR_RTSP_STALLED, ERR_RTSP_CLOSED, ERR_CONNECTION,
  /// ERR_HOST_NOT_FOUND, ERR_ADDRESS_REFUSED, ERR_TLS, ERR_TLS_CERTIFICATE, ERR_RTSP_NO_VIDEO,
  /// ERR_RTSP_UNSUPPORTED). Its message names the URL without credentials. The first units may come
  /// before kPlaying: cameras send early.
  virtual void onState(ClientState state, const Error* cause, int64_t retryInMs) = 0;
};

/// Counters, readable from any thread.
struct ClientStats {
  std::atomic<uint64_t> bytesReceived{0};
  std::atomic<uint64_t> packetsReceived{0};
  std::atomic<uint64_t> packetsLost{0};        ///< gaps in RTP sequence numbers
  std::atomic<uint64_t> packetsDuplicated{0};  ///< or late; dropped
  std::atomic<uint64_t> packetsMalformed{0};
  std::atomic<uint64_t> accessUnits{0};  ///< whole video frames
  std::atomic<uint64_t> audioFrames{0};
  std::atomic<uint64_t> metadataUnits{0};
  std::atomic<uint64_t> accessUnitsDropped{0};  ///< incomplete or over the size limit
  std::atomic<uint64_t> connects{0};            ///< PLAY succeeded
  std::atomic<uint64_t> failures{0};            ///< a connection failed or ended
  std::atomic<uint64_t> receiverReports{0};     ///< RTCP RR sent
  /// Connections closed without TEARDOWN because too many were still waiting for a reply to theirs.
  std::atomic<uint64_t> farewellsCut{0};
  std::atomic<uint64_t> udpFallbacks{0};  ///< over UDP nothing came, so TCP was tried
  QuirkCounters quirks;
};

/// All methods but stats() belong to the loop's thread, and so does the destructor. After stop()
/// has called back, the observer is not called again and the object may go.
class ClientSession final {
 public:
  /// Any thread. Throws ERR_INVALID_ARGUMENT where the URL, the fingerprint or an authority is
  /// none.
  ClientSession(EventLoop& loop, ClientOptions options, ClientObserver& observer);
  ~ClientSession();
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  /// Also after stop() has called back.
  void start();
  /// Sends TEARDOWN where a session stands and waits for its reply at most 500 ms, then closes.
  void stop(std::function<void()> done);
  [[nodiscard]] const ClientStats& stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux::rtsp
