// Choosing the instructions that the ciphers run on.
#include "crypto/cpu_level.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "crypto/lea.h"
#include "crypto/lea_gcm.h"

namespace flux::crypto {
namespace {

bool has(CpuLevel level) {
  return std::ranges::count(availableCpuLevels(), level) > 0;
}

std::string messageFor(const std::string& wanted) {
  try {
    chooseCpuLevel(wanted);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_INVALID_ARGUMENT");
    return error.what();
  }
  return "nothing thrown";
}

TEST(CpuLevel, EveryMachineHasTheScalarOne) {
  EXPECT_EQ(availableCpuLevels().front(), CpuLevel::kScalar);
  EXPECT_EQ(chooseCpuLevel("scalar"), CpuLevel::kScalar);
}

TEST(CpuLevel, TakesTheBestWhereNothingIsAsked) {
  EXPECT_EQ(chooseCpuLevel(""), availableCpuLevels().back());
}

TEST(CpuLevel, TakesEveryAvailableOneByItsName) {
  for (const CpuLevel level : availableCpuLevels()) {
    EXPECT_EQ(chooseCpuLevel(name(level)), level);
  }
}

TEST(CpuLevel, TheOneInUseIsAvailableAndNamed) {
  EXPECT_TRUE(has(cpuLevel()));
  EXPECT_EQ(cpuLevelName(), name(cpuLevel()));
}

TEST(CpuLevel, RefusesUnknownWordsAndSaysWhatThereIs) {
  for (const char* wanted : {"sse2", "AVX2", "avx512 ", "0"}) {
    const std::string message = messageFor(wanted);
    EXPECT_NE(message.find('"' + std::string(wanted) + '"'), std::string::npos) << message;
    for (const CpuLevel level : availableCpuLevels()) {
      EXPECT_NE(message.find(name(level)), std::string::npos) << message;
    }
  }
}

TEST(CpuLevel, RefusesWhatTheMachineLacks) {
  for (const CpuLevel level :
       {CpuLevel::kScalar, CpuLevel::kNeon, CpuLevel::kAvx2, CpuLevel::kAvx512}) {
    if (has(level)) continue;
    EXPECT_NE(messageFor(std::string(name(level))), "nothing thrown");
    EXPECT_THROW(requireCpuLevel(level), Error);
    EXPECT_THROW(Lea(Bytes(32), level), Error);
    EXPECT_THROW(LeaGcm(Bytes(32), level), Error);
  }
}

}  // namespace
}  // namespace flux::crypto
