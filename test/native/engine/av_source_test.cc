#include "engine/av_source.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "../temporary_directory.h"
#include "container/packet_reader.h"
#include "http_server.h"

namespace flux {
namespace {

using rtsp::ClientState;
using std::chrono::seconds;

/// Everything that a source tells.
class Observer final : public rtsp::ClientObserver {
 public:
  void onAccessUnit(AccessUnitPtr unit) override {
    const std::lock_guard lock(mutex_);
    (unit->kind() == MediaKind::kVideo ? pictures_ : sounds_).push_back(std::move(unit));
    changed_.notify_all();
  }
  void onTracks(const std::vector<CodecParametersPtr>& tracks) override {
    const std::lock_guard lock(mutex_);
    tracks_ = tracks;
  }
  void onState(ClientState state, const Error* cause, int64_t) override {
    const std::lock_guard lock(mutex_);
    states_.push_back(state);
    if (cause != nullptr) failures_.push_back(*cause);
    changed_.notify_all();
  }
  bool waitForPictures(size_t count) {
    return wait([this, count] { return pictures_.size() >= count; });
  }
  bool waitForSounds(size_t count) {
    return wait([this, count] { return sounds_.size() >= count; });
  }
  bool waitForState(ClientState state) {
    return wait([this, state] { return std::count(states_.begin(), states_.end(), state) > 0; });
  }
  /// The first failure; empty where none came.
  std::optional<Error> failure() {
    if (!wait([this] { return !failures_.empty(); })) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return failures_.front();
  }
  std::vector<AccessUnitPtr> pictures() {
    const std::lock_guard lock(mutex_);
    return pictures_;
  }
  std::vector<AccessUnitPtr> sounds() {
    const std::lock_guard lock(mutex_);
    return sounds_;
  }
  std::vector<CodecParametersPtr> tracks() {
    const std::lock_guard lock(mutex_);
    return tracks_;
  }

 private:
  bool wait(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(20), condition);
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<AccessUnitPtr> pictures_;
  std::vector<AccessUnitPtr> sounds_;
  std::vector<CodecParametersPtr> tracks_;
  std::vector<ClientState> states_;
  std::vector<Error> failures_;
};

/// A source on a loop, with what it tells.
class Played final {
 public:
  Played(EventLoop& loop, const rtsp::ClientOptions& options) : loop_(loop) {
    source_ = makeSource(loop, options, told);
    loop.runAndWait([this] { source_->start(); });
  }
  ~Played() {
    stop();
    loop_.runAndWait([this] { source_.reset(); });
  }
  Played(const Played&) = delete;
  Played& operator=(const Played&) = delete;

  /// False where it takes longer than a second.
  bool stop() {
    auto stopped = std::make_shared<std::promise<void>>();
    auto done = stopped->get_future();
    loop_.post([this, stopped] { source_->stop([stopped] { stopped->set_value(); }); });
    const bool inTime = done.wait_for(seconds(1)) == std::future_status::ready;
    done.wait();
    return inTime;
  }
  void start() {
    loop_.runAndWait([this] { source_->start(); });
  }
  [[nodiscard]] const rtsp::ClientStats& stats() const { return source_->stats(); }

  Observer told;

 private:
  EventLoop& loop_;
  std::unique_ptr<Source> source_;
};

std::string contentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::vector<Packet> picturesOf(const std::string& path) {
  const auto reader = PacketReader::openFile(path);
  std::vector<Packet> packets;
  Packet packet;
  while (reader->next(packet)) packets.push_back(packet);
  return packets;
}

class AvSourceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    make(
        "-f lavfi -i testsrc2=size=160x120:rate=25 -f lavfi -i sine=440:sample_rate=48000 -t 2 "
        "-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -g 25 -c:a aac",
        "clip.mp4");
  }

