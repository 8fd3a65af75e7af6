// Methods and intervals of keep-alives.
#include "rtsp/keep_alive.h"

#include <gtest/gtest.h>

namespace flux::rtsp {
namespace {

using Policy = Policies::KeepAlive;

TEST(KeepAlive, BeginsWithWhatPublicLists) {
  EXPECT_STREQ(KeepAliveMethod(Policy::kAuto, "OPTIONS, GET_PARAMETER").name(), "GET_PARAMETER");
  EXPECT_STREQ(KeepAliveMethod(Policy::kAuto, "OPTIONS, SET_PARAMETER").name(), "OPTIONS");
  EXPECT_STREQ(KeepAliveMethod(Policy::kAuto, "").name(), "OPTIONS");
}

TEST(KeepAlive, GoesOnWhereItIsRefusedAndStaysWithTheLast) {
  KeepAliveMethod method(Policy::kAuto, "GET_PARAMETER, SET_PARAMETER");
  EXPECT_TRUE(method.refused());
  EXPECT_STREQ(method.name(), "OPTIONS");
  EXPECT_TRUE(method.refused());
  EXPECT_STREQ(method.name(), "SET_PARAMETER");
  EXPECT_FALSE(method.refused());
  EXPECT_STREQ(method.name(), "SET_PARAMETER");

  KeepAliveMethod careful(Policy::kAuto, "GET_PARAMETER");
  EXPECT_TRUE(careful.refused());
  EXPECT_FALSE(careful.refused());  // SET_PARAMETER closes the connection of some cameras
  EXPECT_STREQ(careful.name(), "OPTIONS");
}

TEST(KeepAlive, KeepsToItsPolicy) {
  for (const auto& [policy, name] :
       {std::pair{Policy::kOptions, "OPTIONS"}, std::pair{Policy::kGetParameter, "GET_PARAMETER"},
        std::pair{Policy::kSetParameter, "SET_PARAMETER"}}) {
    KeepAliveMethod method(policy, "GET_PARAMETER, SET_PARAMETER");
    EXPECT_STREQ(method.name(), name);
    EXPECT_FALSE(method.refused());
    EXPECT_STREQ(method.name(), name);
  }
  EXPECT_EQ(KeepAliveMethod(Policy::kNone, "GET_PARAMETER").name(), nullptr);
}

TEST(KeepAlive, ComesAtHalfOfTheTimeout) {
  EXPECT_EQ(keepAliveInterval(0, 60), 30);
  EXPECT_EQ(keepAliveInterval(0, 10), 5);
  EXPECT_EQ(keepAliveInterval(0, 1), 1);
  EXPECT_EQ(keepAliveInterval(7, 60), 7);
}

}  // namespace
}  // namespace flux::rtsp
