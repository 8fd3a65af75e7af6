#include "gpu/memory.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fake_driver.h"

namespace flux::gpu {
namespace {

constexpr uint64_t kMebibyte = uint64_t{1} << 20;

TEST(MemoryBudget, LimitsAllButInferenceTogether) {
  MemoryBudget budget(1000 * kMebibyte);
  EXPECT_EQ(budget.stats().limitBytes, 800 * kMebibyte);
  const Charge surfaces = budget.charge(Purpose::kSurfaces, 500 * kMebibyte);
  const Charge inference = budget.charge(Purpose::kInference, 400 * kMebibyte);
  EXPECT_EQ(budget.tryCharge(Purpose::kDecoders, 301 * kMebibyte).bytes(), 0U);
  const Charge decoders = budget.charge(Purpose::kDecoders, 100 * kMebibyte);
  EXPECT_EQ(budget.tryCharge(Purpose::kInference, kMebibyte).bytes(), 0U);
  EXPECT_EQ(budget.stats().usedBytes, 1000 * kMebibyte);
}

TEST(MemoryBudget, KeepsTheReserveFree) {
  MemoryBudget budget(1000 * kMebibyte);
  budget.limit(0, 500 * kMebibyte);
  EXPECT_EQ(budget.stats().limitBytes, 500 * kMebibyte);
  EXPECT_EQ(budget.stats().reserveBytes, 500 * kMebibyte);
  budget.limit(300 * kMebibyte, 500 * kMebibyte);
  EXPECT_EQ(budget.stats().limitBytes, 300 * kMebibyte);
  const Charge taken = budget.charge(Purpose::kSurfaces, 300 * kMebibyte);
  budget.limit(100 * kMebibyte, 0);
  EXPECT_EQ(budget.tryCharge(Purpose::kSurfaces, 1).bytes(), 0U);
  EXPECT_THROW(budget.limit(0, 1000 * kMebibyte), Error);
}

TEST(MemoryBudget, SaysWhatIsInUseWhereItRefuses) {
  MemoryBudget budget(100 * kMebibyte);
  const Charge taken = budget.charge(Purpose::kSurfaces, 50 * kMebibyte);
  try {
    const Charge more = budget.charge(Purpose::kDecoders, 40 * kMebibyte);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "ERR_GPU_MEMORY");
    const std::string text = error.what();
    EXPECT_NE(text.find("40 MiB for decoders"), std::string::npos) << text;
    EXPECT_NE(text.find("50 MiB of 80 MiB"), std::string::npos) << text;
  }
}

TEST(MemoryBudget, CountsBySessionAndGivesBackWithTheEnd) {
  MemoryBudget budget(1000);
  {
    Charge door = budget.charge(Purpose::kDecoders, 10, "door");
    const Charge shared = budget.charge(Purpose::kSurfaces, 40);
    const Charge part = budget.attribute(Purpose::kSurfaces, 30, "door");
    const Charge gate = budget.charge(Purpose::kDecoders, 5, "gate");
    const auto stats = budget.stats();
    ASSERT_EQ(stats.bySession.size(), 2U);
    EXPECT_EQ(stats.bySession[0].name, "door");
    EXPECT_EQ(stats.bySession[0].bytes, 40U);
    EXPECT_EQ(stats.bySession[1].bytes, 5U);
    EXPECT_EQ(stats.usedBytes, 55U);
    EXPECT_EQ(stats.byPurpose[static_cast<size_t>(Purpose::kDecoders)], 15U);
    Charge moved = std::move(door);
    EXPECT_EQ(moved.bytes(), 10U);
    moved = Charge();
    EXPECT_EQ(budget.stats().usedBytes, 45U);
  }
  EXPECT_EQ(budget.stats().usedBytes, 0U);
  EXPECT_TRUE(budget.stats().bySession.empty());
}

}  // namespace
}  // namespace flux::gpu