  static const std::string& folder() {
    static const test::TemporaryDirectory directory;
    return directory.path();
  }
  static std::string file(const std::string& name) { return folder() + "/" + name; }
  static std::string make(const std::string& arguments, const std::string& name) {
    const std::string command = "ffmpeg -nostdin -v error -y " + arguments + " " + file(name);
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return file(name);
  }
  static std::string remux(const std::string& options, const std::string& name) {
    return make("-i " + file("clip.mp4") + " -c copy " + options, name);
  }
  static rtsp::ClientOptions options(const std::string& url) {
    rtsp::ClientOptions out;
    out.url = url;
    out.reconnectMinMs = 20;
    out.reconnectMaxMs = 100;
    return out;
  }
  /// What the units' bytes are, against the file's, from its beginning and round again.
  static void expectTheClip(const std::vector<AccessUnitPtr>& units) {
    const auto packets = picturesOf(file("clip.mp4"));
    ASSERT_EQ(packets.size(), 50U);
    for (size_t i = 0; i < units.size(); ++i) {
      const Packet& packet = packets[i % packets.size()];
      EXPECT_EQ(units[i]->data, packet.data) << "picture " << i;
      EXPECT_EQ(units[i]->keyFrame, packet.keyFrame) << "picture " << i;
      EXPECT_EQ(units[i]->parameters, units[0]->parameters) << "one object while they are equal";
    }
  }
  static void expectEvenTimes(const std::vector<AccessUnitPtr>& units) {
    for (size_t i = 0; i < units.size(); ++i) {
      EXPECT_EQ(units[i]->clockRate, 90000U);
      EXPECT_NEAR(static_cast<double>(units[i]->mediaTime - units[0]->mediaTime),
                  3600.0 * static_cast<double>(i), 90)
          << "picture " << i;
    }
  }

  EventLoop loop_{"test-loop"};
};

TEST_F(AvSourceTest, PlaysAFileAgainAndAgainInRealTime) {
  Played played(loop_, options("file://" + file("clip.mp4")));
  ASSERT_TRUE(played.told.waitForPictures(75));
  const auto units = played.told.pictures();
  expectTheClip(units);
  expectEvenTimes(units);
  const int64_t elapsed = units[74]->arrivalMicros - units[0]->arrivalMicros;
  EXPECT_GE(elapsed, 2900000) << "not faster than it would be shown";
  ASSERT_EQ(played.told.tracks().size(), 1U);
  EXPECT_EQ(played.told.tracks()[0]->codec, Codec::kAac);
  EXPECT_EQ(played.stats().connects, 1U);
  EXPECT_GE(played.stats().accessUnits, 75U);
  EXPECT_GT(played.stats().bytesReceived, 0U);
}

TEST_F(AvSourceTest, PlaysFlvOverHttpWithItsSoundAndReconnectsWhereItEnds) {
  const std::string flv = contentOf(remux("-f flv", "clip.flv"));
  const HttpServer server([&](const auto&) { return HttpServer::ok("video/x-flv", flv); });
  Played played(loop_, options(server.url("/flv?port=1935&user=admin&password=sesame")));
  ASSERT_TRUE(played.told.waitForPictures(120));
  const auto units = played.told.pictures();
  expectTheClip(units);
  expectEvenTimes({units.begin(), units.begin() + 50});
  EXPECT_GE(played.stats().connects, 3U);
  const auto cause = played.told.failure();
  ASSERT_TRUE(cause);
  EXPECT_EQ(cause->code(), "ERR_CONNECTION");
  EXPECT_EQ(std::string(cause->what()).find("sesame"), std::string::npos) << cause->what();
  const auto sounds = played.told.sounds();
  ASSERT_GT(sounds.size(), 50U);
  EXPECT_EQ(sounds[0]->parameters->codec, Codec::kAac);
  EXPECT_EQ(sounds[0]->clockRate, 48000U);
  for (size_t i = 1; i < 50; ++i) {
    EXPECT_EQ(sounds[i]->mediaTime - sounds[i - 1]->mediaTime, 1024) << "sound " << i;
  }
}

