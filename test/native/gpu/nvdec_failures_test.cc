// What NVDEC sessions make of damaged streams, and of a driver that fails.
#include <cstdlib>
#include <random>

#include "gpu/surface_pool.h"
#include "nvdec_fixture.h"

namespace flux::gpu::test {
namespace {

class NvdecFailure : public NvdecTest {};

bool onlyDecodeErrors(const std::vector<std::string>& errors) {
  return std::ranges::all_of(errors, [](const auto& code) { return code == "ERR_DECODE"; });
}

TEST_F(NvdecFailure, GoesOnBehindUnitsThatWereLost) {
  Units units = unitsOf(kPlain, 36);
  for (const int lost : {30, 17, 16, 3}) {
    units.erase(units.begin() + lost);
    units[static_cast<size_t>(lost)].discontinuity = true;
  }
  const auto decoder = make(units);
  const Decoded decoded = decodeEach(*decoder, units);
  EXPECT_TRUE(onlyDecodeErrors(decoded.errors));
  EXPECT_EQ(decoded.frames.size() + decoded.errors.size(), units.size());
  // What follows a gap is not to be trusted up to the next key frame.
  bool damaged = false;
  size_t checked = 0;
  for (const auto& frame : decoded.frames) {
    const auto unit = std::ranges::find(units, frame.arrivalMicros, &AccessUnit::arrivalMicros);
    ASSERT_NE(unit, units.end());
    damaged = (damaged || unit->discontinuity) && !unit->keyFrame;
    EXPECT_EQ(frame.concealed, damaged) << "picture " << checked;
    ++checked;
  }
  EXPECT_EQ(decoder->stats().concealed,
            static_cast<uint64_t>(std::ranges::count_if(
                decoded.frames, [](const auto& frame) { return frame.concealed; })));
}

TEST_F(NvdecFailure, SurvivesTruncatedUnitsAndGarbage) {
  for (const Clip& clip : {kPlain, kWithB, kH265}) {
    Units units = unitsOf(clip, 48);
    std::mt19937 random(7);
    for (size_t i = 1; i < units.size(); i += 3) {
      Bytes& data = units[i].data;
      switch (i % 4) {
        case 0:
          data.resize(data.size() / 2);
          break;
        case 1:
          for (int j = 0; j < 20; ++j) data[random() % data.size()] ^= 0xFF;
          break;
        case 2:
          data = {0, 0, 0, 40};
          while (data.size() < 44) data.push_back(static_cast<uint8_t>(random()));
          break;
        default:
          data.clear();
      }
    }
    const auto decoder = make(units, 256);
    const Decoded decoded = decodeEach(*decoder, units);
    EXPECT_TRUE(onlyDecodeErrors(decoded.errors)) << clip.name;
    EXPECT_GT(decoded.errors.size(), 0U) << clip.name;
    EXPECT_GT(decoded.frames.size(), units.size() / 2) << clip.name;
    // It decodes what comes next as if nothing had been.
    const Units after = unitsOf(clip);
    EXPECT_EQ(md5Of(decodeEach(*decoder, after).frames), md5Of(onProcessor(after).frames))
        << clip.name;
  }
}

TEST_F(NvdecFailure, GivesUpWhereTwentyUnitsGaveNoPicture) {
  const Units units = unitsOf(kPlain);
  const auto decoder = make(units);
  decodeEach(*decoder, {units.begin(), units.begin() + 2}, false);
  control().swallowFrom = 1;
  std::vector<std::string> errors;
  for (int i = 0; i < 21; ++i) {
    errors.push_back(codeOf([&] { decoder->submit(units[2]); }));
  }
  EXPECT_EQ(errors.front(), "ERR_DECODE");
  EXPECT_EQ(errors[18], "ERR_DECODE");
  EXPECT_EQ(errors[19], "ERR_DECODER");
  EXPECT_EQ(errors[20], "ERR_DECODER") << "it stays of no use";
  EXPECT_EQ(decoder->stats().undecoded, 20U);
}

TEST_F(NvdecFailure, LeavesOutAPictureThatWasDecodedWithErrors) {
  const Units units = unitsOf(kPlain);
  const auto decoder = make(units);
  control().errorStatusAt = 5;
  const Decoded decoded = decodeEach(*decoder, units);
  EXPECT_EQ(decoded.errors, std::vector<std::string>{"ERR_DECODE"});
  EXPECT_EQ(decoded.frames.size(), 29U);
  EXPECT_EQ(decoder->stats().failed, 1U);
  EXPECT_FALSE(decoded.frames[3].concealed);
  EXPECT_TRUE(decoded.frames[4].concealed) << "refers to what is missing";
  EXPECT_FALSE(decoded.frames[11].concealed) << "the next key frame";
}

TEST_F(NvdecFailure, LeavesItOutWhereItWasWaitedForToo) {
  const Units units = unitsOf(kPlain);
  const auto decoder = make(units);
  control().statusPolls = 1;
  control().errorStatusAt = 5;
  const Decoded decoded = decodeEach(*decoder, units);
  EXPECT_EQ(decoded.errors, std::vector<std::string>{"ERR_DECODE"});
  EXPECT_EQ(decoded.frames.size(), 29U);
}

TEST_F(NvdecFailure, GivesAPictureThatTheGpuConcealedAndSaysSo) {
  const Units units = unitsOf(kPlain);
  const auto decoder = make(units);
  control().concealedStatusAt = 5;
  const Decoded decoded = decodeEach(*decoder, units);
  EXPECT_EQ(decoded.errors, std::vector<std::string>());
  ASSERT_EQ(decoded.frames.size(), 30U);
  EXPECT_FALSE(decoded.frames[3].concealed);
  EXPECT_TRUE(decoded.frames[4].concealed);
  EXPECT_TRUE(decoded.frames[5].concealed);
  EXPECT_FALSE(decoded.frames[12].concealed);
}

TEST_F(NvdecFailure, SaysThatThereIsNoRoomForOneMoreSession) {
  const Units units = unitsOf(kPlain);
  control().failCreateAt = 4;
  std::vector<std::unique_ptr<NvdecDecoder>> sessions;
  for (int i = 0; i < 3; ++i) sessions.push_back(make(units));
  EXPECT_EQ(codeOf([&] { make(units); }), "ERR_GPU_MEMORY");
  control().failCreateWith = 801;
  EXPECT_EQ(codeOf([&] { make(units); }), "ERR_UNSUPPORTED");
  control().failCreateWith = 999;
  EXPECT_EQ(codeOf([&] { make(units); }), "ERR_DECODER");
  const auto expected = md5Of(onProcessor(units).frames);
  for (const auto& session : sessions) {
    EXPECT_EQ(md5Of(decodeEach(*session, units).frames), expected) << "the others go on";
  }
  sessions.pop_back();
  control().failCreateAt = 0;
  EXPECT_EQ(md5Of(decodeEach(*make(units), units).frames), expected);
}

TEST_F(NvdecFailure, SaysThatThereIsNoRoomForTheStreamsNewSize) {
  Units units = unitsOf(kPlain);
  const auto decoder = make(units);
  decodeEach(*decoder, units, false);
  control().failCreateAt = 1;
  const Units larger = unitsOf({"H264Larger", "320x256", X264 "-bf 2 -b_strategy 0"});
  EXPECT_EQ(codeOf([&] { decoder->submit(larger[0]); }), "ERR_GPU_MEMORY");
  EXPECT_EQ(codeOf([&] { decoder->submit(larger[0]); }), "ERR_DECODER");
}

TEST_F(NvdecFailure, EndsASessionWhoseParserFails) {
  const Units units = unitsOf(kPlain);
  const auto decoder = make(units);
  control().failParseAt = 3;
  decoder->submit(units[0]);
  decoder->submit(units[1]);
  EXPECT_EQ(codeOf([&] { decoder->submit(units[2]); }), "ERR_DECODER");
  EXPECT_EQ(codeOf([&] { decoder->submit(units[12]); }), "ERR_DECODER");
  const Units fromKeyFrame(units.begin() + 12, units.end());
  EXPECT_EQ(decodeEach(*make(units), fromKeyFrame).frames.size(), 18U) << "another one works";
}

TEST_F(NvdecFailure, EndsASessionWhoseDecoderRefusesAPicture) {
  const Units units = unitsOf(kPlain);
  const auto decoder = make(units);
  control().failDecodeAt = 2;
  decoder->submit(units[0]);
  EXPECT_EQ(codeOf([&] { decoder->submit(units[1]); }), "ERR_DECODER");
}

TEST_F(NvdecFailure, EndsASessionWhosePicturesCannotBeMapped) {
  const Units units = unitsOf(kPlain);
  const auto decoder = make(units);
  control().failMapAt = 1;
  decoder->submit(units[0]);
  std::vector<video::DecodedFrame> frames;
  EXPECT_EQ(codeOf([&] { decoder->collect(frames, true); }), "ERR_DECODER");
}

TEST_F(NvdecFailure, TakesADeviceThatIsLostInMidStreamForLost) {
  device_ = Device::open(::fake::freshDevice());
  const Units units = unitsOf(kPlain);
  const auto other = make(units);
  const auto decoder = make(units);
  decodeEach(*other, {units.begin(), units.begin() + 3}, false);
  std::string told;
  const auto token = device_->onLost([&told](const std::string& why) { told = why; });
  control().lostAt = 4;
  std::vector<std::string> codes;
  for (size_t i = 0; i < 6; ++i) {
    codes.push_back(codeOf([&] { decoder->submit(units[i]); }));
  }
  EXPECT_EQ(codes, (std::vector<std::string>{"none", "none", "none", "ERR_GPU_LOST", "ERR_GPU_LOST",
                                             "ERR_GPU_LOST"}));
  EXPECT_NE(told, "");
  EXPECT_EQ(codeOf([&] { other->submit(units[3]); }), "ERR_GPU_LOST") << "for every session";
  std::vector<video::DecodedFrame> frames;
  EXPECT_EQ(codeOf([&] { other->collect(frames, true); }), "ERR_GPU_LOST");
  EXPECT_EQ(codeOf([&] { make(units); }), "ERR_GPU_LOST");
}

TEST_F(NvdecFailure, TakesADeviceWhoseMappingFailsForGoodForLost) {
  device_ = Device::open(::fake::freshDevice());
  const Units units = unitsOf(kPlain);
  const auto decoder = make(units);
  control().failMapAt = 2;
  control().failMapWith = 719;
  const Decoded decoded = decodeEach(*decoder, {units.begin(), units.begin() + 4}, false);
  EXPECT_EQ(decoded.frames.size(), 1U);
  ASSERT_FALSE(decoded.errors.empty());
  EXPECT_EQ(decoded.errors.front(), "ERR_GPU_LOST");
  EXPECT_EQ(decoded.errors.back(), "ERR_GPU_LOST");
}

/// FLUX_NVDEC_CYCLES says how many; 10,000 make a soak.
TEST_F(NvdecFailure, LeavesNothingBehindHoweverOftenItIsOpenedAndClosed) {
  const char* text = std::getenv("FLUX_NVDEC_CYCLES");
  const int cycles = text != nullptr ? std::atoi(text) : 150;
  const Units units = unitsOf(kWithB);
  std::mt19937 random(3);
  for (int i = 0; i < cycles; ++i) {
    const auto decoder = make(units, 4);
    std::vector<video::DecodedFrame> frames;
    // Closed in every state: before the first picture, with pictures held back, not collected,
    // held.
    const auto count = static_cast<ptrdiff_t>(random() % 8);
    for (auto unit = units.begin(); unit != units.begin() + count; ++unit) decoder->submit(*unit);
    if (i % 3 == 0) decoder->collect(frames, i % 2 == 0);
    if (i % 5 == 0) codeOf([&] { decoder->flush(frames); });
    if (i % 7 == 0) {
      control().failParseAt = 1;
      codeOf([&] { decoder->submit(units[0]); });
    }
  }
  EXPECT_EQ(decoders(), 0);
  EXPECT_EQ(control().parsers, 0);
  EXPECT_EQ(mapped(), 0);
  EXPECT_EQ(device_->surfaces().stats().inUse, 0);
}

}  // namespace
}  // namespace flux::gpu::test
