// What is held, what is released, and when the missing is given up.
#include "rtsp/reorder_buffer.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "rtsp/rtp.h"

namespace flux::rtsp {
namespace {

uint16_t distance(uint16_t from, uint16_t to) {
  return static_cast<uint16_t>(to - from);
}

}  // namespace

void ReorderQueue::push(ByteView packet, const ClientConnection::Arrival& arrival) {
  const auto rtp = parseRtp(packet);
  if (!rtp) {
    out_.push_back({0, arrival, {}, packet});
    return;
  }
  const uint16_t step = distance(next_, rtp->sequence);
  const bool isBehind = step > 0xFFFF - kHistory;
  if (!started_ || rtp->ssrc != ssrc_ || (step > kMaxDropout && !isBehind)) {
    flush();
    restart(rtp->ssrc, rtp->sequence);
  } else if (isBehind) {
    ++(handedOut_[rtp->sequence % kHistory] ? duplicates_ : late_);
    return;
  } else if (step > 0) {
    hold(rtp->sequence, packet, arrival);
    return;
  }
  handOut({rtp->sequence, arrival, {}, packet});
}

void ReorderQueue::restart(uint32_t ssrc, uint16_t sequence) {
  started_ = true;
  ssrc_ = ssrc;
  next_ = sequence;
  handedOut_.reset();
}

void ReorderQueue::hold(uint16_t sequence, ByteView packet,
                        const ClientConnection::Arrival& arrival) {
  // Most arrive behind all that is held: look from the end.
  auto place = held_.end();
  while (place != held_.begin() &&
         distance(next_, std::prev(place)->sequence) > distance(next_, sequence)) {
    --place;
  }
  if (place != held_.begin() && std::prev(place)->sequence == sequence) {
    ++duplicates_;
    return;
  }
  Held copy{sequence, arrival, Bytes(packet.begin(), packet.end()), {}};
  copy.bytes = copy.copy;
  held_.insert(place, std::move(copy));
  if (held_.size() > limits_.maxPackets) giveUpFirstGap();
}

void ReorderQueue::handOut(Held packet) {
  handedOut_.set(packet.sequence % kHistory);
  next_ = static_cast<uint16_t>(packet.sequence + 1);
  out_.push_back(std::move(packet));
  while (!held_.empty() && held_.front().sequence == next_) {
    handedOut_.set(next_ % kHistory);
    ++next_;
    ++reordered_;
    out_.push_back(std::move(held_.front()));
    held_.pop_front();
  }
}

void ReorderQueue::giveUpFirstGap() {
  Held first = std::move(held_.front());
  held_.pop_front();
  for (; next_ != first.sequence; ++next_) handedOut_.reset(next_ % kHistory);
  handOut(std::move(first));
}

void ReorderQueue::expire(int64_t nowMicros) {
  for (auto due = dueMicros(); due && *due <= nowMicros; due = dueMicros()) giveUpFirstGap();
}

void ReorderQueue::flush() {
  while (!held_.empty()) giveUpFirstGap();
}

std::optional<ReorderQueue::Packet> ReorderQueue::pop() {
  if (out_.empty()) return std::nullopt;
  current_ = std::move(out_.front());
  out_.pop_front();
  return Packet{current_.bytes, current_.arrival};
}

std::optional<int64_t> ReorderQueue::dueMicros() const {
  if (held_.empty()) return std::nullopt;
  const auto oldest = std::min_element(
      held_.begin(), held_.end(),
      [](const Held& a, const Held& b) { return a.arrival.micros < b.arrival.micros; });
  return oldest->arrival.micros + limits_.maxWaitMicros;
}

struct ReorderBuffer::State {
  State(EventLoop& eventLoop, Release callback, ReorderLimits limits)
      : loop(eventLoop), release(std::move(callback)), queue(limits) {}

  EventLoop& loop;
  const Release release;
  ReorderQueue queue;
  EventLoop::TimerId timer = 0;
  bool closed = false;

  /// Static, and holding the state: a release may destroy the buffer.
  static void drain(const std::shared_ptr<State>& self) {
    while (!self->closed) {
      const auto packet = self->queue.pop();
      if (!packet) break;
      self->release(packet->bytes, packet->arrival);
    }
    if (!self->closed) arm(self);
  }

  static void arm(const std::shared_ptr<State>& self) {
    const auto due = self->queue.dueMicros();
    if (!due || self->timer != 0) return;
    self->timer = self->loop.schedule(*due - monotonicMicros(), [self] {
      self->timer = 0;
      self->queue.expire(monotonicMicros());
      drain(self);
    });
  }
};

ReorderBuffer::ReorderBuffer(EventLoop& loop, Release release, ReorderLimits limits)
    : state_(std::make_shared<State>(loop, std::move(release), limits)) {}

ReorderBuffer::~ReorderBuffer() {
  state_->closed = true;
  state_->loop.cancel(state_->timer);
}

void ReorderBuffer::push(ByteView packet, const ClientConnection::Arrival& arrival) {
  const auto state = state_;
  state->queue.push(packet, arrival);
  State::drain(state);
}

void ReorderBuffer::flush() {
  const auto state = state_;
  state->queue.flush();
  State::drain(state);
}

const ReorderQueue& ReorderBuffer::queue() const {
  return state_->queue;
}

}  // namespace flux::rtsp