TEST_F(AvSourceTest, GoesOnWhereTheTimeStampsOfMpegTsBeginAgain) {
  // 2^33 ticks of 90 kHz are 95443.7 s.
  const std::string stream = contentOf(remux("-output_ts_offset 95441.5 -f mpegts", "wrapping.ts"));
  const HttpServer server([&](const auto&) { return HttpServer::ok("video/mp2t", stream, true); });
  Played played(loop_, options(server.url("/live.ts")));
  ASSERT_TRUE(played.told.waitForPictures(48));
  ASSERT_TRUE(played.told.waitForSounds(80));
  const auto units = played.told.pictures();
  expectEvenTimes(units);
  const auto packets = picturesOf(file("clip.mp4"));
  for (size_t i = 0; i < 48; ++i) {
    // MPEG-TS adds a delimiter, and parameter sets before key frames; the slice is the last.
    const Bytes& whole = packets[i].data;
    EXPECT_GE(units[i]->data.size(), whole.size());
    EXPECT_TRUE(std::equal(whole.end() - 40, whole.end(), units[i]->data.end() - 40));
    EXPECT_EQ(units[i]->keyFrame, packets[i].keyFrame);
  }
  EXPECT_EQ(units[0]->parameters->width, 160);
  const auto sounds = played.told.sounds();
  for (size_t i = 0; i < 80; ++i) {
    EXPECT_NEAR(static_cast<double>(sounds[i]->mediaTime - sounds[0]->mediaTime),
                1024.0 * static_cast<double>(i), 2);
    EXPECT_FALSE(sounds[i]->data[0] == 0xFF && (sounds[i]->data[1] & 0xF6) == 0xF0)
        << "without ADTS header";
  }
}

TEST_F(AvSourceTest, PlaysH265AndItsParameterSetsFromMpegTs) {
  const std::string stream = contentOf(
      make("-f lavfi -i testsrc2=size=160x120:rate=25 -t 1 -c:v libx265 -preset ultrafast "
           "-x265-params log-level=none:keyint=25:bframes=0 -f mpegts",
           "h265.ts"));
  const HttpServer server([&](const auto&) { return HttpServer::ok("video/mp2t", stream, true); });
  Played played(loop_, options(server.url("/live.ts")));
  ASSERT_TRUE(played.told.waitForPictures(20));
  const auto unit = played.told.pictures()[0];
  EXPECT_EQ(unit->parameters->codec, Codec::kH265);
  EXPECT_EQ(unit->parameters->height, 120);
  EXPECT_TRUE(unit->keyFrame);
  EXPECT_TRUE(played.told.tracks().empty());
}

TEST_F(AvSourceTest, PlaysMjpegOverHttp) {
  const std::string stream = contentOf(
      make("-f lavfi -i testsrc2=size=160x120:rate=25 -t 1 -c:v mjpeg -pix_fmt yuvj420p -f mpjpeg",
           "clip.mjpeg"));
  const HttpServer server([&](const auto&) {
    return HttpServer::ok("multipart/x-mixed-replace;boundary=ffmpeg", stream, true);
  });
  Played played(loop_, options(server.url("/video.mjpg")));
  ASSERT_TRUE(played.told.waitForPictures(20));
  const auto unit = played.told.pictures()[0];
  EXPECT_EQ(unit->parameters->codec, Codec::kMjpeg);
  EXPECT_EQ(unit->parameters->width, 160);
  EXPECT_EQ(unit->parameters->height, 120);
  EXPECT_TRUE(unit->keyFrame);
}

TEST_F(AvSourceTest, PlaysAnHlsPlaylistOfItsOwnHost) {
  remux("-f hls -hls_time 1 -hls_list_size 0", "list.m3u8");
  const HttpServer server([&](const HttpServer::Request& request) {
    const std::string body = contentOf(folder() + request.path);
    if (body.empty()) return HttpServer::status("404 Not Found");
    return HttpServer::ok(
        request.path.ends_with("m3u8") ? "application/vnd.apple.mpegurl" : "video/mp2t", body);
  });
  Played played(loop_, options(server.url("/list.m3u8")));
  ASSERT_TRUE(played.told.waitForPictures(40));
  expectEvenTimes(played.told.pictures());
  EXPECT_EQ(played.told.tracks().size(), 1U);
}

