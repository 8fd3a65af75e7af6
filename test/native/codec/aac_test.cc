// AudioSpecificConfig, StreamMuxConfig and ADTS.
#include "codec/aac.h"

#include <gtest/gtest.h>

namespace flux::aac {
namespace {

AudioConfig parsed(const char* hex) {
  const auto config = parseConfig(fromHex(hex));
  EXPECT_TRUE(config) << hex;
  return config.value_or(AudioConfig{});
}

TEST(Aac, ReadsTheConfigurationsOfCameras) {
  struct Case {
    const char* hex;
    int rate;
    int channels;
  };
  for (const Case& c : {Case{"1588", 8000, 1}, Case{"1408", 16000, 1}, Case{"1188", 48000, 1},
                        Case{"1190", 48000, 2}, Case{"1210", 44100, 2}}) {
    const AudioConfig config = parsed(c.hex);
    EXPECT_EQ(config.objectType, 2) << c.hex;
    EXPECT_EQ(config.sampleRate, c.rate) << c.hex;
    EXPECT_EQ(config.coreSampleRate, c.rate) << c.hex;
    EXPECT_EQ(config.channels, c.channels) << c.hex;
    EXPECT_EQ(config.frameLength, 1024) << c.hex;
    EXPECT_FALSE(config.sbr) << c.hex;
  }
}

TEST(Aac, KnowsFramesOf960And512Samples) {
  EXPECT_EQ(parsed("140c").frameLength, 960);
  // ER AAC LD, 48 kHz, mono, no error protection.
  EXPECT_EQ(parsed("b98800").frameLength, 512);
}

TEST(Aac, ReadsSbrAndPsInBothSignallings) {
  // Object type 5: core 24 kHz, output 48 kHz, then AAC-LC.
  const AudioConfig explicitSbr = parsed("2b118800");
  EXPECT_EQ(explicitSbr.objectType, 5);
  EXPECT_TRUE(explicitSbr.sbr);
  EXPECT_EQ(explicitSbr.coreSampleRate, 24000);
  EXPECT_EQ(explicitSbr.sampleRate, 48000);
  EXPECT_EQ(explicitSbr.channels, 2);
  // Object type 29: SBR and parametric stereo over one channel.
  const AudioConfig explicitPs = parsed("eb098800");
  EXPECT_TRUE(explicitPs.ps);
  EXPECT_EQ(explicitPs.channels, 2);
  // AAC-LC of 24 kHz, then 0x2B7, object type 5, present, 48 kHz.
  const AudioConfig compatible = parsed("131056e598");
  EXPECT_EQ(compatible.objectType, 2);
  EXPECT_TRUE(compatible.sbr);
  EXPECT_EQ(compatible.coreSampleRate, 24000);
  EXPECT_EQ(compatible.sampleRate, 48000);
}

TEST(Aac, ReadsSampleRatesThatHaveNoIndex) {
  EXPECT_EQ(parsed("1780177010").sampleRate, 12000);
}

TEST(Aac, CountsTheChannelsOfAProgramConfig) {
  // One single channel and one pair in front, one LFE.
  EXPECT_EQ(parsed("120005080100010000").channels, 4);
}

TEST(Aac, RefusesWhatIsNoAac) {
  for (const char* hex : {"", "12", "0000", "1680", "fe", "f90800", "178ffffff8", "1200"}) {
    EXPECT_FALSE(parseConfig(fromHex(hex))) << hex;
  }
}

TEST(Aac, MakesConfigurationsThatItReads) {
  EXPECT_EQ(toHex(makeConfig(16000, 1)), "1408");
  EXPECT_EQ(toHex(makeConfig(48000, 2)), "1190");
  for (const int rate : {7350, 8000, 12345, 96000}) {
    for (const int channels : {1, 2, 6, 8}) {
      const auto config = parseConfig(makeConfig(rate, channels));
      ASSERT_TRUE(config) << rate << " " << channels;
      EXPECT_EQ(config->sampleRate, rate);
      EXPECT_EQ(config->channels, channels);
    }
  }
  EXPECT_TRUE(makeConfig(8000, 7).empty());
  EXPECT_TRUE(makeConfig(0, 1).empty());
}

TEST(Aac, MakesParametersOfAConfiguration) {
  const auto parameters = makeParameters(fromHex("1190"));
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->codec, Codec::kAac);
  EXPECT_EQ(parameters->codecString, "mp4a.40.2");
  EXPECT_EQ(toHex(parameters->decoderConfiguration), "1190");
  EXPECT_EQ(parameters->sampleRate, 48000);
  EXPECT_EQ(parameters->channels, 2);
  EXPECT_FALSE(makeParameters(fromHex("00")));
}

TEST(Aac, TakesTheConfigurationOutOfAStreamMux) {
  // As ffmpeg writes it: version 0, one program, one layer, AudioSpecificConfig 1408.
  const auto mux = parseStreamMux(fromHex("400028103fc0"));
  ASSERT_TRUE(mux);
  EXPECT_EQ(toHex(mux->config), "1408");
  EXPECT_EQ(mux->subFrames, 1);
}

TEST(Aac, RefusesStreamMuxesThatItCannotFollow) {
  for (const char* hex : {"", "40", "000028103fc0", "c00028103fc0", "401028103fc0", "400228103fc0",
                          "40002810", "40002810ffff"}) {
    EXPECT_FALSE(parseStreamMux(fromHex(hex))) << hex;
  }
  EXPECT_FALSE(parseStreamMux(Bytes(4096, 0)));
}

TEST(Aac, TakesOffAnAdtsHeaderOnlyWhereItFits) {
  const Bytes frame = fromHex("fff16040015ffc010203");
  EXPECT_EQ(withoutAdts(frame).size(), 3U);
  EXPECT_EQ(withoutAdts(ByteView(frame).first(9)).size(), 9U);
  // With a checksum the header has nine bytes.
  EXPECT_EQ(withoutAdts(fromHex("fff06040015ffc010203")).size(), 1U);
  EXPECT_EQ(withoutAdts(fromHex("0102")).size(), 2U);
}

}  // namespace
}  // namespace flux::aac
