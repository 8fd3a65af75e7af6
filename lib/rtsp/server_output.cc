#include "rtsp/server_output.h"

namespace flux::rtsp {

void ServerOutput::send(ByteView data) {
  if (failed_) return;
  const bool wasWaiting = backlog() > 0;
  const size_t sent = wasWaiting ? 0 : push(data);
  if (failed_ || sent == data.size()) return;
  if (begin_ > waiting_.size() / 2) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(begin_));
    begin_ = 0;
  }
  waiting_.insert(waiting_.end(), data.begin() + static_cast<ptrdiff_t>(sent), data.end());
  if (!wasWaiting) loop_.rewatch(socket_.fd(), EventLoop::kReadable | EventLoop::kWritable);
}

void ServerOutput::drain() {
  if (failed_ || backlog() == 0) return;
  begin_ += push(ByteView(waiting_).subspan(begin_));
  if (backlog() > 0 && !failed_) return;
  Bytes().swap(waiting_);  // a reader that was slow once must not hold megabytes for ever
  begin_ = 0;
  loop_.rewatch(socket_.fd(), EventLoop::kReadable);
}

size_t ServerOutput::push(ByteView data) {
  size_t sent = 0;
  while (sent < data.size()) {
    const Socket::Transfer transfer = socket_.send(data.subspan(sent));
    if (transfer.outcome == Socket::Outcome::kWouldBlock) break;
    if (transfer.outcome != Socket::Outcome::kDone) {
      failed_ = true;
      break;
    }
    sent += transfer.count;
  }
  return sent;
}

}  // namespace flux::rtsp
