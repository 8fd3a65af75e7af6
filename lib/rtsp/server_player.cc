#include "rtsp/server_player.h"

#include <algorithm>
#include <random>

#include "base/clock.h"

namespace flux::rtsp {
namespace {

constexpr size_t kMaxBacklog = 4U << 20;
constexpr int64_t kSenderReportMicros = 5000000;
/// Later than this the whole process stood still: go on from here instead of sending a burst.
constexpr int64_t kMaxLagMicros = 1000000;
constexpr size_t kInterleavedAndRtpHeader = 16;

int64_t toMicros(int64_t ticks) {
  return ticks * 100 / 9;
}
int64_t toTicks(int64_t micros) {
  return micros * 9 / 100;
}

uint32_t random32() {
  thread_local std::random_device device;
  return device();
}

}  // namespace

ServerPlayer::ServerPlayer(EventLoop& loop, ServerStream& stream, ServerOutput& output,
                           Channels channels, Pacing pacing)
    : loop_(loop),
      stream_(stream),
      output_(output),
      channels_(channels),
      pacing_(pacing),
      ssrc_(random32()),
      timestampBase_(random32()),
      sequence_(static_cast<uint16_t>(random32())),
      frameIndex_(stream.clip().firstKeyFrame()) {}

ServerPlayer::~ServerPlayer() {
  pause();
}

void ServerPlayer::play() {
  if (playing_) return;
  playing_ = true;
  stream_.sessionBegan();
  const int64_t now = monotonicMicros();
  // All cameras share one grid of frame times, each at its own place within the interval, so that
  // N cameras do not send at one moment.
  const int64_t interval = std::max<int64_t>(1, toMicros(stream_.clip().frameInterval90k()));
  const auto offset = static_cast<int64_t>(stream_.phase() * static_cast<double>(interval));
  const int64_t start = now + (interval - (now - offset) % interval) % interval;
  zeroMicros_ = start - toMicros(frame().dts90k + loopTicks_);
  nextReportMicros_ = start;
  timer_ = loop_.schedule(start - now, [this] { wake(); });
}

void ServerPlayer::pause() {
  if (!playing_) return;
  playing_ = false;
  loop_.cancel(timer_);
  stream_.sessionEnded();
}

uint32_t ServerPlayer::nextTimestamp() const {
  return timestampBase_ + static_cast<uint32_t>(frame().pts90k + loopTicks_);
}

void ServerPlayer::takeRtcp(ByteView packet) {
  constexpr uint8_t kReceiverReport = 201;
  while (packet.size() >= 4 && packet[0] >> 6 == 2) {
    if (packet[1] == kReceiverReport) stream_.receiverReport();
    const size_t length = ((static_cast<size_t>(packet[2]) << 8 | packet[3]) + 1) * 4;
    if (length > packet.size()) return;
    packet = packet.subspan(length);
  }
}

const PacketizedClip::Frame& ServerPlayer::frame() const {
  return stream_.clip().frames()[frameIndex_];
}

int64_t ServerPlayer::dueMicros() const {
  return zeroMicros_ + toMicros(frame().dts90k + loopTicks_);
}

/// The time over which the current frame's packets are spread.
int64_t ServerPlayer::spreadMicros() const {
  if (pacing_ == Pacing::kFrame) return 0;
  const auto& frames = stream_.clip().frames();
  const int64_t interval = stream_.clip().frameInterval90k();
  if (frameIndex_ + 1 == frames.size()) return toMicros(interval);
  return toMicros(
      std::clamp<int64_t>(frames[frameIndex_ + 1].dts90k - frame().dts90k, 0, 2 * interval));
}

void ServerPlayer::wake() {
  const int64_t now = monotonicMicros();
  const int64_t lag = now - dueMicros();
  if (lag > kMaxLagMicros) zeroMicros_ += lag;
  int64_t next = dueMicros();
  while (next <= now && !output_.failed()) {
    if (!frameBegun_) beginFrame(now);
    next = sendDuePackets(now);
  }
  // A failed connection is closed by its reading side, which hears of it too.
  if (!output_.failed()) {
    timer_ = loop_.schedule(next - monotonicMicros(), [this] { wake(); });
  }
}

void ServerPlayer::beginFrame(int64_t now) {
  frameBegun_ = true;
  packetsOfFrame_ = 0;
  const bool full = output_.backlog() > kMaxBacklog;
  dropping_ = full || (dropping_ && !frame().keyFrame);
  if (dropping_) {
    stream_.frameDropped();
    packetsOfFrame_ = frame().packetCount;
    return;
  }
  if (now >= nextReportMicros_) sendReport(now);
  SentFrame sent;
  sent.sentWallMs = wallMillis();
  sent.rtpTimestamp = nextTimestamp();
  sent.clipIndex = static_cast<uint32_t>(frameIndex_);
  sent.keyFrame = frame().keyFrame;
  stream_.frameSent(sent);
}

int64_t ServerPlayer::sendDuePackets(int64_t now) {
  const size_t total = frame().packetCount;
  const int64_t begun = dueMicros();
  const int64_t spread = spreadMicros();
  const auto count = static_cast<int64_t>(total);
  size_t due = total;
  if (spread > 0 && now - begun < spread) {
    due = std::min(total, static_cast<size_t>((now - begun) * count / spread) + 1);
  }
  if (due > packetsOfFrame_) sendPackets(due - packetsOfFrame_);
  if (packetsOfFrame_ < total) {
    return begun + (static_cast<int64_t>(packetsOfFrame_) * spread + count - 1) / count;
  }
  nextFrame();
  return dueMicros();
}

void ServerPlayer::sendPackets(size_t count) {
  const RtpStamp stamp{channels_.rtp, sequence_, nextTimestamp(), ssrc_};
  const ByteView bytes = stream_.clip().stamp(frame().firstPacket + packetsOfFrame_, count, stamp);
  output_.send(bytes);
  packetsOfFrame_ += count;
  sequence_ = static_cast<uint16_t>(sequence_ + count);
  packetCount_ += static_cast<uint32_t>(count);
  octetCount_ += static_cast<uint32_t>(bytes.size() - count * kInterleavedAndRtpHeader);
  stream_.packetsSent(count, bytes.size());
}

void ServerPlayer::nextFrame() {
  frameBegun_ = false;
  if (++frameIndex_ < stream_.clip().frames().size()) return;
  // Frames in front of the first key frame belong to no loop: nothing can decode them.
  frameIndex_ = stream_.clip().firstKeyFrame();
  loopTicks_ += stream_.clip().clip().duration90k;
}

void ServerPlayer::sendReport(int64_t now) {
  constexpr uint64_t kNtpToUnixSeconds = 2208988800ULL;
  constexpr uint8_t kSenderReport = 200;
  constexpr uint8_t kSourceDescription = 202;
  nextReportMicros_ = std::max(nextReportMicros_, now - kSenderReportMicros) + kSenderReportMicros;
  const auto wallMs = static_cast<uint64_t>(wallMillis());
  const uint64_t fraction = ((wallMs % 1000) << 32) / 1000;
  const uint32_t timestamp = timestampBase_ + static_cast<uint32_t>(toTicks(now - zeroMicros_));
  ByteWriter report;
  report.u8(0x80).u8(kSenderReport).u16(6).u32(ssrc_);
  report.u32(static_cast<uint32_t>(wallMs / 1000 + kNtpToUnixSeconds));
  report.u32(static_cast<uint32_t>(fraction)).u32(timestamp).u32(packetCount_).u32(octetCount_);
  // RFC 3550 §6.1: every compound packet carries a CNAME.
  constexpr std::string_view kName = "fluxvision";
  report.u8(0x81).u8(kSourceDescription).u16(5).u32(ssrc_);
  report.u8(1).u8(static_cast<uint8_t>(kName.size())).bytes(asBytes(kName));
  do report.u8(0);  // the list of items ends with at least one zero
  while (report.size() % 4 != 0);
  ByteWriter framed;
  framed.u8('$').u8(channels_.rtcp).u16(static_cast<uint16_t>(report.size()));
  framed.bytes(report.view());
  output_.send(framed.view());
}

}  // namespace flux::rtsp
