// Waits on one socket and moves its bytes.
#include "rtsp/tcp_channel.h"

#include <cstring>
#include <utility>

namespace flux::rtsp {
namespace {

/// So that a fast camera cannot starve the others on its loop.
constexpr size_t kMaxReadPerRound = 1U << 20;
/// The loop gathers reads, so the kernel must hold what arrives meanwhile.
constexpr int kTcpReceiveBuffer = 1 << 20;

}  // namespace

void TcpChannel::connect(const SocketAddress& address, Listener& listener) {
  listener_ = &listener;
  socket_ = Socket::connect(address);
  socket_.setReceiveBuffer(kTcpReceiveBuffer);
  loop_.watch(
      socket_.fd(), EventLoop::kWritable,
      [weak = weak_from_this()](uint32_t events) {
        if (const auto self = weak.lock()) self->onEvents(events);
      },
      urgent_);
}

void TcpChannel::close() {
  listener_ = nullptr;
  if (!socket_.isOpen()) return;
  loop_.unwatch(socket_.fd());
  socket_.close();
}

void TcpChannel::fail(const Error& error) {
  Listener* const listener = listener_;
  close();
  if (listener != nullptr) listener->onFailed(error);
}

Error TcpChannel::describe(int error) const {
  return {"ERR_CONNECTION", std::string("the connection broke: ") + std::strerror(error)};
}

void TcpChannel::onEvents(uint32_t events) {
  if (stage_ != Stage::kOpen) {
    open();
    return;
  }
  if ((events & EventLoop::kWritable) != 0) flush();
  const bool mayRead = (events & (EventLoop::kReadable | EventLoop::kFailed)) != 0;
  if (isOpen() && (mayRead || wantsToWrite_)) readSome();
}

void TcpChannel::open() {
  if (stage_ == Stage::kConnecting) {
    if (const int error = socket_.takeError(); error != 0) {
      fail({"ERR_CONNECTION", std::string("cannot connect: ") + std::strerror(error)});
      return;
    }
    stage_ = Stage::kShakingHands;
  }
  const bool done = shakeHands();
  if (!isOpen()) return;
  if (done) stage_ = Stage::kOpen;
  updateWatch();
  if (done) listener_->onOpen();
}

void TcpChannel::setUrgent(bool urgent) {
  urgent_ = urgent;
  if (isOpen() && stage_ != Stage::kConnecting) updateWatch();
}

void TcpChannel::updateWatch() {
  const uint32_t writable = out_.empty() && !wantsToWrite_ ? 0 : EventLoop::kWritable;
  loop_.rewatch(socket_.fd(), EventLoop::kReadable | writable, urgent_);
}

void TcpChannel::readSome() {
  const bool wantedToWrite = std::exchange(wantsToWrite_, false);
  for (size_t total = 0; total < kMaxReadPerRound && isOpen();) {
    const std::span<uint8_t> room = listener_->space();
    const Socket::Transfer got = receive(room);
    if (got.outcome == Socket::Outcome::kWouldBlock) {
      if (wantsToWrite_ || wantedToWrite) updateWatch();
      return;
    }
    if (got.outcome == Socket::Outcome::kFailed) {
      fail(describe(got.error));
      return;
    }
    if (got.outcome == Socket::Outcome::kClosed) {
      Listener* const listener = listener_;
      close();
      listener->onEnd();
      return;
    }
    total += got.count;
    listener_->onBytes(got.count);
    if (got.count < room.size() && drainsInOneRead()) return;
  }
}

void TcpChannel::write(ByteView bytes) {
  if (!isOpen()) return;
  const bool idle = out_.empty();
  out_.insert(out_.end(), bytes.begin(), bytes.end());
  if (idle && stage_ == Stage::kOpen) flush();
}

void TcpChannel::flush() {
  while (!out_.empty()) {
    const Socket::Transfer sent = send(out_);
    if (sent.outcome == Socket::Outcome::kWouldBlock) break;
    if (sent.outcome != Socket::Outcome::kDone) {
      // What the server said last is still to be read, and reading meets the error again.
      out_.clear();
      break;
    }
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(sent.count));
  }
  updateWatch();
}

}  // namespace flux::rtsp
