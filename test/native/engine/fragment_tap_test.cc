#include "engine/fragment_tap.h"

#include <thread>

#include "recording_fixture.h"

namespace flux {
namespace {

struct Taken {
  bool init = false;
  bool keyFrame = false;
  bool afterGap = false;
  Bytes bytes;
};

std::vector<Taken> takeFrom(FragmentTap& tap, size_t maxBytes = SIZE_MAX) {
  std::vector<Taken> taken;
  taken.reserve(1000);
  tap.take(maxBytes, [&](const FragmentTap::Message& message, size_t bytes) {
    taken.push_back({message.init, message.keyFrame, message.afterGap, Bytes(bytes)});
    return taken.back().bytes.data();
  });
  return taken;
}

TEST(FragmentTap, MakesAnInitAndOneMessageOfEachPicture) {
  int ready = 0;
  FragmentTap tap({}, [&] { ++ready; });
  PictureSource source;
  for (int i = 0; i < 25; ++i) tap.onAccessUnit(source.next());
  EXPECT_EQ(ready, 1);
  const auto taken = takeFrom(tap);
  ASSERT_EQ(taken.size(), 26U);
  EXPECT_TRUE(taken[0].init);
  EXPECT_TRUE(taken[1].keyFrame);
  EXPECT_FALSE(taken[2].keyFrame);
  EXPECT_TRUE(takeFrom(tap).empty());
  size_t bytes = 0;
  for (const Taken& one : taken) bytes += one.bytes.size();
  const auto stats = tap.stats();
  EXPECT_EQ(stats.fragments, 25U);
  EXPECT_EQ(stats.inits, 1U);
  EXPECT_EQ(stats.bytes, bytes);
  EXPECT_EQ(stats.queuedBytes, 0U);
}

TEST(FragmentTap, TellsOfNewParametersAndOfWhatIsMissing) {
  FragmentTap tap({.maxQueuedBytes = 20500}, [] {});
  PictureSource source;
  for (int i = 0; i < 40; ++i) tap.onAccessUnit(source.next());
  EXPECT_EQ(takeFrom(tap).size(), 11U);
  EXPECT_EQ(tap.stats().framesDropped, 30U);
  source.parameters = otherParameters();
  for (int i = 40; i < 55; ++i) tap.onAccessUnit(source.next());
  const auto after = takeFrom(tap);
  ASSERT_EQ(after.size(), 6U);
  EXPECT_TRUE(after[0].init);
  EXPECT_TRUE(after[1].keyFrame);
  EXPECT_TRUE(after[1].afterGap);
}

TEST(FragmentTap, PassesKeyFramesAloneWhereAsked) {
  FragmentTap tap({.muxer = {.keyFramesOnly = true}}, [] {});
  PictureSource source;
  for (int i = 0; i < 60; ++i) tap.onAccessUnit(source.next());
  EXPECT_EQ(takeFrom(tap).size(), 4U);
  EXPECT_EQ(tap.stats().framesDropped, 0U);
}

TEST(FragmentTap, LeavesOutUnitsWithoutBytes) {
  FragmentTap tap({}, [] {});
  PictureSource source;
  tap.onAccessUnit(source.next());
  auto empty = std::make_shared<AccessUnit>(*source.next());
  empty->data.clear();
  tap.onAccessUnit(empty);
  EXPECT_EQ(takeFrom(tap).size(), 2U);
  EXPECT_EQ(tap.stats().framesDropped, 1U);
}

TEST(FragmentTap, IsTakenFromWhileTheCameraSends) {
  std::atomic<bool> ready = false;
  FragmentTap tap({}, [&] { ready = true; });
  constexpr int kPictures = 2000;
  std::thread camera([&] {
    PictureSource source(kStartMs, 200);
    for (int i = 0; i < kPictures; ++i) {
      tap.onAccessUnit(source.next());
      if (i == kPictures / 2) tap.onStreamEnd();
    }
  });
  while (tap.stats().fragments + tap.stats().framesDropped < kPictures) {
    if (!ready.exchange(false)) {
      std::this_thread::yield();
      continue;
    }
    while (!takeFrom(tap, 5000).empty()) {
    }
  }
  camera.join();
  EXPECT_LT(tap.stats().framesDropped, 25U) << "up to the key frame behind the end";
}

}  // namespace
}  // namespace flux
