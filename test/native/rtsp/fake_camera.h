// A scripted RTSP server on loopback, and an observer that can be waited on. What a test does not
// script is answered as an ordinary camera would.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/event_loop.h"
#include "base/socket.h"
#include "h264_packets.h"
#include "rtsp/client_session.h"
#include "rtsp/message.h"

namespace flux::rtsp::test {

inline std::string reply(const Request& request, const std::string& status,
                         const std::string& headers = "", const std::string& body = "") {
  std::string out = "RTSP/1.0 " + status + "\r\nCSeq: ";
  out.append(request.headers.get("CSeq").value_or("")).append("\r\n").append(headers);
  if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return out + "\r\n" + body;
}

inline std::string interleaved(uint8_t channel, const Bytes& payload) {
  std::string out = {'$', static_cast<char>(channel), static_cast<char>(payload.size() >> 8),
                     static_cast<char>(payload.size() & 0xFF)};
  return out.append(asText(payload));
}

/// Video alone, as payload type 96.
inline std::string sdpText() {
  return "v=0\r\ns=x\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
         "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=" +
         toBase64(kSps) + "," + toBase64(kPps) + "\r\na=control:track1\r\n";
}

/// What a camera with sound and events describes beside its video: PCMA (8) and metadata (107).
inline std::string sdpOfThree() {
  return sdpText() +
         "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:track2\r\n"
         "m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\n"
         "a=control:track3\r\n";
}

class FakeCamera final {
 public:
  class Connection;
  using Script = std::function<void(Connection&, const Request&)>;

  class Connection {
   public:
    Connection(FakeCamera& camera, Socket socket, int count)
        : number(count), camera_(camera), socket_(std::move(socket)) {
      camera_.loop_.watch(socket_.fd(), EventLoop::kReadable, [this](uint32_t) { read(); });
    }
    ~Connection() { close(); }

    void send(const std::string& bytes) {
      std::string_view rest = bytes;
      while (!rest.empty() && socket_.isOpen()) {
        const auto sent = socket_.send(asBytes(rest));
        if (sent.outcome == Socket::Outcome::kWouldBlock) continue;
        if (sent.outcome != Socket::Outcome::kDone) return;
        rest.remove_prefix(sent.count);
      }
    }
    /// 20 ms of silence, the `index`th.
    void sendSound(uint32_t index, uint8_t channel = 2) {
      send(interleaved(channel, rtpBytes(Bytes(160, 0xD5), static_cast<uint16_t>(index),
                                         index * 160, false, 8, 0x5678)));
    }
    /// One access unit of one packet.
    void sendFrame(uint32_t index, bool key = false, uint8_t channel = 0) {
      send(interleaved(channel, rtpBytes(key ? idr() : inter(), static_cast<uint16_t>(index),
                                         index * 3600, true)));
    }
    void close() {
      if (!socket_.isOpen()) return;
      camera_.loop_.unwatch(socket_.fd());
      socket_.close();
    }
    [[nodiscard]] bool isOpen() const { return socket_.isOpen(); }

    const int number;  ///< counts from 0

   private:
    void read() {
      const auto room = parser_.space();
      const auto got = socket_.receive(room.data(), room.size());
      if (got.outcome == Socket::Outcome::kWouldBlock) return;
      if (got.outcome != Socket::Outcome::kDone) {
        close();
        return;
      }
      parser_.fed(got.count);
      while (isOpen()) {
        const auto item = parser_.next();
        if (const auto* request = std::get_if<Request>(&item)) {
          camera_.onRequest(*this, *request);
        } else if (const auto* response = std::get_if<Response>(&item)) {
          const std::lock_guard lock(camera_.mutex_);
          camera_.log_.push_back("reply " + std::to_string(response->status));
          camera_.changed_.notify_all();
        } else if (const auto* frame = std::get_if<InterleavedFrame>(&item)) {
          const std::lock_guard lock(camera_.mutex_);
          camera_.log_.push_back("frame " + std::to_string(frame->channel));
          camera_.changed_.notify_all();
        } else {
          return;
        }
      }
    }

    FakeCamera& camera_;
    Socket socket_;
    StreamParser parser_;
  };

