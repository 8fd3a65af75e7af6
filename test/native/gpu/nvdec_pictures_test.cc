// Every picture of a stream from NVDEC as the processor decodes it, as soon as it can be there.
#include <thread>

#include "../video/field_pictures.h"
#include "gpu/nvdec_caps.h"
#include "gpu/surface_pool.h"
#include "nvdec_fixture.h"

namespace flux::gpu::test {
namespace {

class NvdecClip : public NvdecTest, public testing::WithParamInterface<Clip> {
 protected:
  const Units units_ = unitsOf(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Clips, NvdecClip, testing::ValuesIn(kClips),
                         [](const auto& test) { return test.param.name; });

TEST_P(NvdecClip, GivesEveryPictureAsTheProcessorDoes) {
  const Decoded expected = onProcessor(units_);
  ASSERT_EQ(expected.frames.size(), 30U);
  const auto decoder = make(units_);
  const Decoded decoded = decodeEach(*decoder, units_);
  EXPECT_EQ(decoded.errors, std::vector<std::string>());
  EXPECT_EQ(md5Of(decoded.frames), md5Of(expected.frames));
  EXPECT_EQ(timesOf(decoded.frames), timesOf(expected.frames));
  EXPECT_EQ(decoder->pending(), 0U);
  for (size_t i = 0; i < std::min(decoded.frames.size(), expected.frames.size()); ++i) {
    const auto& one = decoded.frames[i];
    const auto& other = expected.frames[i];
    EXPECT_EQ(one.arrivalMicros, other.arrivalMicros);
    EXPECT_EQ(one.arrivalWallMs, other.arrivalWallMs);
    EXPECT_EQ(one.keyFrame, other.keyFrame);
    EXPECT_FALSE(one.concealed);
    EXPECT_EQ(one.picture.size(), other.picture.size());
    EXPECT_EQ(one.picture.colour(), other.picture.colour());
    EXPECT_EQ(one.picture.displaySize(), other.picture.displaySize());
  }
}

class Nvdec : public NvdecTest {};

TEST_F(Nvdec, GivesTheSamePicturesWhereManyUnitsGoInBeforeOneIsCollected) {
  control().statusPolls = 3;
  for (const Clip& clip : {kPlain, kWithB, kH265}) {
    const Units units = unitsOf(clip);
    const auto decoder = make(units);
    Decoded decoded;
    for (size_t i = 0; i < units.size(); ++i) {
      decoder->submit(units[i]);
      if (i % 5 == 4) decoder->collect(decoded.frames, false);
    }
    decoder->flush(decoded.frames);
    EXPECT_EQ(md5Of(decoded.frames), md5Of(onProcessor(units).frames)) << clip.name;
  }
}

TEST_F(Nvdec, GivesAtOnceWhatACameraWithoutVuiSends) {
  const Units units = withoutVui(unitsOf(kCamera));
  ASSERT_GT(units.front().parameters->reorderDepth, 0);
  const int64_t made = control().decodersMade;
  const auto decoder = make(units);
  std::vector<video::DecodedFrame> frames;
  for (size_t i = 0; i < units.size(); ++i) {
    decoder->submit(units[i]);
    decoder->collect(frames, true);
    ASSERT_EQ(frames.size(), i + 1);
    EXPECT_EQ(frames.back().arrivalMicros, units[i].arrivalMicros);
    EXPECT_EQ(decoder->pending(), 0U);
  }
  EXPECT_EQ(md5Of(frames), md5Of(onProcessor(units).frames));
  // Of 16 frames that the level allows this takes as many as are referred to.
  EXPECT_LE(decoder->stats().decodeSurfaces, 8);
  EXPECT_EQ(control().decodersMade, made + 1);
}

TEST_F(Nvdec, PutsBPicturesInOrderFromTheKeyFrameAfterTheFirstOne) {
  const Units units = withoutVui(unitsOf(kWithB, 60));
  const Decoded expected = onProcessor(units);
  const auto decoder = make(units);
  const Decoded decoded = decodeEach(*decoder, units);
  EXPECT_EQ(decoded.errors, std::vector<std::string>());
  const auto times = timesOf(decoded.frames);
  EXPECT_TRUE(std::ranges::is_sorted(times));
  const auto stats = decoder->stats();
  EXPECT_GT(stats.late, 0U);
  EXPECT_LT(stats.late, 12U);
  EXPECT_EQ(stats.late + decoded.frames.size(), expected.frames.size());
  // From the second key frame on nothing is missing.
  const auto tail = [](const Decoded& from) {
    const auto sums = md5Of(from.frames);
    return std::vector<std::string>(sums.end() - 47, sums.end());
  };
  EXPECT_EQ(tail(decoded), tail(expected));
}

TEST_F(Nvdec, MakesAFrameOfTwoFieldsWhetherTheyComeInOneUnitOrInTwo) {
  control().minWidth = 16;
  device_ = Device::open(::fake::freshDevice());
  const Units apart = flux::test::FieldPictures().units(20, 10);
  Units together;
  for (size_t i = 0; i < apart.size(); i += 2) {
    together.push_back(apart[i]);
    const Bytes& second = apart[i + 1].data;
    together.back().data.insert(together.back().data.end(), second.begin(), second.end());
  }
  const Decoded expected = onProcessor(apart);
  ASSERT_EQ(expected.frames.size(), 20U);
  for (const Units& units : {apart, together}) {
    const auto decoder = make(units);
    const Decoded decoded = decodeEach(*decoder, units);
    EXPECT_EQ(decoded.errors, std::vector<std::string>());
    EXPECT_EQ(md5Of(decoded.frames), md5Of(expected.frames));
    EXPECT_EQ(timesOf(decoded.frames), timesOf(expected.frames));
  }
}

TEST_F(Nvdec, FollowsAChangeOfSizeInMidStream) {
  Units units = unitsOf(kPlain);
  for (const Clip& next : {Clip{"H264Larger", "320x256", X264 "-bf 2 -b_strategy 0"},
                           Clip{"H264Smaller", "304x240", X264 "-bf 0"}, kPlain}) {
    const int64_t offset = units.back().mediaTime + 3600;
    for (AccessUnit unit : unitsOf(next)) {
      unit.mediaTime += offset;
      units.push_back(std::move(unit));
    }
  }
  const auto decoder = make(units, 256);
  const Decoded decoded = decodeEach(*decoder, units);
  EXPECT_EQ(decoded.errors, std::vector<std::string>());
  EXPECT_EQ(md5Of(decoded.frames), md5Of(onProcessor(units).frames));
  EXPECT_EQ(control().reconfigured, 1) << "from 320x256 to 304x240";
  EXPECT_EQ(decoders(), 1);
}

TEST_F(Nvdec, MakesAnotherDecoderWhereThisOneCannotBeReconfigured) {
  control().reconfigures = 0;
  Units units = unitsOf({"H264Larger", "320x256", X264 "-bf 2 -b_strategy 0"});
  for (AccessUnit unit : unitsOf({"H264Smaller", "304x240", X264 "-bf 0"})) {
    unit.mediaTime += 30 * 3600;
    units.push_back(std::move(unit));
  }
  const auto decoder = make(units);
  EXPECT_EQ(md5Of(decodeEach(*decoder, units).frames), md5Of(onProcessor(units).frames));
  EXPECT_EQ(decoders(), 1);
}

TEST_F(Nvdec, DoesNotWaitForAPictureThatIsNotDecodedYet) {
  control().statusPolls = 2;
  const Units units = unitsOf(kPlain);
  const auto decoder = make(units);
  std::vector<video::DecodedFrame> frames;
  decoder->submit(units[0]);
  decoder->collect(frames, false);
  decoder->collect(frames, false);
  EXPECT_EQ(frames.size(), 0U);
  EXPECT_EQ(decoder->ready(), 1U);
  decoder->collect(frames, false);
  EXPECT_EQ(frames.size(), 1U);
}

TEST_F(Nvdec, MapsWhereTheDriverCannotTellHowFarAPictureIs) {
  control().statusSupported = 0;
  const Units units = unitsOf(kPlain);
  EXPECT_EQ(md5Of(decodeEach(*make(units), units).frames), md5Of(onProcessor(units).frames));
}

TEST_F(Nvdec, BeginsAgainAfterTheEndOfAStream) {
  const Units units = unitsOf(kWithB);
  const auto expected = md5Of(onProcessor(units).frames);
  const auto decoder = make(units);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(md5Of(decodeEach(*decoder, units).frames), expected);
    EXPECT_EQ(codeOf([&] { decoder->submit(units[1]); }), "ERR_DECODE") << "no key frame";
  }
  EXPECT_EQ(decoders(), 1);
}

TEST_F(Nvdec, DropsAndCountsPicturesWhileOthersHoldAllSurfaces) {
  const Units units = unitsOf(kPlain);
  const auto decoder = make(units, 4);
  Decoded decoded = decodeEach(*decoder, {units.begin(), units.begin() + 10}, false);
  EXPECT_EQ(decoded.errors, std::vector<std::string>());
  EXPECT_EQ(decoded.frames.size(), 4U);
  EXPECT_EQ(decoder->stats().dropped, 6U);
  const auto held = md5Of(decoded.frames);
  decoded.frames.clear();
  const Decoded later = decodeEach(*decoder, {units.begin() + 10, units.begin() + 14}, false);
  EXPECT_EQ(later.frames.size(), 4U);
  const auto expected = md5Of(onProcessor(units).frames);
  EXPECT_EQ(held, std::vector<std::string>(expected.begin(), expected.begin() + 4));
  EXPECT_EQ(md5Of(later.frames),
            std::vector<std::string>(expected.begin() + 10, expected.begin() + 14));
}

TEST_F(Nvdec, LeavesPicturesWhereTheyAreAfterItsEnd) {
  const Units units = unitsOf(kPlain);
  auto decoder = make(units);
  const Decoded decoded = decodeEach(*decoder, units);
  decoder.reset();
  EXPECT_EQ(md5Of(decoded.frames), md5Of(onProcessor(units).frames));
}

TEST_F(Nvdec, TakesTheColoursThatItIsTold) {
  const Units units = unitsOf(kPlain);
  const video::ColourSpec told{video::Matrix::kBt2020, true};
  const auto decoder =
      makeNvdecDecoder({.parameters = units.front().parameters, .device = device_, .colour = told});
  const Decoded decoded = decodeEach(*decoder, {units.begin(), units.begin() + 1});
  ASSERT_EQ(decoded.frames.size(), 1U);
  EXPECT_EQ(decoded.frames[0].picture.colour(), told);
}

TEST_F(Nvdec, SaysWhatMemoryItTakesAndGivesItBack) {
  const Units units = unitsOf(kPlain);
  auto decoder = make(units, 4);
  // 192x160 in NV12: 256 bytes a line.
  const uint64_t picture = 256 * 160 * 3 / 2;
  EXPECT_GE(decoder->memoryBytes(), picture * (1 + 4));
  EXPECT_LT(decoder->memoryBytes(), picture * 40);
  const auto stats = device_->budget().stats();
  ASSERT_EQ(stats.bySession.size(), 1U);
  EXPECT_EQ(stats.bySession[0].name, "gate");
  decoder.reset();
  EXPECT_EQ(device_->budget().stats().bySession.size(), 0U);
}

TEST_F(Nvdec, DecodesManyStreamsOnManyThreads) {
  const Units units = unitsOf(kWithB);
  const auto expected = md5Of(onProcessor(units).frames);
  std::vector<std::jthread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const auto first = make(units);
      const auto second = make(units);
      for (const auto* decoder : {&first, &second}) {
        if (md5Of(decodeEach(**decoder, units).frames) == expected) ++right;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, 6);
}

CodecParametersPtr parametersOf(const char* name, const char* size, const char* arguments) {
  return unitsOf({name, size, arguments}, 1).front().parameters;
}

TEST_F(Nvdec, RefusesWhatTheEnginesDoNotDecode) {
  const auto refusal = [&](const CodecParametersPtr& parameters) {
    const std::string why = nvdecRefusal(*device_, *parameters);
    if (!why.empty()) {
      EXPECT_EQ(codeOf([&] { makeNvdecDecoder({.parameters = parameters, .device = device_}); }),
                "ERR_UNSUPPORTED");
    }
    return why;
  };
  EXPECT_EQ(refusal(unitsOf(kPlain).front().parameters), "");
  EXPECT_EQ(refusal(unitsOf(kH265).front().parameters), "");
  EXPECT_NE(refusal(parametersOf("High10", "192x160", X264 "-pix_fmt yuv420p10")), "");
  EXPECT_NE(refusal(parametersOf("High422", "192x160", X264 "-pix_fmt yuv422p")), "");
  EXPECT_NE(refusal(parametersOf("High444", "192x160", X264 "-pix_fmt yuv444p")), "");
  EXPECT_NE(refusal(parametersOf("Mjpeg", "192x160", "-c:v mjpeg -pix_fmt yuvj420p")), "");
  EXPECT_NE(refusal(parametersOf("Small", "32x32", X264)), "");
  EXPECT_NE(refusal(parametersOf("Wide", "4112x64", X264)), "");
  EXPECT_EQ(refusal(parametersOf("Widest", "4096x64", X264)), "");
  const int64_t asked = control().capsAsked;
  for (int i = 0; i < 10; ++i) refusal(unitsOf(kPlain).front().parameters);
  EXPECT_EQ(control().capsAsked, asked) << "the driver's answer is kept";
}

}  // namespace
}  // namespace flux::gpu::test
