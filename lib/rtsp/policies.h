// How to meet what cameras do differently: safe defaults, each of which one camera may override
// (docs/camera-oddities.md). Never a brand's name: what a camera does is what counts.
#pragma once

#include <cstdint>

namespace flux::rtsp {

struct Policies {
  /// Which request keeps a session alive. kAuto begins with what Public lists (GET_PARAMETER, else
  /// OPTIONS) and changes it where it is refused.
  enum class KeepAlive : uint8_t { kAuto, kOptions, kGetParameter, kSetParameter, kNone };
  KeepAlive keepAlive = KeepAlive::kAuto;
  /// Seconds between keep-alives; 0: half of the session's timeout.
  int keepAliveSeconds = 0;

  /// Digest algorithm. kAuto signs with the strongest offered, and with MD5 where that is refused.
  enum class Digest : uint8_t { kAuto, kMd5, kSha256 };
  Digest digest = Digest::kAuto;

  /// TEARDOWN when a session is left. kNever for cameras that break on it.
  enum class Teardown : uint8_t { kAlways, kNever };
  Teardown teardown = Teardown::kAlways;
  /// Where a session could not be left in order: wait this long before the next, so that a camera
  /// does not mix the old one's packets into it; 0: do not wait.
  int staleSessionWaitSeconds = 0;

  /// What to do with oddities that may also be an attack or a broken network.
  enum class Reaction : uint8_t { kIgnore, kFail };
  Reaction unassignedChannel = Reaction::kIgnore;
  Reaction unknownRtcpSsrc = Reaction::kIgnore;
  Reaction sessionIdChange = Reaction::kIgnore;  ///< kIgnore: the newest counts

  /// RTP time that leaps forward by more than this begins a new timeline, in seconds.
  int maxForwardJumpSeconds = 10;
  /// Where control URLs are joined to their base: kAppend as live555 and ffmpeg do, kRfc3986.
  enum class Control : uint8_t { kAppend, kRfc3986 };
  Control control = Control::kAppend;

  /// What sound and picture are put together by. kRtcp: the NTP times of sender reports, where both
  /// tracks have them and they are credible; else, and with kArrival, the arrival of packets.
  enum class AvSync : uint8_t { kRtcp, kArrival };
  AvSync avSync = AvSync::kRtcp;
};

}  // namespace flux::rtsp