  FakeCamera() : listener_(Socket::listen("127.0.0.1", 0)), port_(listener_.localPort()) {
    loop_.runAndWait([this] {
      loop_.watch(listener_.fd(), EventLoop::kReadable, [this](uint32_t) {
        Socket socket = listener_.accept();
        if (!socket.isOpen()) return;
        const int number = static_cast<int>(connections_.size());
        connections_.push_back(std::make_unique<Connection>(*this, std::move(socket), number));
        {
          const std::lock_guard lock(mutex_);
          ++accepted_;
        }
        changed_.notify_all();
        if (greet) greet(*connections_.back());
      });
    });
  }
  ~FakeCamera() {
    loop_.runAndWait([this] {
      connections_.clear();
      loop_.unwatch(listener_.fd());
    });
  }

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& userinfo = "") const {
    return "rtsp://" + userinfo + "127.0.0.1:" + std::to_string(port_) + "/live";
  }

  /// What is asked for, before the client starts.
  void on(const std::string& method, Script script) { scripts_[method] = std::move(script); }
  /// What comes behind the reply to PLAY.
  void onPlay(std::function<void(Connection&)> send) {
    on("PLAY", [send = std::move(send)](Connection& connection, const Request& request) {
      connection.send(reply(request, "200 OK"));
      send(connection);
    });
  }
  std::function<void(Connection&)> greet;
  std::string sdp = sdpText();
  std::string session = "4711;timeout=60";

  /// What an ordinary camera answers; PLAY is followed by a key frame and two more.
  void answer(Connection& connection, const Request& request) {
    const std::string& method = request.method;
    if (method == "OPTIONS") {
      connection.send(reply(request, "200 OK",
                            "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n"));
    } else if (method == "DESCRIBE") {
      connection.send(reply(request, "200 OK",
                            "Content-Type: application/sdp\r\nContent-Base: " + url() + "/\r\n",
                            sdp));
    } else if (method == "SETUP") {
      const std::string transport(request.headers.get("Transport").value_or(""));
      connection.send(
          reply(request, "200 OK", "Session: " + session + "\r\nTransport: " + transport + "\r\n"));
    } else if (method == "PLAY") {
      connection.send(reply(request, "200 OK", "Session: 4711\r\n"));
      connection.sendFrame(0, true);
      connection.sendFrame(1);
      connection.sendFrame(2);
    } else {
      connection.send(reply(request, "200 OK"));
    }
  }

  /// Runs `task` with the newest connection, on the camera's own thread.
  void withConnection(const std::function<void(Connection&)>& task) {
    loop_.runAndWait([&] { task(*connections_.back()); });
  }
  void stopListening() {
    loop_.runAndWait([this] {
      loop_.unwatch(listener_.fd());
      listener_.close();
    });
  }
  int openConnections() {
    int open = 0;
    loop_.runAndWait([&] {
      open = static_cast<int>(std::count_if(connections_.begin(), connections_.end(),
                                            [](const auto& entry) { return entry->isOpen(); }));
    });
    return open;
  }

  /// "METHOD url" of each request so far, "reply STATUS" of each answer to a request of ours, and
  /// "frame CHANNEL" of each interleaved frame.
  std::vector<std::string> log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  std::vector<Request> requests(const std::string& method) {
    const std::lock_guard lock(mutex_);
    std::vector<Request> out;
    for (const Request& request : requests_) {
      if (request.method == method) out.push_back(request);
    }
    return out;
  }
  bool waitForLog(const std::string& prefix, int count = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return std::count_if(log_.begin(), log_.end(), [&](const std::string& line) {
               return line.starts_with(prefix);
             }) >= count;
    });
  }
  bool waitForConnections(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return accepted_ >= count; });
  }

 private:
  void onRequest(Connection& connection, const Request& request) {
    {
      const std::lock_guard lock(mutex_);
      log_.push_back(request.method + " " + request.url);
      requests_.push_back(request);
    }
    changed_.notify_all();
    const auto script = scripts_.find(request.method);
    if (script != scripts_.end()) {
      script->second(connection, request);
    } else {
      answer(connection, request);
    }
  }

  EventLoop loop_{"fake-camera"};
  Socket listener_;
  const uint16_t port_;
  std::map<std::string, Script> scripts_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> log_;
  std::vector<Request> requests_;
  int accepted_ = 0;
};