TEST_F(AvSourceTest, OpensNothingElseOnAPlaylistsBehalf) {
  const HttpServer elsewhere([](const auto&) { return HttpServer::ok("video/mp2t", "x"); });
  remux("-f mpegts", "secret.ts");
  const std::string other = "http://localhost:" + std::to_string(elsewhere.port()) + "/a.ts";
  for (const std::string& target :
       {"file://" + file("secret.ts"), file("secret.ts"), "concat:" + file("secret.ts"),
        "subfile,,start,0,end,0,,:" + file("secret.ts"), other, "crypto+" + other,
        "tcp://127.0.0.1:" + std::to_string(elsewhere.port())}) {
    const HttpServer server([&](const auto&) {
      return HttpServer::ok("application/vnd.apple.mpegurl",
                            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + target + "\n");
    });
    auto settings = options(server.url("/list.m3u8"));
    settings.stallTimeoutMs = 1500;
    Played played(loop_, settings);
    const auto cause = played.told.failure();
    ASSERT_TRUE(cause) << target;
    EXPECT_TRUE(played.told.pictures().empty()) << target;
    EXPECT_EQ(played.stats().connects, 0U) << target << ": " << cause->what();
  }
  EXPECT_EQ(elsewhere.requests(), 0);
}

TEST_F(AvSourceTest, PlaysNothingToWhichAPlaylistsHostRedirects) {
  remux("-f mpegts", "elsewhere.ts");
  const std::string video = contentOf(file("elsewhere.ts"));
  const HttpServer elsewhere([&](const auto&) { return HttpServer::ok("video/mp2t", video); });
  const std::string other = "http://localhost:" + std::to_string(elsewhere.port()) + "/a.ts";
  for (const bool redirects : {false, true}) {
    const HttpServer server([&](const HttpServer::Request& request) {
      if (request.path.ends_with("m3u8")) {
        return HttpServer::ok("application/vnd.apple.mpegurl",
                              "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n");
      }
      return redirects ? HttpServer::status("302 Found\r\nLocation: " + other)
                       : HttpServer::ok("video/mp2t", video);
    });
    auto settings = options(server.url("/list.m3u8"));
    settings.stallTimeoutMs = 1500;
    Played played(loop_, settings);
    if (!redirects) {
      EXPECT_TRUE(played.told.waitForPictures(10));
      continue;
    }
    const auto cause = played.told.failure();
    ASSERT_TRUE(cause);
    EXPECT_EQ(cause->code(), "ERR_CONTAINER") << cause->what();
    EXPECT_TRUE(played.told.pictures().empty());
  }
}

TEST_F(AvSourceTest, FollowsACamerasOwnRedirect) {
  remux("-f mpegts", "moved.ts");
  const std::string video = contentOf(file("moved.ts"));
  const HttpServer elsewhere([&](const auto&) { return HttpServer::ok("video/mp2t", video); });
  const HttpServer server([&](const auto&) {
    return HttpServer::status(
        "302 Found\r\nLocation: http://localhost:" + std::to_string(elsewhere.port()) + "/a.ts");
  });
  Played played(loop_, options(server.url("/live.ts")));
  EXPECT_TRUE(played.told.waitForPictures(10));
}

