// The steps of a sound on its way into a file: bits, clock, AAC.
#include <gtest/gtest.h>

#include <random>

#include "codec/opus.h"
#include "container/aac_transcoder.h"
#include "container/audio_clock.h"
#include "container/audio_payload.h"

namespace flux {
namespace {

CodecParameters audio(Codec codec, int sampleRate, int channels = 1, int bits = 0) {
  CodecParameters parameters;
  parameters.codec = codec;
  parameters.sampleRate = sampleRate;
  parameters.channels = channels;
  parameters.bitsPerSample = bits;
  return parameters;
}

TEST(G726Order, TurnsTheCodesOfEachByteAround) {
  // RFC 3551 §4.5.4: the first code in the low bits. Files: the first code in the high bits.
  EXPECT_EQ(toHex(turnG726(fromHex("e4"), 2, CodeOrder::kLowBitsFirst)), "1b");
  EXPECT_EQ(toHex(turnG726(fromHex("21"), 4, CodeOrder::kLowBitsFirst)), "12");
  // Codes 1 to 7 and 0 of three bits, and 1 to 8 of five.
  EXPECT_EQ(toHex(turnG726(fromHex("d1581f"), 3, CodeOrder::kLowBitsFirst)), "29cbb8");
  EXPECT_EQ(toHex(turnG726(fromHex("410c52cc41"), 5, CodeOrder::kLowBitsFirst)), "08864298e8");
}

TEST(G726Order, TurningTwiceGivesTheSameBytesAlsoWhereCodesDoNotFillThem) {
  std::mt19937 random(3);
  for (int bits = 2; bits <= 5; ++bits) {
    for (size_t size = 0; size < 23; ++size) {
      Bytes codes(size);
      for (uint8_t& byte : codes) byte = static_cast<uint8_t>(random());
      const Bytes turned = turnG726(codes, bits, CodeOrder::kLowBitsFirst);
      EXPECT_EQ(turnG726(turned, bits, CodeOrder::kHighBitsFirst), codes);
    }
  }
}

TEST(SamplesIn, FollowFromTheBytesOfEachCodec) {
  const Bytes bytes(160);
  EXPECT_EQ(samplesIn(audio(Codec::kPcmu, 8000), bytes), 160);
  EXPECT_EQ(samplesIn(audio(Codec::kPcma, 8000, 2), bytes), 80);
  EXPECT_EQ(samplesIn(audio(Codec::kG726, 8000, 1, 5), bytes), 256);
  EXPECT_EQ(samplesIn(audio(Codec::kL16, 16000, 2), bytes), 40);
  CodecParameters aac = audio(Codec::kAac, 32000);
  aac.decoderConfiguration = fromHex("1408");  // AAC-LC, 16 kHz, mono
  EXPECT_EQ(samplesIn(aac, bytes), 2048) << "a decoder that doubles the rate gives twice as many";
  EXPECT_EQ(samplesIn(*opus::makeParameters(1, 16000), fromHex("48")), 960);  // SILK, 20 ms
  EXPECT_EQ(samplesIn(audio(Codec::kAac, 8000), bytes), 0) << "not told";
}

TEST(AudioClock, LaysUnitsEndToEndOverRoundedTimes) {
  AudioClock clock(8000);
  EXPECT_EQ(clock.place(0, 160), 0);
  EXPECT_EQ(clock.place(21000, 160), 160);
  EXPECT_EQ(clock.place(39000, 160), 320);
}

TEST(AudioClock, TakesOverWhatIsMoreThanRounding) {
  AudioClock clock(8000);
  EXPECT_EQ(clock.place(1000000, 160), 8000);
  EXPECT_EQ(clock.place(1100000, 160), 8800) << "a hole of 80 ms";
  EXPECT_EQ(clock.place(1090000, 160), 8720) << "30 ms too early";
}

TEST(AudioClock, DoesNotRunAwayFromACameraWhoseClockDrifts) {
  AudioClock clock(8000);
  int64_t at = 0;
  for (int i = 0; i < 10000; ++i) {
    const int64_t micros = int64_t{i} * 20200;  // one percent slow
    at = clock.place(micros, 160);
    ASSERT_LE(std::abs(at - micros * 8 / 1000), 160);
  }
}

struct Encoded {
  int64_t pts;
  int64_t duration;
};

class TranscoderTest : public testing::Test {
 protected:
  void feed(int64_t at, size_t samples) { transcoder_.write(Bytes(samples, 0x55), at, emit()); }
  std::vector<Encoded> finish() {
    transcoder_.finish(emit());
    return packets_;
  }

