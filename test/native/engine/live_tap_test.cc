#include "engine/live_tap.h"

#include "recording_fixture.h"

namespace flux {
namespace {

TEST(LiveTap, HandsOverFramesInOrderAndWakesOnlyWhenNoneWaited) {
  int ready = 0;
  LiveTap tap({}, [&] { ++ready; });
  PictureSource source;
  std::vector<AccessUnitPtr> sent;
  for (int i = 0; i < 30; ++i) {
    sent.push_back(source.next());
    tap.onAccessUnit(sent.back());
  }
  EXPECT_EQ(ready, 1);
  const auto first = tap.take(10000);
  EXPECT_GE(first.size(), 4U);
  EXPECT_LE(first.size(), 5U);
  auto rest = tap.take(SIZE_MAX);
  ASSERT_EQ(first.size() + rest.size(), sent.size());
  EXPECT_EQ(rest.back().unit, sent.back());
  EXPECT_EQ(tap.stats().queuedBytes, 0U);
  tap.onAccessUnit(source.next());
  EXPECT_EQ(ready, 2);
}

TEST(LiveTap, DropsToTheNextKeyFrameWhereTheViewerIsTooSlow) {
  LiveTap tap({.maxQueuedBytes = 20500}, [] {});
  PictureSource source;
  for (int i = 0; i < 40; ++i) tap.onAccessUnit(source.next());
  const auto held = tap.take(SIZE_MAX);
  EXPECT_EQ(held.size(), 10U);
  EXPECT_EQ(tap.stats().dropped, 30U) << "also those that would fit behind the gap";
  for (int i = 40; i < 60; ++i) tap.onAccessUnit(source.next());
  const auto after = tap.take(SIZE_MAX);
  ASSERT_FALSE(after.empty());
  EXPECT_TRUE(after[0].unit->keyFrame);
  EXPECT_TRUE(after[0].afterGap);
  EXPECT_FALSE(after[1].afterGap);
}

TEST(LiveTap, BeginsAnewWithAKeyFrameAfterTheConnectionEnded) {
  LiveTap tap({}, [] {});
  PictureSource source;
  for (int i = 0; i < 10; ++i) tap.onAccessUnit(source.next());
  tap.onStreamEnd();
  for (int i = 10; i < 30; ++i) tap.onAccessUnit(source.next());
  const auto frames = tap.take(SIZE_MAX);
  ASSERT_EQ(frames.size(), 15U);
  EXPECT_TRUE(frames[10].unit->keyFrame);
  EXPECT_TRUE(frames[10].afterGap);
}

TEST(LiveTap, TakesOnlyTheKindsItWasAskedFor) {
  auto sound = std::make_shared<CodecParameters>();
  sound->codec = Codec::kPcma;
  auto document = std::make_shared<CodecParameters>();
  document->codec = Codec::kOnvifMetadata;
  const auto unitOf = [](const CodecParametersPtr& parameters) {
    auto unit = std::make_shared<AccessUnit>();
    unit->data = {1, 2, 3};
    unit->parameters = parameters;
    unit->keyFrame = true;
    return unit;
  };
  LiveTap tap({.video = false, .audio = false, .metadata = true}, [] {});
  PictureSource source;
  tap.onAccessUnit(source.next());
  tap.onAccessUnit(unitOf(sound));
  tap.onAccessUnit(unitOf(document));
  const auto frames = tap.take(SIZE_MAX);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].unit->kind(), MediaKind::kMetadata);
}

}  // namespace
}  // namespace flux
