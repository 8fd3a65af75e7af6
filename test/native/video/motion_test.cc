// What counts as motion, and what does not, by pictures of a made-up street.
#include "video/motion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/error.h"
#include "street.h"

namespace flux::video {
namespace {

MotionZone zone(const std::string& name, float left, float right, bool exclude = false,
                int sensitivity = 50) {
  return {name, {{left, 0}, {right, 0}, {right, 1}, {left, 1}}, exclude, sensitivity};
}

TEST(MotionDetector, FindsAMovingSquareWhereItIs) {
  Street street;
  street.calm(20);
  int found = 0;
  for (int i = 0; i < 20; ++i) {
    const Box truth{0.1F + 0.03F * static_cast<float>(i), 0.4F, 0.12F, 0.2F};
    street.begin();
    street.paint(truth, 220);
    const auto& regions = street.show();
    if (i < 2) continue;
    ASSERT_EQ(regions.size(), 1U) << "picture " << i;
    EXPECT_GT(overlap(regions[0].box, truth), 0.8F) << "picture " << i;
    EXPECT_GT(regions[0].score, 0.8F);
    ++found;
  }
  EXPECT_EQ(found, 18);
  // It is gone, and leaves nothing behind.
  int after = 0;
  for (int i = 0; i < 10; ++i) {
    street.begin();
    after += street.show().empty() ? 0 : 1;
  }
  EXPECT_LE(after, 4);
}

TEST(MotionDetector, FindsTwoThingsApart) {
  Street street;
  street.calm(20);
  size_t most = 0;
  for (int i = 0; i < 6; ++i) {
    const float step = 0.02F * static_cast<float>(i);
    street.begin();
    street.paint({0.1F + step, 0.2F, 0.1F, 0.15F}, 230);
    street.paint({0.8F - step, 0.6F, 0.08F, 0.2F}, 20);
    most = std::max(most, street.show().size());
  }
  EXPECT_EQ(most, 2U);
}

TEST(MotionDetector, TakesNoNoiseForMotion) {
  for (const double noise : {0.5, 3.0, 8.0}) {
    Street street({}, noise);
    for (int i = 0; i < 300; ++i) {
      street.begin();
      EXPECT_TRUE(street.show().empty()) << "noise " << noise << ", picture " << i;
    }
  }
}

TEST(MotionDetector, TakesRainAndSnowForNoMotion) {
  Street street;
  street.calm(20);
  std::mt19937 random(3);
  int wrong = 0;
  for (int i = 0; i < 200; ++i) {
    street.begin();
    for (int drop = 0; drop < 60; ++drop) {  // a cell wide, up to eight long
      const int x = static_cast<int>(random() % 160);
      const int y = static_cast<int>(random() % 80);
      const int length = 2 + static_cast<int>(random() % 7);
      for (int k = 0; k < length; ++k) Street::at(street.picture(), x, y + k) = 230;
    }
    for (int flake = 0; flake < 60; ++flake) {  // two by two
      const int x = static_cast<int>(random() % 159);
      const int y = static_cast<int>(random() % 89);
      for (int k = 0; k < 4; ++k) Street::at(street.picture(), x + k % 2, y + k / 2) = 240;
    }
    wrong += street.show().empty() ? 0 : 1;
  }
  EXPECT_EQ(wrong, 0);
}

TEST(MotionDetector, FindsWhatMovesSlowly) {
  Street street;
  street.calm(20);
  int found = 0;
  for (int i = 0; i < 100; ++i) {  // a tenth of the width in 20 seconds
    street.begin();
    street.paint({0.3F + 0.001F * static_cast<float>(i), 0.3F, 0.1F, 0.3F}, 30);
    found += street.show().empty() ? 0 : 1;
  }
  EXPECT_GE(found, 60);
}

TEST(MotionDetector, MakesWhatStandsStillPartOfTheBackground) {
  Street street;
  street.calm(20);
  int found = 0;
  int late = 0;
  for (int i = 0; i < 60; ++i) {  // a car comes, and parks after two seconds
    const float x = 0.1F + 0.03F * static_cast<float>(std::min(i, 10));
    street.begin();
    street.paint({x, 0.5F, 0.2F, 0.2F}, 200);
    const bool moves = !street.show().empty();
    found += moves && i <= 10 ? 1 : 0;
    late += moves && i > 10 + 5 * 2 ? 1 : 0;
  }
  EXPECT_GE(found, 8);
  EXPECT_EQ(late, 0);
}

TEST(MotionDetector, ForgivesACameraThatShakesByACell) {
  Street street;
  street.calm(20);
  std::vector<double> wall;
  street.begin();
  wall = street.picture();
  for (int i = 0; i < 100; ++i) {
    street.begin();
    const int dx = i % 2;
    const int dy = (i / 2) % 2;
    for (int y = 0; y < 90; ++y) {
      for (int x = 0; x < 160; ++x) {
        Street::at(street.picture(), x, y) =
            Street::at(wall, std::min(159, x + dx), std::min(89, y + dy));
      }
    }
    EXPECT_TRUE(street.show().empty()) << "picture " << i;
  }
}

TEST(MotionDetector, CountsOnlyInZonesThatInclude) {
  MotionOptions options;
  options.zones = {zone("door", 0.6F, 1), zone("timestamp", 0.9F, 1, true)};
  Street street(options);
  street.calm(20);
  bool left = false;
  uint32_t zones = 0;
  bool stamp = false;
  for (int i = 0; i < 10; ++i) {
    street.begin();
    street.paint({0.1F + 0.03F * static_cast<float>(i), 0.3F, 0.1F, 0.2F}, 230);
    left = left || !street.show().empty();
  }
  street.calm(30);
  for (int i = 0; i < 8; ++i) {
    street.begin();
    street.paint({0.62F + 0.02F * static_cast<float>(i), 0.3F, 0.1F, 0.2F}, 230);
    for (const MotionRegion& region : street.show()) zones |= region.zones;
  }
  street.calm(30);
  for (int i = 0; i < 20; ++i) {
    street.begin();
    street.paint({0.92F, 0.8F, 0.07F, 0.1F}, i % 2 == 0 ? 230 : 20);
    stamp = stamp || !street.show().empty();
  }
  EXPECT_FALSE(left);
  EXPECT_EQ(zones, 1U);
  EXPECT_FALSE(stamp);
}

TEST(MotionDetector, IsAsSensitiveAsEachZoneSays) {
  MotionOptions options;
  options.zones = {zone("dull", 0, 0.5F, false, 0), zone("keen", 0.5F, 1, false, 90)};
  Street street(options, 0.5);
  street.calm(40);
  uint32_t zones = 0;
  for (int i = 0; i < 10; ++i) {
    const float step = 0.02F * static_cast<float>(i);
    street.begin();
    for (const float x : {0.1F + step, 0.6F + step}) {
      for (int y = 30; y < 60; ++y) {
        const int from = static_cast<int>(x * 160);
        for (int c = from; c < from + 16; ++c) Street::at(street.picture(), c, y) += 25;
      }
    }
    for (const MotionRegion& region : street.show()) zones |= region.zones;
  }
  EXPECT_EQ(zones, 2U);
}

TEST(MotionDetector, LeavesOutWhatIsSmallerThanAskedFor) {
  MotionOptions options;
  options.minRegion = 0.05;
  Street street(options);
  street.calm(20);
  for (int i = 0; i < 10; ++i) {
    street.begin();
    street.paint({0.1F + 0.03F * static_cast<float>(i), 0.3F, 0.1F, 0.2F}, 230);
    EXPECT_TRUE(street.show().empty());
  }
}

TEST(MotionDetector, LearnsAnewAfterAGap) {
  Street street;
  street.calm(20);
  EXPECT_FALSE(street.detector.isLearning());
  street.pass(MotionDetector::kMaxGapMicros + 1);
  street.begin();
  street.paint({0.2F, 0.2F, 0.3F, 0.5F}, 230);
  EXPECT_TRUE(street.show().empty());
  EXPECT_TRUE(street.detector.isLearning());
  street.begin();
  street.paint({0.2F, 0.2F, 0.3F, 0.5F}, 230);
  EXPECT_TRUE(street.show().empty());
}

TEST(MotionDetector, FindsWhatFillsThePicture) {
  Street street;
  street.calm(20);
  int found = 0;
  for (int i = 0; i < 60; ++i) {  // somebody in front of the camera who does not go away
    street.begin();
    for (int y = 0; y < 90; ++y) {
      for (int x = 0; x < 160; ++x) {
        Street::at(street.picture(), x, y) = 128 + 100 * std::sin(0.15 * x + 0.1 * y + 1.1 * i);
      }
    }
    found += street.show().empty() ? 0 : 1;
  }
  EXPECT_GE(found, 20);
}

TEST(MotionDetector, FindsTheSameWithTheInstructionsOfEachLevel) {
  const auto found = [](CpuLevel level) {
    std::vector<MotionRegion> all;
    Street street({}, 4, level);
    street.calm(20);
    for (int i = 0; i < 40; ++i) {
      const float step = 0.02F * static_cast<float>(i % 20);
      street.begin();
      street.paint({0.1F + step, 0.2F, 0.1F, 0.15F}, 230);
      street.paint({0.9F - step, 0.6F, 0.1F, 0.4F}, 130);  // touches the border
      street.light(1 + 0.005 * i, 0);
      const auto& regions = street.show();
      all.insert(all.end(), regions.begin(), regions.end());
    }
    return all;
  };
  const auto expected = found(CpuLevel::kScalar);
  EXPECT_GT(expected.size(), 30U);
  for (const CpuLevel level : availableCpuLevels()) {
    const auto got = found(level);
    ASSERT_EQ(got.size(), expected.size()) << name(level);
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].box, expected[i].box) << name(level) << ", region " << i;
      EXPECT_EQ(got[i].score, expected[i].score) << name(level) << ", region " << i;
    }
  }
}

TEST(MotionDetector, RefusesOptionsThatMakeNoSense) {
  const auto code = [](Size cells, const MotionOptions& options) -> std::string {
    try {
      const MotionDetector detector(cells, options);
      return "";
    } catch (const Error& error) {
      return error.code();
    }
  };
  const std::string wrong = "ERR_INVALID_ARGUMENT";
  MotionOptions options;
  EXPECT_EQ(code({8, 90}, options), wrong);
  EXPECT_EQ(code({160, 641}, options), wrong);
  options.sensitivity = 101;
  EXPECT_EQ(code(kCells, options), wrong);
  options = {};
  options.minRegion = NAN;
  EXPECT_EQ(code(kCells, options), wrong);
  options = {};
  options.zones = {{"line", {{0, 0}, {1, 1}}}};
  EXPECT_EQ(code(kCells, options), wrong);
  options.zones = {{"far", {{0, 0}, {NAN, 1}, {1, 1}}}};
  EXPECT_EQ(code(kCells, options), wrong);
  options.zones.assign(33, zone("z", 0, 1));
  EXPECT_EQ(code(kCells, options), wrong);
}

}  // namespace
}  // namespace flux::video
