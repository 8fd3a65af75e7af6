#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "server_fixture.h"

namespace flux::rtsp::test {
namespace {

class ServerMedia : public ServerTest {};

TEST_F(ServerMedia, SendsEveryNalUnitUnchangedOverTheLoopPoint) {
  const ClipPtr clip = madeUpClip(10, 5, 900);  // 100 frames per second, to see several loops
  start(clip);
  Reader reader(server_->port());
  reader.play("/cam1/main");
  StrictDepacketizer depacketizer(reader);
  uint32_t first = 0;
  for (size_t i = 0; i < 35; ++i) {
    SCOPED_TRACE("frame " + std::to_string(i));
    const ReceivedUnit unit = depacketizer.next();
    EXPECT_EQ(unit.data, clip->units[i % 10].data);
    if (i == 0) first = unit.timestamp;
    EXPECT_EQ(unit.timestamp - first, i * 900);
  }
  EXPECT_GT(depacketizer.aggregates, 0U);
  EXPECT_GT(depacketizer.fragmentedUnits, 0U);
}

TEST_F(ServerMedia, PacketsSpreadOverTheIntervalAreTheSamePackets) {
  const ClipPtr clip = madeUpClip(10, 5, 900);
  ServerOptions options;
  options.main = clip;
  options.pacing = Pacing::kPacket;
  start(options);
  Reader reader(server_->port());
  reader.play("/cam1/main");
  StrictDepacketizer depacketizer(reader);
  uint32_t first = 0;
  for (size_t i = 0; i < 35; ++i) {
    SCOPED_TRACE("frame " + std::to_string(i));
    const ReceivedUnit unit = depacketizer.next();
    EXPECT_EQ(unit.data, clip->units[i % 10].data);
    if (i == 0) first = unit.timestamp;
    EXPECT_EQ(unit.timestamp - first, i * 900);
  }
}

TEST_F(ServerMedia, NalSizesAroundThePacketLimitSurvive) {
  auto clip = std::make_shared<Clip>(*madeUpClip(1, 1, 900));
  clip->units[0].data.clear();
  for (const size_t size : {1, 2, 1395, 1396, 1397, 1398, 1399, 1400, 1401, 2797, 2798, 2799}) {
    h264::appendNal(clip->units[0].data, madeUpNal(0x65, size, 1));
    h264::appendNal(clip->units[0].data, madeUpNal(0x06, size, 2));
  }
  start(clip);
  Reader reader(server_->port());
  reader.play("/cam1/main");
  StrictDepacketizer depacketizer(reader);
  EXPECT_EQ(depacketizer.next().data, clip->units[0].data);
  EXPECT_EQ(depacketizer.next().data, clip->units[0].data);
}

TEST_F(ServerMedia, EverySessionBeginsAtTheFirstKeyFrame) {
  auto clip = std::make_shared<Clip>(*madeUpClip(10, 5, 900));
  clip->units[0].keyFrame = false;  // as a clip that was cut in mid-sequence
  start(clip);
  Reader first(server_->port());
  first.play("/cam1/main");
  StrictDepacketizer firstUnits(first);
  EXPECT_EQ(firstUnits.next().data, clip->units[5].data);
  for (int i = 0; i < 7; ++i) firstUnits.next();
  Reader second(server_->port());
  second.play("/cam1/main");
  EXPECT_EQ(StrictDepacketizer(second).next().data, clip->units[5].data);
}

TEST_F(ServerMedia, RtpInfoAnnouncesTheFirstPacket) {
  start(madeUpClip(10, 5, 900));
  Reader reader(server_->port());
  reader.play("/cam1/main");
  StrictDepacketizer depacketizer(reader);
  const ReceivedUnit unit = depacketizer.next();
  EXPECT_EQ(reader.playReply.headers.get("RTP-Info"),
            "url=" + reader.url("/cam1/main/trackID=0") +
                ";seq=" + std::to_string(depacketizer.firstSequence) +
                ";rtptime=" + std::to_string(unit.timestamp));
}

TEST_F(ServerMedia, SessionsDifferInSourceAndNumbering) {
  start(madeUpClip(10, 5, 900));
  std::set<uint32_t> sources;
  std::set<uint32_t> timestamps;
  for (int i = 0; i < 4; ++i) {
    Reader reader(server_->port());
    reader.play("/cam1/main");
    StrictDepacketizer depacketizer(reader);
    timestamps.insert(depacketizer.next().timestamp);
    sources.insert(*depacketizer.ssrc);
  }
  EXPECT_EQ(sources.size(), 4U);
  EXPECT_EQ(timestamps.size(), 4U);
}

TEST_F(ServerMedia, TheChosenChannelsAreUsed) {
  const ClipPtr clip = madeUpClip(10, 5, 900);
  start(clip);
  Reader reader(server_->port());
  const Response setup = reader.ask("SETUP", "/cam1/main/trackID=0",
                                    {{"Transport", "RTP/AVP/TCP;unicast;interleaved=6-7"}});
  std::string session(setup.headers.get("Session").value());
  session = session.substr(0, session.find(';'));
  EXPECT_EQ(reader.ask("PLAY", "/cam1/main", {{"Session", session}}).status, 200);
  EXPECT_EQ(StrictDepacketizer(reader, 6).next().data, clip->units[0].data);
}

TEST_F(ServerMedia, PauseStopsAndPlayGoesOnWhereItStopped) {
  const ClipPtr clip = madeUpClip(50, 5, 900);
  start(clip);
  Reader reader(server_->port());
  const std::string session = reader.play("/cam1/main");
  // Media that was on its way is dropped by ask(), so the log tells where the server stopped.
  EXPECT_EQ(reader.ask("PAUSE", "/cam1/main", {{"Session", session}}).status, 200);
  const size_t sent = server_->sentFrames("/cam1/main").size();
  EXPECT_EQ(statsOf("/cam1/main").sessions, 0U);
  EXPECT_EQ(reader.ask("PLAY", "/cam1/main", {{"Session", session}}).status, 200);
  EXPECT_EQ(StrictDepacketizer(reader).next().data, clip->units[sent % 50].data);
}

TEST_F(ServerMedia, SenderReportsNameSourceTimeAndCounts) {
  start(madeUpClip(10, 5, 900));
  Reader reader(server_->port());
  reader.play("/cam1/main");
  const Bytes report = reader.packet(1);
  ByteReader in(report);
  EXPECT_EQ(in.u8(), 0x80);
  EXPECT_EQ(in.u8(), 200);
  EXPECT_EQ(in.u16(), 6);
  const uint32_t source = in.u32();
  const int64_t wallSeconds = static_cast<int64_t>(in.u32()) - 2208988800LL;
  EXPECT_LE(std::abs(wallSeconds - wallMillis() / 1000), 10);
  in.skip(16);
  EXPECT_EQ(in.u8(), 0x81);
  EXPECT_EQ(in.u8(), 202);
  const size_t words = in.u16();
  EXPECT_EQ(in.remaining(), words * 4);
  EXPECT_EQ(in.u32(), source);
  EXPECT_EQ(in.u8(), 1);
  const size_t nameLength = in.u8();
  in.skip(nameLength);
  EXPECT_EQ(in.u8(), 0) << "the list of items must end";
  StrictDepacketizer depacketizer(reader);
  depacketizer.next();
  EXPECT_EQ(depacketizer.ssrc, source);
}

TEST_F(ServerMedia, ReceiverReportsAreCounted) {
  start(madeUpClip(10, 5, 900));
  Reader reader(server_->port());
  reader.play("/cam1/main");
  // RR and SDES in one compound packet, then one that lies about its length.
  const Bytes compound = fromHex("2401001481c90001000000018ca000010000000200000000");
  reader.sendRaw(fromHex("2401000881c9000100000001"));
  reader.sendRaw(fromHex("2401000880c9ffff00000001"));
  reader.sendRaw(fromHex("24010000"));
  EXPECT_TRUE(eventually([&] { return statsOf("/cam1/main").receiverReports == 2; }));
  EXPECT_FALSE(reader.packet(0).empty());
}

TEST_F(ServerMedia, TheLogNamesEachFrameThatLeft) {
  const ClipPtr clip = madeUpClip(10, 5, 900);
  ServerOptions options;
  options.main = clip;
  options.sentLogCapacity = 16;
  start(options);
  Reader reader(server_->port());
  reader.play("/cam1/main");
  StrictDepacketizer depacketizer(reader);
  std::vector<ReceivedUnit> units;
  while (units.size() < 30) units.push_back(depacketizer.next());
  const std::vector<SentFrame> log = server_->sentFrames("/cam1/main");
  ASSERT_EQ(log.size(), 16U);
  for (size_t i = 0; i < log.size(); ++i) {
    EXPECT_EQ(log[i].keyFrame, log[i].clipIndex % 5 == 0);
    const auto same = std::find_if(units.begin(), units.end(), [&](const ReceivedUnit& unit) {
      return unit.timestamp == log[i].rtpTimestamp;
    });
    if (same == units.end()) continue;  // sent after the thirtieth
    EXPECT_EQ(same->data, clip->units[log[i].clipIndex].data);
    EXPECT_EQ(static_cast<size_t>(same - units.begin()) % 10, log[i].clipIndex);
  }
  EXPECT_TRUE(server_->sentFrames("/cam9/main").empty());
}

TEST_F(ServerMedia, AReaderThatStopsLosesWholeFramesUpToAKeyFrame) {
  const ClipPtr clip = madeUpClip(20, 10, 90, 200000);  // 1,000 frames of 200 kB a second
  start(clip);
  Reader reader(server_->port(), 65536);
  reader.play("/cam1/main");
  ASSERT_TRUE(eventually([&] { return statsOf("/cam1/main").framesDropped > 30; }));
  StrictDepacketizer depacketizer(reader);
  uint32_t lastTimestamp = 0;
  bool sawGap = false;
  for (int i = 0; i < 4000 && !sawGap; ++i) {
    const ReceivedUnit unit = depacketizer.next();
    const auto same = std::find_if(clip->units.begin(), clip->units.end(),
                                   [&](const Clip::Unit& u) { return u.data == unit.data; });
    ASSERT_NE(same, clip->units.end()) << "a damaged frame was sent";
    if (i > 0 && unit.timestamp - lastTimestamp != 90) {
      sawGap = true;
      EXPECT_TRUE(same->keyFrame) << "decoding can go on only at a key frame";
    }
    lastTimestamp = unit.timestamp;
  }
  EXPECT_TRUE(sawGap);
}

TEST_F(ServerMedia, AStoppedReaderDoesNotHoldUpAnother) {
  const ClipPtr clip = madeUpClip(20, 10, 900, 50000);
  start(clip, 2);
  Reader stopped(server_->port(), 65536);
  stopped.play("/cam1/main");
  Reader reader(server_->port());
  reader.play("/cam1/main");
  StrictDepacketizer depacketizer(reader);
  for (size_t i = 0; i < 50; ++i) EXPECT_EQ(depacketizer.next().data, clip->units[i % 20].data);
}

TEST_F(ServerMedia, StatsCountWhatWasSent) {
  start(madeUpClip(10, 5, 900), 3);
  EXPECT_EQ(server_->stats().size(), 6U);
  Reader reader(server_->port());
  reader.play("/cam2/sub");
  StrictDepacketizer depacketizer(reader);
  size_t packets = 0;
  for (int i = 0; i < 20; ++i) packets += depacketizer.next().packets;
  // A packet is counted once it was sent, and may be here before.
  StreamStats stats = statsOf("/cam2/sub");
  for (int i = 0; i < 400 && stats.packetsSent < packets; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
    stats = statsOf("/cam2/sub");
  }
  EXPECT_GE(stats.framesSent, 20U);
  EXPECT_GE(stats.packetsSent, packets);
  EXPECT_EQ(stats.framesDropped, 0U);
  EXPECT_EQ(stats.sessions, 1U);
  EXPECT_EQ(statsOf("/cam2/main").framesSent, 0U);
}

TEST_F(ServerMedia, MainAndSubPlayTheirOwnClips) {
  ServerOptions options;
  options.main = madeUpClip(10, 5, 900, 9000);
  options.sub = madeUpClip(10, 5, 900, 2000);
  start(options);
  Reader reader(server_->port());
  reader.play("/cam1/sub");
  EXPECT_EQ(StrictDepacketizer(reader).next().data, options.sub->units[0].data);
}

TEST(ServerOptionsCheck, WrongOptionsAreRefusedByName) {
  EventLoop loop("test-loop");
  const auto codeOf = [&](const std::function<void(ServerOptions&)>& spoil) -> std::string {
    ServerOptions options;
    options.main = madeUpClip(5, 5, 900);
    spoil(options);
    try {
      const Server server(loop, options);
    } catch (const Error& error) {
      return error.code();
    }
    return "";
  };
  const std::string invalid = "ERR_INVALID_ARGUMENT";
  EXPECT_EQ(codeOf([](ServerOptions&) {}), "");
  EXPECT_EQ(codeOf([](ServerOptions& o) { o.cameras = 0; }), invalid);
  EXPECT_EQ(codeOf([](ServerOptions& o) { o.main = nullptr; }), invalid);
  EXPECT_EQ(codeOf([](ServerOptions& o) { o.username = "u"; }), invalid);
  EXPECT_EQ(codeOf([](ServerOptions& o) { o.host = "localhost"; }), invalid);
  EXPECT_EQ(codeOf([](ServerOptions& o) {
              auto clip = std::make_shared<Clip>(*o.main);
              clip->units[0].keyFrame = false;
              o.main = clip;
            }),
            invalid);
  EXPECT_EQ(codeOf([](ServerOptions& o) {
              auto clip = std::make_shared<Clip>(*o.main);
              clip->units[0].data = fromHex("000000ff65");
              o.main = clip;
            }),
            invalid);
  const Server first(loop, [] {
    ServerOptions options;
    options.main = madeUpClip(5, 5, 900);
    return options;
  }());
  EXPECT_EQ(codeOf([&](ServerOptions& o) { o.port = first.port(); }), "ERR_ADDRESS_IN_USE");
}

}  // namespace
}  // namespace flux::rtsp::test
