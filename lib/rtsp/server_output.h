// What a server's connection still has to send: whole replies and whole packets, in order.
#pragma once

#include <cstddef>
#include <functional>

#include "base/event_loop.h"
#include "base/socket.h"

namespace flux::rtsp {

/// Sends at once what the socket takes and keeps the rest. Belongs to the loop's thread.
class ServerOutput final {
 public:
  ServerOutput(EventLoop& loop, Socket& socket) : loop_(loop), socket_(socket) {}

  void send(ByteView data);
  /// The socket takes data again.
  void drain();
  /// Bytes that wait for the reader.
  [[nodiscard]] size_t backlog() const noexcept { return waiting_.size() - begin_; }
  /// The connection broke while sending; everything later is dropped. The reader's side tells too.
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  size_t push(ByteView data);

  EventLoop& loop_;
  Socket& socket_;
  Bytes waiting_;
  size_t begin_ = 0;
  bool failed_ = false;
};

}  // namespace flux::rtsp