TEST_F(AvSourceTest, PlaysRtmpAndReconnectsAfterTheServerWent) {
  uint16_t port = 0;
  {
    const HttpServer finder([](const auto&) { return HttpServer::status("404 Not Found"); });
    port = finder.port();
  }
  const std::string url = "rtmp://127.0.0.1:" + std::to_string(port) + "/live/gate";
  Played played(loop_, options(url));
  for (size_t round = 1; round <= 2; ++round) {
    const std::string command = "ffmpeg -nostdin -v error -re -i " + file("clip.mp4") +
                                " -c copy -f flv -listen 1 " + url + " >/dev/null 2>&1";
    std::thread server(
        [&command] { [[maybe_unused]] const int status = std::system(command.c_str()); });
    EXPECT_TRUE(played.told.waitForPictures(round * 40));
    server.join();
  }
  EXPECT_GE(played.stats().connects, 2U);
  const auto units = played.told.pictures();
  expectTheClip({units.begin(), units.begin() + 40});
}

TEST_F(AvSourceTest, StopsWithinASecondWhileItWaitsForAConnection) {
  // A listener whose queue is full answers nobody.
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::vector<int> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    ::connect(fillers.back(), reinterpret_cast<sockaddr*>(&address), size);
  }
  const std::string port = std::to_string(ntohs(address.sin_port));
  for (const char* scheme : {"http", "rtmp"}) {
    auto settings = options(std::string(scheme) + "://127.0.0.1:" + port + "/live/x");
    settings.connectTimeoutMs = 60000;
    Played played(loop_, settings);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_TRUE(played.stop()) << scheme;
  }
  for (const int filler : fillers) ::close(filler);
  ::close(listener);
}

TEST_F(AvSourceTest, StopsWithinASecondWhileItWaitsForDataAndStartsAnew) {
  const std::string flv = contentOf(remux("-f flv", "clip.flv"));
  const HttpServer server([&](const auto&) { return HttpServer::ok("video/x-flv", flv, true); });
  auto settings = options(server.url("/live.flv"));
  settings.stallTimeoutMs = 60000;
  Played played(loop_, settings);
  ASSERT_TRUE(played.told.waitForPictures(50));
  EXPECT_TRUE(played.stop());
  EXPECT_TRUE(played.told.waitForState(ClientState::kClosed));
  played.start();
  EXPECT_TRUE(played.told.waitForPictures(60));
  EXPECT_TRUE(played.stop()) << "while it plays, too";
}

TEST_F(AvSourceTest, SaysWhatWentWrongWithoutCredentials) {
  const std::string flv = contentOf(remux("-f flv", "clip.flv"));
  const HttpServer server([&](const HttpServer::Request& request) {
    if (request.path == "/silent") return HttpServer::Reply{"", true};
    if (request.path == "/stall") return HttpServer::ok("video/x-flv", flv.substr(0, 9000), true);
    if (request.path == "/text") return HttpServer::ok("text/plain", std::string(5000, 'x'));
    if (request.path == "/login") {
      return HttpServer::status("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n");
    }
    if (request.path == "/broken") return HttpServer::status("500 Internal Server Error");
    return HttpServer::status("404 Not Found");
  });
  const std::string authority = "admin:se%40same@127.0.0.1:" + std::to_string(server.port());
  uint16_t closedPort = 0;
  {
    const HttpServer gone([](const auto&) { return HttpServer::status("404 Not Found"); });
    closedPort = gone.port();
  }
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"http://" + authority + "/silent", "ERR_TIMEOUT"},
      {"http://" + authority + "/stall", "ERR_TIMEOUT"},
      {"http://" + authority + "/text", "ERR_CONTAINER"},
      {"http://" + authority + "/login", "ERR_UNAUTHORIZED"},
      {"http://" + authority + "/broken", "ERR_HTTP_STATUS"},
      {"http://" + authority + "/none", "ERR_NOT_FOUND"},
      {"http://admin:sesame@127.0.0.1:" + std::to_string(closedPort) + "/x", "ERR_CONNECTION"},
      {"http://admin:sesame@host.invalid/x", "ERR_HOST_NOT_FOUND"},
      {"file://" + file("none.mp4"), "ERR_NOT_FOUND"},
  };
  for (const auto& [url, code] : cases) {
    auto settings = options(url);
    settings.connectTimeoutMs = 500;
    settings.stallTimeoutMs = 500;
    Played played(loop_, settings);
    const auto cause = played.told.failure();
    ASSERT_TRUE(cause) << url;
    EXPECT_EQ(cause->code(), code) << cause->what();
    for (const char* secret : {"admin", "same"}) {
      EXPECT_EQ(std::string(cause->what()).find(secret), std::string::npos) << cause->what();
    }
    EXPECT_GE(played.stats().failures, 1U);
  }
}