/// A session on a loop of its own, and what it told its observer.
class Client final : public ClientObserver {
 public:
  struct State {
    ClientState state;
    std::string code;
    std::string message;
    int64_t retryInMs;
  };

  explicit Client(const std::string& url, const std::function<void(ClientOptions&)>& adjust = {}) {
    ClientOptions options;
    options.url = url;
    options.reconnectMinMs = 20;
    options.reconnectMaxMs = 100;
    if (adjust) adjust(options);
    session_ = std::make_unique<ClientSession>(loop_, options, *this);
  }
  ~Client() override {
    loop_.runAndWait([this] { session_.reset(); });
  }

  void start() {
    loop_.runAndWait([this] { session_->start(); });
  }
  bool stop() {
    loop_.runAndWait([this] { stopHere(); });
    return waitStopped();
  }
  void stopHere() {
    session_->stop([this] {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      changed_.notify_all();
    });
  }
  bool waitStopped() {
    return wait([this] { return stopped_; });
  }
  [[nodiscard]] const ClientStats& stats() const { return session_->stats(); }
  EventLoop& loop() { return loop_; }

  bool waitForUnits(size_t count) {
    return wait([&] { return units_.size() >= count; });
  }
  bool waitForState(ClientState state, int count = 1) {
    return wait([&] {
      return std::count_if(states_.begin(), states_.end(),
                           [&](const State& entry) { return entry.state == state; }) >= count;
    });
  }
  /// The first failure, waiting for it.
  State waitForFailure() {
    if (!waitForState(ClientState::kWaiting)) return {ClientState::kIdle, "no failure", "", 0};
    const std::lock_guard lock(mutex_);
    return *std::find_if(states_.begin(), states_.end(),
                         [](const State& entry) { return entry.state == ClientState::kWaiting; });
  }
  std::vector<State> states() {
    const std::lock_guard lock(mutex_);
    return states_;
  }
  std::vector<AccessUnitPtr> units() {
    const std::lock_guard lock(mutex_);
    return units_;
  }
  std::vector<AccessUnitPtr> units(MediaKind kind) {
    auto out = units();
    std::erase_if(out, [kind](const AccessUnitPtr& unit) { return unit->kind() != kind; });
    return out;
  }
  /// One entry for each call of onTracks().
  std::vector<std::vector<CodecParametersPtr>> tracks() {
    const std::lock_guard lock(mutex_);
    return tracks_;
  }
  [[nodiscard]] uint64_t quirks(Quirk quirk) const { return stats().quirks.count(quirk); }
  bool waitForQuirk(Quirk quirk, uint64_t count = 1) {
    return eventually([&] { return quirks(quirk) >= count; });
  }
  /// For what no callback tells of.
  static bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000 && !condition(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return condition();
  }

  std::function<void(const AccessUnit&)> onUnit;  ///< on the loop's thread
  std::function<void(ClientState)> onEnter;

 private:
  void onAccessUnit(AccessUnitPtr unit) override {
    {
      const std::lock_guard lock(mutex_);
      EXPECT_FALSE(stopped_);
      EXPECT_FALSE(tracks_.empty());
      units_.push_back(unit);
    }
    changed_.notify_all();
    if (onUnit) onUnit(*unit);
  }
  void onTracks(const std::vector<CodecParametersPtr>& tracks) override {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(stopped_);
    tracks_.push_back(tracks);
  }
  void onState(ClientState state, const Error* cause, int64_t retryInMs) override {
    {
      const std::lock_guard lock(mutex_);
      EXPECT_FALSE(stopped_);
      states_.push_back({state, cause != nullptr ? cause->code() : "",
                         cause != nullptr ? cause->what() : "", retryInMs});
    }
    changed_.notify_all();
    if (onEnter) onEnter(state);
  }
  bool wait(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), condition);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<State> states_;
  std::vector<AccessUnitPtr> units_;
  std::vector<std::vector<CodecParametersPtr>> tracks_;
  bool stopped_ = false;
  EventLoop loop_{"test-client"};
  std::unique_ptr<ClientSession> session_;
};

}  // namespace flux::rtsp::test
