// Blocks that leave nothing behind.
#include "base/pages.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace flux {
namespace {

size_t residentKiB() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stoul(line.substr(6));
  }
  return 0;
}

TEST(Pages, AreZeroAndGoBackToTheSystemWhateverLiesBetween) {
  constexpr size_t kBlock = size_t{1} << 20;
  std::vector<std::shared_ptr<uint8_t[]>> blocks;
  std::vector<std::unique_ptr<char[]>> between;
  const size_t before = residentKiB();
  for (int i = 0; i < 64; ++i) {
    blocks.push_back(zeroedPages(kBlock + 1));
    between.push_back(std::make_unique<char[]>(1000));
    for (const size_t at : {size_t{0}, kBlock / 2, kBlock}) EXPECT_EQ(blocks.back()[at], 0);
    std::memset(blocks.back().get(), 7, kBlock + 1);
  }
  EXPECT_GT(residentKiB(), before + 60 * 1024);
  blocks.clear();
  EXPECT_LT(residentKiB(), before + 16 * 1024);
}

TEST(Pages, ThrowWhereThereIsNoMemory) {
  EXPECT_THROW(zeroedPages(SIZE_MAX / 2), std::bad_alloc);
}

}  // namespace
}  // namespace flux
