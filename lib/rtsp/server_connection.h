// One reader of the simulator: its RTSP dialogue (RFC 2326) and the session it may have set up.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rtsp/digest.h"
#include "rtsp/message.h"
#include "rtsp/server_output.h"
#include "rtsp/server_player.h"
#include "rtsp/server_stream.h"

namespace flux::rtsp {

/// What every connection of a server shares.
struct ServerContext {
  EventLoop& loop;
  const ServerOptions& options;
  std::function<ServerStream*(std::string_view path)> findStream;
  std::function<void(int fd)> forget;  ///< the connection is closed
};

/// Belongs to the loop's thread. A session lives as long as its connection: media comes over it.
class ServerConnection final : public std::enable_shared_from_this<ServerConnection> {
 public:
  ServerConnection(ServerContext& context, Socket socket);

  void open();
  /// Ends session and connection at once. The object may go when its caller returns.
  void close();
  /// Neither plays nor has said anything since `micros` of the monotonic clock.
  [[nodiscard]] bool isIdleSince(int64_t micros) const;

 private:
  void onEvents(uint32_t events);
  void onReadable();
  bool take(const StreamParser::Item& item);
  void answer(const Request& request);
  Response respond(const Request& request);
  Response dispatch(const Request& request);
  Response describe(const Request& request);
  Response setup(const Request& request);
  Response play(const Request& request);
  Response pause(const Request& request);
  Response teardown(const Request& request);
  Response parameter(const Request& request);
  Response unauthorized() const;
  [[nodiscard]] bool isAuthorized(const Request& request) const;
  /// The error to answer where `request` does not address this connection's session.
  [[nodiscard]] std::optional<Response> sessionError(const Request& request) const;
  /// The stream that a URL or its track names; nullptr where there is none.
  [[nodiscard]] ServerStream* resolve(std::string_view url) const;

  ServerContext& context_;
  Socket socket_;
  ServerOutput output_;
  StreamParser parser_;
  std::vector<Challenge> challenges_;
  std::string sessionId_;
  std::unique_ptr<ServerPlayer> player_;
  int64_t lastHeardMicros_ = 0;
};

}  // namespace flux::rtsp
