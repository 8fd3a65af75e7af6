// A running simulator, clips for it, and a plain blocking RTSP reader that checks every byte
// itself.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "codec/h264.h"
#include "rtsp/message.h"
#include "rtsp/server.h"

namespace flux::rtsp::test {

/// The parameter sets of a 320x180 Baseline stream at 25 frames per second.
inline CodecParametersPtr sampleParameters() {
  CodecParameters parameters;
  parameters.sps = fromHex("6742c00dda0507ec0440000003004000000c83c50aa8");
  parameters.pps = fromHex("68ce0fc8");
  parameters.width = 320;
  parameters.height = 180;
  parameters.frameRate = 25;
  return std::make_shared<const CodecParameters>(parameters);
}

inline Bytes madeUpNal(uint8_t header, size_t size, uint8_t seed) {
  Bytes nal(size);
  nal[0] = header;
  for (size_t i = 1; i < size; ++i) nal[i] = static_cast<uint8_t>(seed * 31 + i * 7 + (i >> 8));
  return nal;
}

/// `frames` access units at `intervalTicks`; every `gop`-th is a key frame that brings a delimiter,
/// its parameter sets and two slices, one of them large. No decoder could show them.
inline ClipPtr madeUpClip(size_t frames, size_t gop, int64_t intervalTicks,
                          size_t sliceBytes = 9000) {
  auto clip = std::make_shared<Clip>();
  clip->parameters = sampleParameters();
  for (size_t i = 0; i < frames; ++i) {
    Clip::Unit unit;
    const auto seed = static_cast<uint8_t>(i);
    unit.keyFrame = i % gop == 0;
    h264::appendNal(unit.data, Bytes{0x09, 0xF0});
    if (unit.keyFrame) {
      h264::appendNal(unit.data, clip->parameters->sps);
      h264::appendNal(unit.data, clip->parameters->pps);
    }
    h264::appendNal(unit.data, madeUpNal(unit.keyFrame ? 0x65 : 0x41, sliceBytes + i, seed));
    h264::appendNal(unit.data, madeUpNal(unit.keyFrame ? 0x65 : 0x41, 700, seed));
    unit.dts90k = unit.pts90k = static_cast<int64_t>(i) * intervalTicks;
    clip->units.push_back(std::move(unit));
  }
  clip->duration90k = static_cast<int64_t>(frames) * intervalTicks;
  return clip;
}

/// One TCP connection to the server. Every wait ends in a failure after ten seconds.
class Reader final {
 public:
  explicit Reader(uint16_t port, int receiveBuffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)), port_(port) {
    if (receiveBuffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("connect failed");
    }
  }
  ~Reader() { ::close(fd_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[nodiscard]] std::string url(const std::string& path) const {
    return "rtsp://127.0.0.1:" + std::to_string(port_) + path;
  }

  void sendRaw(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;  // the server has closed: what it said is read elsewhere
      bytes = bytes.subspan(static_cast<size_t>(count));
    }
  }

  void send(const std::string& method, const std::string& path,
            const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    Request request;
    request.method = method;
    request.url = path.starts_with('/') ? url(path) : path;
    request.headers.add("CSeq", std::to_string(++sequence_));
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    sendRaw(asBytes(serialize(request)));
  }

  /// The next item; empty where the server closed the connection.
  std::optional<StreamParser::Item> next() {
    for (;;) {
      StreamParser::Item item = parser_.next();
      if (!std::holds_alternative<StreamParser::NeedMore>(item)) return item;
      pollfd wait{fd_, POLLIN, 0};
      if (::poll(&wait, 1, 10000) <= 0) throw std::runtime_error("the server says nothing");
      const auto space = parser_.space();
      const ssize_t count = ::recv(fd_, space.data(), space.size(), 0);
      if (count <= 0) return std::nullopt;
      parser_.fed(static_cast<size_t>(count));
    }
  }

  /// The next reply; media in front of it is dropped.
  Response reply() {
    while (auto item = next()) {
      if (auto* response = std::get_if<Response>(&*item)) return *response;
    }
    throw std::runtime_error("closed instead of a reply");
  }

  Response ask(const std::string& method, const std::string& path,
               const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    send(method, path, headers);
    return reply();
  }

  /// SETUP and PLAY of `path`; returns the session's id.
  std::string play(const std::string& path) {
    const Response setup =
        ask("SETUP", path + "/trackID=0", {{"Transport", "RTP/AVP/TCP;unicast;interleaved=0-1"}});
    EXPECT_EQ(setup.status, 200);
    std::string session(setup.headers.get("Session").value_or(""));
    session = session.substr(0, session.find(';'));
    send("PLAY", path, {{"Session", session}});
    playReply = reply();
    EXPECT_EQ(playReply.status, 200);
    return session;
  }

