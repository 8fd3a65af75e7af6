// What viewers are sent, decided from what is known of a camera's streams.
#include "engine/encode_route.h"

#include <gtest/gtest.h>

#include "engine/tap_fanout.h"
#include "recording_fixture.h"

namespace flux {
namespace {

using video::Size;

CodecParametersPtr parametersOf(Size size, double frameRate = 25, Codec codec = Codec::kH264) {
  auto parameters = std::make_shared<CodecParameters>();
  parameters->codec = codec;
  parameters->width = size.width;
  parameters->height = size.height;
  parameters->frameRate = frameRate;
  return parameters;
}

const EncodeTarget kTarget{
    .codec = Codec::kH264, .box = {1280, 720}, .frameRate = 25, .bitrate = 2'000'000};
const StreamFacts kHd{parametersOf({1920, 1080}), 25, 6e6};
const StreamFacts k720p{parametersOf({1280, 720}), 25, 1.9e6};
const StreamFacts kSub{parametersOf({640, 360}), 15, 0.5e6};

constexpr EncodeRoute kPassMain{StreamKind::kMain, true};
constexpr EncodeRoute kPassSub{StreamKind::kSub, true};
constexpr EncodeRoute kEncodeMain{StreamKind::kMain, false};
constexpr EncodeRoute kEncodeSub{StreamKind::kSub, false};

EncodeRoute routeOf(const EncodeTarget& target, const StreamFacts& main,
                    const std::optional<StreamFacts>& sub = {},
                    std::optional<EncodeRoute> current = {}) {
  return chooseRoute(target, main, sub ? &*sub : nullptr, current);
}

TEST(EncodeRoute, PassesMainThroughWhereItKeepsToTheTarget) {
  EXPECT_EQ(routeOf(kTarget, k720p), kPassMain);
  EXPECT_EQ(routeOf(kTarget, k720p, kSub), kPassMain) << "it is the better one";
  StreamFacts slow = k720p;
  slow.frameRate = 10;
  EXPECT_EQ(routeOf(kTarget, slow), kPassMain);
  StreamFacts unmeasured = k720p;
  unmeasured.bitrate = unmeasured.frameRate = 0;
  EXPECT_EQ(routeOf(kTarget, unmeasured), kPassMain);
}

TEST(EncodeRoute, EncodesWhatExceedsTheTargetInAnyWay) {
  EXPECT_EQ(routeOf(kTarget, kHd), kEncodeMain);
  StreamFacts facts = k720p;
  facts.bitrate = 2.1e6;
  EXPECT_EQ(routeOf(kTarget, facts), kEncodeMain);
  facts = k720p;
  facts.frameRate = 30;
  EXPECT_EQ(routeOf(kTarget, facts), kEncodeMain);
  EXPECT_EQ(routeOf(kTarget, {parametersOf({1280, 720}, 30)}), kEncodeMain) << "as it declares";
  EXPECT_EQ(routeOf(kTarget, {parametersOf({1280, 720}, 25, Codec::kH265)}), kEncodeMain);
  EXPECT_EQ(routeOf(kTarget, {parametersOf({720, 1280})}), kEncodeMain) << "too high";
  EncodeTarget never = kTarget;
  never.passthrough = false;
  EXPECT_EQ(routeOf(never, k720p), kEncodeMain);
}

TEST(EncodeRoute, StaysWithAStreamThatExceedsTheBitrateALittle) {
  StreamFacts facts = k720p;
  facts.bitrate = 2.2e6;
  EXPECT_EQ(routeOf(kTarget, facts, {}, kPassMain), kPassMain);
  EXPECT_EQ(routeOf(kTarget, facts, {}, kEncodeMain), kEncodeMain);
  facts.bitrate = 2.5e6;
  EXPECT_EQ(routeOf(kTarget, facts, {}, kPassMain), kEncodeMain);
}

TEST(EncodeRoute, PassesTheSubStreamThroughWhereItIsLargeEnough) {
  EncodeTarget target = kTarget;
  target.box = {640, 480};
  target.frameRate = 15;
  EXPECT_EQ(routeOf(target, kHd, kSub), kPassSub);
  target.box = {1280, 720};
  EXPECT_EQ(routeOf(target, kHd, kSub), kEncodeMain) << "a quarter of the pixels is no stand-in";
}

TEST(EncodeRoute, EncodesTheSubStreamWhereMainWouldGiveNoBetterPicture) {
  EncodeTarget target = kTarget;
  target.box = {320, 180};
  target.frameRate = 10;
  EXPECT_EQ(routeOf(target, kHd, kSub), kEncodeSub);
  target.frameRate = 25;
  EXPECT_EQ(routeOf(target, kHd, kSub), kEncodeMain) << "15 frames a second are too few";
  target.frameRate = 10;
  EXPECT_EQ(routeOf(target, kHd, StreamFacts{}), kEncodeMain) << "nothing is known of it";
}

TEST(EncodeRoute, FitsPicturesIntoABoxWithoutEnlargingThem) {
  EXPECT_EQ(fitWithin({1920, 1080}, {1280, 720}), (Size{1280, 720}));
  EXPECT_EQ(fitWithin({1920, 1080}, {640, 640}), (Size{640, 360}));
  EXPECT_EQ(fitWithin({1080, 1920}, {1280, 720}), (Size{406, 720}));
  EXPECT_EQ(fitWithin({320, 180}, {1280, 720}), (Size{320, 180}));
  EXPECT_EQ(fitWithin({321, 181}, {1280, 720}), (Size{322, 182}));
  EXPECT_EQ(fitWithin({4000, 20}, {100, 100}), (Size{100, 32}));
}

TEST(StreamMeter, MeasuresFromKeyFrameToKeyFrame) {
  PictureSource source(kStartMs, 1000);
  StreamMeter meter;
  EXPECT_TRUE(meter.push(*source.next())) << "its parameters";
  EXPECT_EQ(meter.facts().parameters, testParameters());
  for (int i = 1; i < 50; ++i) EXPECT_FALSE(meter.push(*source.next())) << i;
  EXPECT_EQ(meter.facts().bitrate, 0);
  EXPECT_TRUE(meter.push(*source.next()));
  EXPECT_NEAR(meter.facts().frameRate, 25, 0.01);
  EXPECT_NEAR(meter.facts().bitrate, 1004 * 8 * 25, 1);
  source.parameters = otherParameters();
  EXPECT_TRUE(meter.push(*source.next()));
  EXPECT_EQ(meter.facts().bitrate, 0) << "another stream";
}

TEST(StreamMeter, MeasuresNothingAcrossALeapOfTheClock) {
  PictureSource source;
  StreamMeter meter;
  for (int i = 0; i < 30; ++i) meter.push(*source.next());
  source.mediaJump = int64_t{90000} * 3600;
  for (int i = 30; i < 60; ++i) EXPECT_FALSE(meter.push(*source.next()));
  EXPECT_EQ(meter.facts().bitrate, 0);
}

class Listed final : public Tap {
 public:
  void onAccessUnit(const AccessUnitPtr& unit) override { units.push_back(unit); }
  void onStreamEnd() override { ++ends; }
  std::vector<AccessUnitPtr> units;
  int ends = 0;
};

TEST(TapFanout, BeginsEveryTapWithAKeyFrame) {
  PictureSource source;
  TapFanout fanout;
  const auto first = std::make_shared<Listed>();
  fanout.add(first, false);
  std::vector<AccessUnitPtr> sent;
  const auto send = [&](int count) {
    for (int i = 0; i < count; ++i) fanout.deliver(sent.emplace_back(source.next()));
  };
  send(10);
  EXPECT_EQ(first->units, sent);
  const auto atOnce = std::make_shared<Listed>();
  const auto later = std::make_shared<Listed>();
  fanout.add(atOnce, true);
  EXPECT_EQ(atOnce->units, sent) << "from the last key frame on";
  fanout.add(later, false);
  send(5);
  EXPECT_EQ(fanout.waiting(), 1U);
  EXPECT_TRUE(later->units.empty());
  send(15);
  ASSERT_EQ(later->units.size(), 5U);
  EXPECT_TRUE(later->units.front()->keyFrame);
  EXPECT_EQ(atOnce->units, sent);
  fanout.remove(first);
  send(1);
  EXPECT_EQ(first->units.size() + 1, sent.size());
  fanout.end();
  EXPECT_EQ(atOnce->ends, 1);
  send(1);
  EXPECT_EQ(atOnce->units.size() + 1, sent.size()) << "no key frame since the end";
}

TEST(TapFanout, KeepsNoMoreForThoseWhoComeThanItMay) {
  PictureSource source(kStartMs, LastGroup::kMaxBytes / 10);
  TapFanout fanout;
  for (int i = 0; i < 12; ++i) fanout.deliver(source.next());
  const auto tap = std::make_shared<Listed>();
  fanout.add(tap, true);
  EXPECT_TRUE(tap->units.empty());
  for (int i = 12; i < 26; ++i) fanout.deliver(source.next());
  ASSERT_EQ(tap->units.size(), 1U);
  EXPECT_TRUE(tap->units.front()->keyFrame);
}

}  // namespace
}  // namespace flux
