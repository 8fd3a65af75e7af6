// That light is no motion: how it changes for all of a picture, and for a part of it.
#include <gtest/gtest.h>

#include <cmath>

#include "street.h"

namespace flux::video {
namespace {

TEST(MotionDetector, FollowsALightThatFlickersOrFades) {
  Street street;
  street.calm(10);
  for (int i = 0; i < 100; ++i) {
    street.begin();
    street.light(1 + 0.15 * std::sin(i), 0);
    EXPECT_TRUE(street.show().empty()) << "flicker, picture " << i;
  }
  for (int i = 0; i < 150; ++i) {
    street.begin();
    street.light(1 - 0.005 * i, 0);
    EXPECT_TRUE(street.show().empty()) << "dusk, picture " << i;
  }
}

TEST(MotionDetector, TakesALampOrTheNightForNoMotion) {
  Street street;
  street.calm(20);
  for (int i = 0; i < 30; ++i) {
    street.begin();
    street.light(1.5, 20);
    EXPECT_TRUE(street.show().empty()) << "lamp, picture " << i;
  }
  // Infrared light: other brightness wherever one looks, unlike any gain and offset.
  for (int i = 0; i < 30; ++i) {
    street.begin();
    for (size_t c = 0; c < street.picture().size(); ++c) {
      street.picture()[c] = 200 - street.picture()[c] + 40.0 * static_cast<double>(c % 5);
    }
    EXPECT_TRUE(street.show().empty()) << "night, picture " << i;
  }
  EXPECT_GE(street.detector.lightChanges(), 1U);
}

TEST(MotionDetector, SeesMotionWhileTheLightChanges) {
  Street street;
  street.calm(20);
  int found = 0;
  for (int i = 0; i < 20; ++i) {
    const Box truth{0.1F + 0.03F * static_cast<float>(i), 0.4F, 0.12F, 0.2F};
    street.begin();
    street.paint(truth, 230);
    street.light(1 - 0.02 * i, 0);
    const auto& regions = street.show();
    if (regions.size() == 1 && overlap(regions[0].box, truth) > 0.7F) ++found;
  }
  EXPECT_GE(found, 16);
}

TEST(MotionDetector, TakesASpotOfLightOnTheWallForNoMotion) {
  Street street;
  street.calm(20);
  for (int i = 0; i < 30; ++i) {
    street.begin();
    for (int y = 20; y < 70; ++y) {
      for (int x = 40; x < 100; ++x) Street::at(street.picture(), x, y) *= 1.5;
    }
    EXPECT_TRUE(street.show().empty()) << "picture " << i;
  }
}

/// A lamp that lights the wall around it, less and less towards the border of its spot.
void lightAround(std::vector<double>& picture, double column, double line, double strength) {
  for (int y = 0; y < kCells.height; ++y) {
    for (int x = 0; x < kCells.width; ++x) {
      const double away = (x - column) * (x - column) + (y - line) * (y - line);
      double& level = Street::at(picture, x, y);
      level = std::min(255.0, level * (1 + strength * std::exp(-away / 900)));
    }
  }
}

TEST(MotionDetector, TakesALampInThePictureForNoMotion) {
  for (const double dusk : {1.0, 0.4}) {
    Street street;
    const auto show = [&](bool lamp) {
      street.begin();
      street.light(dusk, 0);
      if (lamp) lightAround(street.picture(), 50, 45, 1.2 / dusk);
      return !street.show().empty();
    };
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(show(false)) << "before, picture " << i;
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(show(true)) << "lit, picture " << i;
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(show(false)) << "after, picture " << i;
    EXPECT_EQ(street.detector.lightChanges(), 0U);
  }
}

TEST(MotionDetector, SeesWhoSwitchesALampOn) {
  Street street;
  street.calm(20);
  int found = 0;
  for (int i = 0; i < 40; ++i) {
    const Box truth{0.1F + 0.015F * static_cast<float>(i), 0.4F, 0.06F, 0.3F};
    street.begin();
    street.paint(truth, 30);
    if (i >= 15) lightAround(street.picture(), 50, 45, 1.0);
    bool seen = false;
    for (const MotionRegion& region : street.show()) {
      seen = seen || overlap(region.box, truth) > 0.2;
    }
    found += seen ? 1 : 0;
  }
  EXPECT_GE(found, 34);
}

TEST(MotionDetector, TakesNoPatternedThingForLight) {
  Street street;
  street.calm(20);
  int found = 0;
  for (int i = 0; i < 20; ++i) {  // a lorry with stripes, brighter than the wall
    const int left = 5 + 4 * i;
    street.begin();
    for (int y = 25; y < 75; ++y) {
      for (int x = left; x < left + 50; ++x) {
        Street::at(street.picture(), x, y) =
            170 + 25 * std::sin(0.9 * (x - left)) * std::cos(0.7 * y);
      }
    }
    found += street.show().empty() ? 0 : 1;
  }
  EXPECT_GE(found, 18);
}

}  // namespace
}  // namespace flux::video