 private:
  AacTranscoder::Emit emit() {
    return [this](AVPacket& packet) { packets_.push_back({packet.pts, packet.duration}); };
  }

  AacTranscoder transcoder_{audio(Codec::kPcma, 8000, 1, 8)};
  std::vector<Encoded> packets_;
};

TEST_F(TranscoderTest, BeginsBeforeTheSoundByTheEncodersDelayAndEndsWithIt) {
  for (int64_t at = 0; at < 8000; at += 160) feed(at, 160);
  const auto packets = finish();
  ASSERT_FALSE(packets.empty());
  EXPECT_EQ(packets.front().pts, -1024);
  int64_t expected = -1024;
  for (const Encoded& packet : packets) {
    EXPECT_EQ(packet.pts, expected);
    expected += packet.duration;
  }
  EXPECT_EQ(expected, 8000) << "the last frame was not flushed";
}

TEST_F(TranscoderTest, FillsAHoleThatIsShorterThanAFrame) {
  feed(0, 1500);
  feed(2000, 1500);
  int64_t end = 0;
  int64_t previous = -2048;
  for (const Encoded& packet : finish()) {
    EXPECT_EQ(packet.pts - previous, 1024);
    previous = packet.pts;
    end = packet.pts + packet.duration;
  }
  EXPECT_EQ(end, 3500);
}

TEST_F(TranscoderTest, LeavesALongHoleAndIsInStepBehindIt) {
  feed(0, 1500);
  feed(20000, 1024);
  std::vector<int64_t> times;
  for (const Encoded& packet : finish()) times.push_back(packet.pts);
  EXPECT_EQ(times, (std::vector<int64_t>{-1024, 0, 1024, 20000}));
}

TEST_F(TranscoderTest, DropsWhatOverlaps) {
  feed(0, 2048);
  feed(1024, 2048);
  int64_t end = 0;
  for (const Encoded& packet : finish()) end = packet.pts + packet.duration;
  EXPECT_EQ(end, 3072);
}

TEST(Transcoder, SkipsWhatCannotBeDecoded) {
  AacTranscoder transcoder(audio(Codec::kL16, 16000, 2, 16));
  size_t count = 0;
  const auto emit = [&](AVPacket&) { ++count; };
  transcoder.write(fromHex("00"), 0, emit);
  transcoder.write({}, 0, emit);
  transcoder.write(Bytes(8192, 1), 0, emit);
  transcoder.finish(emit);
  EXPECT_GT(count, 0U);
}

TEST(Transcoder, AcceptsTheEncodersRatesOnly) {
  EXPECT_TRUE(AacTranscoder::accepts(audio(Codec::kPcmu, 8000, 1, 8)));
  EXPECT_TRUE(AacTranscoder::accepts(audio(Codec::kL16, 48000, 2, 16)));
  EXPECT_FALSE(AacTranscoder::accepts(audio(Codec::kL16, 11000, 1, 16)));
  EXPECT_FALSE(AacTranscoder::accepts(audio(Codec::kL16, 48000, 6, 16)));
  EXPECT_FALSE(AacTranscoder::accepts(audio(Codec::kAac, 48000)));
  try {
    AacTranscoder(audio(Codec::kL16, 11000, 1, 16));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_MUX");
    EXPECT_NE(std::string(error.what()).find("mkv"), std::string::npos);
  }
}

}  // namespace
}  // namespace flux
