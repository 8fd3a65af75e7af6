#include "gpu/driver.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fake_driver.h"
#include "gpu/result.h"

namespace flux::gpu {
namespace {

TEST(Driver, OpensTheLibrariesOfTheFolderThatTheEnvironmentNames) {
  EXPECT_TRUE(driver().cuda.available) << driver().cuda.why;
  EXPECT_TRUE(driverInfo().usable) << driverInfo().why;
  EXPECT_EQ(driverInfo().devices.size(), static_cast<size_t>(fake::kDevices));
  EXPECT_EQ(driverInfo().cudaVersion, 12040);
}

TEST(Driver, SaysOfEachLibraryWhyItIsMissing) {
  const Driver table = loadDriver("/nonexistent");
  for (const auto* component : {&table.cuda, &table.nvcuvid, &table.nvenc}) {
    EXPECT_FALSE(component->available);
    EXPECT_NE(component->why.find(component->file), std::string::npos) << component->why;
  }
  EXPECT_NE(table.cuda.why.find("install the NVIDIA driver"), std::string::npos);
  EXPECT_NE(table.nvcuvid.why.find("video capability"), std::string::npos);
  EXPECT_EQ(table.cuInit, nullptr);
  const DriverInfo info = probe(table);
  EXPECT_FALSE(info.usable);
  EXPECT_EQ(info.why, table.cuda.why);
}

TEST(Driver, NamesTheFunctionThatAnOldLibraryLacks) {
  const Driver table = loadDriver(FLUX_OLD_DRIVER_DIR);
  EXPECT_FALSE(table.cuda.available);
  EXPECT_NE(table.cuda.why.find("lacks cuDeviceGetCount"), std::string::npos) << table.cuda.why;
  EXPECT_NE(table.cuda.why.find("update the NVIDIA driver"), std::string::npos);
  // nvcuvid is complete there, and of no use alone.
  EXPECT_FALSE(probe(table).usable);
}

TEST(Driver, TellsADriverWithoutAGpuFromNone) {
  fakeCudaFailAt("cuInit", 1, 100, false);
  const DriverInfo info = probe(driver());
  EXPECT_FALSE(info.usable);
  EXPECT_NE(info.why.find("CUDA_ERROR_NO_DEVICE (100)"), std::string::npos) << info.why;
  EXPECT_NE(info.why.find("nvidia-smi"), std::string::npos);
  EXPECT_TRUE(probe(driver()).usable);
}

TEST(Driver, GivesResultsTheCodesThatCallersActOn) {
  const auto codeOf = [](int result) {
    try {
      check(static_cast<CUresult>(result), "trying");
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).rfind("trying: ", 0), 0U);
      return error.code();
    }
    return std::string();
  };
  EXPECT_EQ(codeOf(0), "");
  EXPECT_EQ(codeOf(kOutOfMemory), "ERR_GPU_MEMORY");
  for (const int sticky : {214, 700, 702, 710, 716, 719}) EXPECT_EQ(codeOf(sticky), "ERR_GPU_LOST");
  for (const int cannot : {46, 100, 209, 218, 222, 801, 803}) {
    EXPECT_EQ(codeOf(cannot), "ERR_UNSUPPORTED");
  }
  for (const int other : {1, 201, 400, 999}) EXPECT_EQ(codeOf(other), "ERR_GPU");
}

}  // namespace
}  // namespace flux::gpu
