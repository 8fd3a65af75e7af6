#include "gpu/driver.h"

#include <gtest/gtest.h>

#include "fake_driver.h"

namespace flux::gpu {
namespace {

TEST(Driver, OpensEachLibraryOfTheFolderThatTheEnvironmentNames) {
  EXPECT_TRUE(driver().cuda.available) << driver().cuda.why;
  EXPECT_TRUE(driverInfo().usable) << driverInfo().why;
}

}  // namespace
}  // namespace flux::gpu