TEST_F(AvSourceTest, SignsInWithPasswordsOfAnyCharacters) {
  const std::string flv = contentOf(remux("-f flv", "clip.flv"));
  const HttpServer server([&](const HttpServer::Request& request) {
    // "admin:p@ss/w:%41"
    if (request.head.find("Authorization: Basic YWRtaW46cEBzcy93OiU0MQ==") != std::string::npos) {
      return HttpServer::ok("video/x-flv", flv, true);
    }
    return HttpServer::status("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n");
  });
  auto settings = options(server.url("/flv"));
  settings.username = "admin";
  settings.password = "p@ss/w:%41";
  Played played(loop_, settings);
  EXPECT_TRUE(played.told.waitForPictures(10));
}

TEST_F(AvSourceTest, DropsAndCountsPicturesAboveTheLimit) {
  auto settings = options("file://" + file("clip.mp4"));
  const auto packets = picturesOf(file("clip.mp4"));
  size_t largest = 0;
  for (const Packet& packet : packets) largest = std::max(largest, packet.data.size());
  settings.maxAccessUnitBytes = largest - 1;
  Played played(loop_, settings);
  ASSERT_TRUE(played.told.waitForPictures(60));
  EXPECT_GE(played.stats().accessUnitsDropped, 1U);
  const auto units = played.told.pictures();
  EXPECT_TRUE(std::any_of(units.begin(), units.end(),
                          [](const AccessUnitPtr& unit) { return unit->discontinuity; }));
}

TEST_F(AvSourceTest, RefusesMoreThanSixtyFourConnectionsAndGoesOnWhenOneIsFree) {
  const HttpServer server([](const auto&) { return HttpServer::Reply{"", true}; });
  auto settings = options(server.url("/silent"));
  settings.connectTimeoutMs = 60000;
  std::vector<std::unique_ptr<Played>> held;
  for (unsigned i = 0; i < AvSource::kMaxThreads; ++i) {
    held.push_back(std::make_unique<Played>(loop_, settings));
  }
  while (server.requests() < static_cast<int>(AvSource::kMaxThreads)) std::this_thread::yield();
  Played last(loop_, options("file://" + file("clip.mp4")));
  const auto cause = last.told.failure();
  ASSERT_TRUE(cause);
  EXPECT_EQ(cause->code(), "ERR_LIMIT");
  held.pop_back();
  EXPECT_TRUE(last.told.waitForPictures(5));
}

TEST_F(AvSourceTest, RefusesAddressesThatCannotWorkAtOnce) {
  Observer observer;
  const auto codeOf = [&](const rtsp::ClientOptions& settings) -> std::string {
    try {
      makeSource(loop_, settings, observer);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("sesame"), std::string::npos);
      return error.code();
    }
    return "";
  };
  for (const char* url : {"http://", "http://u:sesame@h:0/x", "srt://host", "udp://239.0.0.1/x",
                          "file://host/x", "ftp://u:sesame@h/", "http://u:sesame@h/ x"}) {
    EXPECT_EQ(codeOf(options(url)), "ERR_INVALID_ARGUMENT") << url;
  }
  auto pinned = options("https://camera/live.flv");
  pinned.tlsFingerprint = std::string(64, 'a');
  EXPECT_EQ(codeOf(pinned), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(codeOf(options("srt://127.0.0.1:9000?streamid=x")), "");
}

}  // namespace
}  // namespace flux
