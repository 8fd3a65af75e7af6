// The newest picture of each camera, and batches of them.
#include "engine/frame_provider.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "base/error.h"
#include "engine/frame_batch.h"
#include "grey_frames.h"

namespace flux {
namespace {

constexpr video::Size kSize{64, 48};

template <typename Work>
std::string codeOf(Work work) {
  try {
    work();
    return "";
  } catch (const Error& error) {
    return error.code();
  }
}

TEST(FrameProvider, GivesTheNewestFrameAndEachOnlyOnce) {
  FrameProvider provider;
  const auto door = provider.add("door");
  EXPECT_FALSE(provider.newest("door"));
  EXPECT_TRUE(provider.take({}, 8).empty());
  for (int i = 0; i < 3; ++i) door->offer(greyFrame(kSize, i * 100));
  const auto taken = provider.take({"door"}, 8);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].frame.timestamp, 200'000);
  EXPECT_EQ(taken[0].number, 3U);
  EXPECT_TRUE(provider.take({}, 8).empty());
  // Looking at it is no taking.
  ASSERT_TRUE(provider.newest("door"));
  EXPECT_FALSE(provider.newest("door", 3));
  const FrameProviderStats stats = provider.stats();
  EXPECT_EQ(stats.framesIn, 3U);
  EXPECT_EQ(stats.framesTaken, 1U);
  EXPECT_EQ(stats.framesReplaced, 2U);
}

TEST(FrameProvider, HoldsOneFramePerCameraAndNoMore) {
  FrameProvider provider;
  const auto slot = provider.add("door");
  std::vector<std::weak_ptr<const AVFrame>> pictures;
  for (int i = 0; i < 3; ++i) {
    auto frame = greyFrame(kSize, i);
    const std::shared_ptr<const AVFrame> own(&frame.picture.av(), [](const AVFrame*) {});
    auto counted = std::make_shared<int>(i);
    const std::shared_ptr<const AVFrame> tracked(
        &frame.picture.av(), [counted, keep = frame.picture](const AVFrame*) {});
    pictures.push_back(tracked);
    video::DecodedFrame offered = frame;
    offered.picture = video::Frame(tracked);
    slot->offer(offered);
  }
  EXPECT_TRUE(pictures[0].expired());
  EXPECT_TRUE(pictures[1].expired());
  EXPECT_FALSE(pictures[2].expired());
  provider.remove("door");
  EXPECT_TRUE(pictures[2].expired());
}

TEST(FrameProvider, ServesAllCamerasWithBatchesThatAreTooSmall) {
  FrameProvider provider;
  std::vector<std::shared_ptr<FrameProvider::Slot>> slots;
  for (int i = 0; i < 5; ++i) slots.push_back(provider.add("cam" + std::to_string(i)));
  std::map<std::string, int> served;
  for (int round = 0; round < 10; ++round) {
    for (const auto& slot : slots) slot->offer(greyFrame(kSize, round));
    for (const auto& frame : provider.take({}, 2)) ++served[frame.camera];
  }
  ASSERT_EQ(served.size(), 5U);
  for (const auto& [camera, times] : served) EXPECT_EQ(times, 4) << camera;
}

TEST(FrameProvider, LeavesOutConcealedFramesUnlessToldOtherwise) {
  FrameProvider provider;
  const auto strict = provider.add("strict");
  const auto easy = provider.add("easy", false);
  auto frame = greyFrame(kSize, 0);
  frame.concealed = true;
  strict->offer(frame);
  easy->offer(frame);
  EXPECT_FALSE(provider.newest("strict"));
  EXPECT_TRUE(provider.newest("easy"));
  EXPECT_EQ(provider.stats("strict").framesDamaged, 1U);
}

TEST(FrameProvider, CallsOnceWhenArmedAndAFrameComes) {
  std::atomic<int> calls = 0;
  FrameProvider provider([&] { ++calls; });
  const auto slot = provider.add("door");
  slot->offer(greyFrame(kSize, 0));
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(provider.arm({}));  // one waits already
  (void)provider.take({}, 1);
  EXPECT_FALSE(provider.arm({}));
  slot->offer(greyFrame(kSize, 1));
  slot->offer(greyFrame(kSize, 2));
  EXPECT_EQ(calls, 1);
}

TEST(FrameProvider, KnowsWhichCamerasItHas) {
  FrameProvider provider;
  const auto slot = provider.add("door");
  EXPECT_EQ(codeOf([&] { (void)provider.add("door"); }), "ERR_CAMERA_EXISTS");
  EXPECT_EQ(codeOf([&] { (void)provider.newest("yard"); }), "ERR_CAMERA_NOT_FOUND");
  EXPECT_EQ(codeOf([&] { (void)provider.take({"door", "yard"}, 1); }), "ERR_CAMERA_NOT_FOUND");
  provider.remove("door");
  provider.remove("door");
  EXPECT_EQ(codeOf([&] { (void)provider.stats("door"); }), "ERR_CAMERA_NOT_FOUND");
}

TEST(FrameProvider, IsUsedByManyThreads) {
  FrameProvider provider;
  constexpr int kFrames = 300;
  std::vector<std::thread> producers;
  std::vector<std::shared_ptr<FrameProvider::Slot>> slots;
  for (int c = 0; c < 3; ++c) slots.push_back(provider.add("cam" + std::to_string(c)));
  for (const auto& slot : slots) {
    producers.emplace_back([slot] {
      for (int i = 0; i < kFrames; ++i) slot->offer(greyFrame({16, 16}, i));
    });
  }
  std::atomic<bool> done = false;
  std::thread consumer([&] {
    std::map<std::string, uint64_t> last;
    while (!done) {
      for (const auto& frame : provider.take({}, 2)) {
        EXPECT_GT(frame.number, last[frame.camera]);
        last[frame.camera] = frame.number;
      }
      (void)provider.arm({});
    }
  });
  for (std::thread& thread : producers) thread.join();
  done = true;
  consumer.join();
  EXPECT_EQ(provider.stats().framesIn, 3U * kFrames);
}

FrameBatchOptions tensorOf(int width, int height, size_t count) {
  FrameBatchOptions options;
  options.convert.format = video::PixelFormat::kTensorF32;
  options.convert.size = {width, height};
  options.convert.fit = video::Fit::kLetterbox;
  options.convert.fill = {114, 114, 114};
  options.count = count;
  return options;
}

TEST(FrameBatch, WritesLetterboxedPicturesOneBehindTheOther) {
  FrameBatch batch(tensorOf(32, 32, 3));
  ASSERT_EQ(batch.bytes(), 3U * 3 * 32 * 32 * 4);
  // Black and white, 2:1: half of the height are bars.
  std::vector<ProvidedFrame> frames;
  frames.push_back({"dark", greyFrame({64, 32}, 0, {}, 16), 1});
  frames.push_back({"bright", greyFrame({64, 32}, 40, {}, 235), 7});
  const std::vector<BatchItem> items = batch.fill(std::move(frames));
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[1].camera, "bright");
  EXPECT_EQ(items[1].number, 7U);
  EXPECT_EQ(items[1].timestamp, 40'000);
  EXPECT_EQ(items[1].placement.target, (video::Rect{0, 8, 32, 16}));
  const auto* values = reinterpret_cast<const float*>(batch.memory().get());
  const auto at = [&](int item, int plane, int x, int y) {
    return values[((item * 3 + plane) * 32 + y) * 32 + x];
  };
  EXPECT_NEAR(at(0, 0, 16, 2), 114.0 / 255, 1e-3);
  EXPECT_NEAR(at(0, 1, 16, 16), 0, 0.01);
  EXPECT_NEAR(at(1, 2, 16, 16), 1, 0.01);
  EXPECT_NEAR(at(2, 0, 16, 16), 0, 1e-6);
  const auto corner = items[0].placement.toSource(0, 8);
  EXPECT_NEAR(corner[0], 0, 1e-9);
  EXPECT_NEAR(corner[1], 0, 1e-9);
  const auto opposite = items[0].placement.toSource(32, 24);
  EXPECT_NEAR(opposite[0], 64, 1e-9);
  EXPECT_NEAR(opposite[1], 32, 1e-9);
}

TEST(FrameBatch, LeavesNothingOfTheBatchBefore) {
  FrameBatch batch(tensorOf(16, 16, 2));
  std::vector<ProvidedFrame> two;
  two.push_back({"a", greyFrame(kSize, 0, {}, 235), 1});
  two.push_back({"b", greyFrame(kSize, 0, {}, 235), 1});
  ASSERT_EQ(batch.fill(std::move(two)).size(), 2U);
  std::vector<ProvidedFrame> one;
  one.push_back({"a", greyFrame(kSize, 0, {}, 235), 2});
  ASSERT_EQ(batch.fill(std::move(one)).size(), 1U);
  const auto* values = reinterpret_cast<const float*>(batch.memory().get());
  for (int i = 0; i < 3 * 16 * 16; ++i) ASSERT_EQ(values[3 * 16 * 16 + i], 0.0F);
}

TEST(FrameBatch, RefusesWhatIsNoBatch) {
  const auto refused = [](const FrameBatchOptions& options) {
    return codeOf([&] { const FrameBatch batch(options); });
  };
  EXPECT_EQ(refused(tensorOf(0, 32, 1)), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(refused(tensorOf(32, 32, 0)), "ERR_INVALID_ARGUMENT");
  EXPECT_EQ(refused(tensorOf(100'000, 100'000, 1)), "ERR_LIMIT");
  EXPECT_EQ(refused(tensorOf(4096, 4096, 64)), "ERR_LIMIT");
  FrameBatchOptions planar = tensorOf(32, 32, 1);
  planar.convert.format = video::PixelFormat::kI420;
  EXPECT_EQ(refused(planar), "ERR_INVALID_ARGUMENT");
}

}  // namespace
}  // namespace flux