  /// The next RTP or RTCP packet of `channel`.
  Bytes packet(uint8_t channel) {
    while (auto item = next()) {
      const auto* frame = std::get_if<InterleavedFrame>(&*item);
      if (frame == nullptr || frame->channel != channel) continue;
      return {frame->payload.begin(), frame->payload.end()};
    }
    throw std::runtime_error("closed instead of a packet");
  }

  [[nodiscard]] bool closesWithin10Seconds() {
    while (next()) {
    }
    return true;
  }

  Response playReply;

 private:
  int fd_;
  uint16_t port_;
  int sequence_ = 0;
  StreamParser parser_;
};

/// An access unit put together again from RTP (RFC 6184 §5.6 to §5.8), strictly.
struct ReceivedUnit {
  Bytes data;
  uint32_t timestamp = 0;
  size_t packets = 0;
};

class StrictDepacketizer {
 public:
  explicit StrictDepacketizer(Reader& reader, uint8_t channel = 0)
      : reader_(reader), channel_(channel) {}
  virtual ~StrictDepacketizer() = default;

  ReceivedUnit next() {
    ReceivedUnit unit;
    Bytes fragments;
    for (;;) {
      const Bytes packet = reader_.packet(channel_);
      ByteReader in(packet);
      EXPECT_EQ(in.u8(), 0x80);
      const uint8_t marker = in.u8();
      EXPECT_EQ(marker & 0x7F, 96);
      const uint16_t sequence = in.u16();
      if (lastSequence) {
        EXPECT_EQ(sequence, static_cast<uint16_t>(*lastSequence + 1));
      } else {
        firstSequence = sequence;
      }
      lastSequence = sequence;
      const uint32_t timestamp = in.u32();
      if (unit.packets > 0) {
        EXPECT_EQ(timestamp, unit.timestamp);
      }
      unit.timestamp = timestamp;
      const uint32_t source = in.u32();
      if (ssrc) {
        EXPECT_EQ(source, *ssrc);
      }
      ssrc = source;
      ++unit.packets;
      EXPECT_LE(in.remaining(), 1400U);
      takePayload(in, fragments, unit.data);
      if ((marker & 0x80) != 0) break;
    }
    EXPECT_TRUE(fragments.empty()) << "the marker came within a fragmented unit";
    return unit;
  }

  std::optional<uint16_t> lastSequence;
  std::optional<uint32_t> ssrc;
  uint16_t firstSequence = 0;
  size_t aggregates = 0;
  size_t fragmentedUnits = 0;

 private:
  virtual void takePayload(ByteReader& in, Bytes& fragments, Bytes& unit) {
    const uint8_t header = in.u8();
    const uint8_t type = header & 0x1F;
    if (type == 24) {
      ++aggregates;
      while (in.remaining() > 0) h264::appendNal(unit, in.bytes(in.u16()));
      return;
    }
    if (type == 28) {
      const uint8_t fu = in.u8();
      EXPECT_EQ((fu & 0x80) != 0, fragments.empty());
      EXPECT_NE(fu & 0xC0, 0xC0) << "one fragment cannot be first and last";
      if (fragments.empty()) {
        fragments.push_back(static_cast<uint8_t>((header & 0xE0) | (fu & 0x1F)));
      }
      const ByteView part = in.bytes(in.remaining());
      fragments.insert(fragments.end(), part.begin(), part.end());
      if ((fu & 0x40) == 0) return;
      ++fragmentedUnits;
      h264::appendNal(unit, fragments);
      fragments.clear();
      return;
    }
    EXPECT_TRUE(type >= 1 && type <= 23) << "payload type " << int{type};
    Bytes nal{header};
    const ByteView rest = in.bytes(in.remaining());
    nal.insert(nal.end(), rest.begin(), rest.end());
    h264::appendNal(unit, nal);
  }

  Reader& reader_;
  uint8_t channel_;
};

/// Waits for what another thread will make true; false after ten seconds.
inline bool eventually(const std::function<bool()>& condition) {
  const int64_t limit = monotonicMicros() + 10000000;
  while (monotonicMicros() < limit) {
    if (condition()) return true;
    ::usleep(2000);
  }
  return condition();
}

class ServerTest : public testing::Test {
 protected:
  void start(ServerOptions options) { server_ = std::make_unique<Server>(loop_, options); }
  void start(ClipPtr clip, int cameras = 1) {
    ServerOptions options;
    options.main = std::move(clip);
    options.cameras = cameras;
    options.sentLogCapacity = 1000;
    start(options);
  }
  [[nodiscard]] StreamStats statsOf(const std::string& path) const {
    for (const StreamStats& stats : server_->stats()) {
      if (stats.path == path) return stats;
    }
    throw std::runtime_error("no stream " + path);
  }

  EventLoop loop_{"test-loop"};
  std::unique_ptr<Server> server_;
};

}  // namespace flux::rtsp::test
