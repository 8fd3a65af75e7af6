// avcC records and codec strings.
#include <gtest/gtest.h>

#include "codec/h264.h"
#include "samples.h"

namespace flux::h264 {
namespace {

class KnownParameters : public testing::TestWithParam<test::Sample> {};

TEST_P(KnownParameters, SurviveTheirAvcCRecord) {
  const test::Sample& sample = GetParam();
  const auto made = makeParameters(fromHex(sample.sps), fromHex(sample.pps));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->codecString, sample.codecString);
  EXPECT_EQ(made->width, sample.width);
  EXPECT_EQ(made->reorderDepth, sample.reorderDepth);
  const auto back = parametersFromAvcC(made->decoderConfiguration);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->sps, fromHex(sample.sps));
  EXPECT_EQ(back->pps, fromHex(sample.pps));
  EXPECT_EQ(back->decoderConfiguration, made->decoderConfiguration);
}

TEST_P(KnownParameters, AvcCIsRefusedWhereItIsCutInsideItsParameterSets) {
  const test::Sample& sample = GetParam();
  const Bytes record =
      makeParameters(fromHex(sample.sps), fromHex(sample.pps))->decoderConfiguration;
  const size_t setsEnd = 11 + fromHex(sample.sps).size() + fromHex(sample.pps).size();
  for (size_t size = 0; size < setsEnd; ++size) {
    EXPECT_FALSE(parametersFromAvcC(ByteView(record).first(size))) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(X264, KnownParameters, testing::ValuesIn(test::kSamples));

TEST(AvcC, IsLaidOutAsTheStandardSays) {
  const Bytes sps = fromHex("6742c028da01e0089f97011000000300100000030328f1832a");
  const auto made = makeParameters(sps, fromHex("68ce0fc8"));
  EXPECT_EQ(toHex(made->decoderConfiguration), "0142c028ffe10019" + toHex(sps) + "01000468ce0fc8");
}

TEST(AvcC, TellsChromaAndBitDepthForHighProfiles) {
  const auto made = makeParameters(fromHex("677a001eb6cd940a02ff89c04400000fa40003a9803c58b658"),
                                   fromHex("68ebe3cb22c0"));
  const std::string text = toHex(made->decoderConfiguration);
  EXPECT_EQ(text.substr(text.size() - 8), "fefafa00");  // 4:2:2, 10 and 10 bits, no extensions
}

TEST(AvcC, KeepsAllItsParameterSetsAndGetsFourByteLengths) {
  const Bytes record = fromHex(
      "014d4016fd"  // two-byte lengths
      "e10019674d4016d900a02ff970110000030001000003001e8f162e48"
      "02000568ebc3cb20000568ebc3cb21");
  const auto parameters = parametersFromAvcC(record);
  ASSERT_TRUE(parameters);
  EXPECT_EQ(toHex(parameters->pps), "68ebc3cb20");
  Bytes expected = record;
  expected[4] = 0xFF;
  EXPECT_EQ(parameters->decoderConfiguration, expected);
}

TEST(Parameters, LeaveOutZerosBehindAParameterSet) {
  const auto made = makeParameters(
      fromHex("674d4016d900a02ff970110000030001000003001e8f162e48000000"), fromHex("68ebc3cb2000"));
  ASSERT_TRUE(made);
  EXPECT_EQ(toHex(made->sps), "674d4016d900a02ff970110000030001000003001e8f162e48");
  EXPECT_EQ(toHex(made->pps), "68ebc3cb20");
}

TEST(Parameters, NeedBothSets) {
  const Bytes sps = fromHex("674d4016d900a02ff970110000030001000003001e8f162e48");
  const Bytes pps = fromHex("68ebc3cb20");
  EXPECT_FALSE(makeParameters(pps, sps));
  EXPECT_FALSE(makeParameters(sps, {}));
  EXPECT_FALSE(makeParameters({}, pps));
  EXPECT_FALSE(makeParameters(sps, sps));
  EXPECT_FALSE(makeParameters(ByteView(sps).first(5), pps));
}

}  // namespace
}  // namespace flux::h264
