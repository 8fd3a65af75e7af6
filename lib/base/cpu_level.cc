#include "base/cpu_level.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "base/error.h"

namespace flux {
namespace {

constexpr std::array kNames = {std::string_view("scalar"), std::string_view("neon"),
                               std::string_view("avx2"), std::string_view("avx512")};

std::vector<CpuLevel> detect() {
  std::vector<CpuLevel> levels = {CpuLevel::kScalar};
#if defined(__aarch64__)
  levels.push_back(CpuLevel::kNeon);
#elif defined(__x86_64__)
  // Both compilers' libraries look at XGETBV too: a feature counts only where the operating system
  // saves its registers.
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul");
  if (avx2) levels.push_back(CpuLevel::kAvx2);
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("vpclmulqdq")) {
    levels.push_back(CpuLevel::kAvx512);
  }
#endif
  return levels;
}

std::string namesOf(const std::vector<CpuLevel>& levels) {
  std::string text;
  for (const CpuLevel level : levels) {
    if (!text.empty()) text += ", ";
    text += name(level);
  }
  return text;
}

[[noreturn]] void refuse(std::string_view wanted) {
  throw Error("ERR_INVALID_ARGUMENT",
              "the CPU level \"" + std::string(wanted) + "\" cannot run here; this machine has: " +
                  namesOf(availableCpuLevels()) + ". Unset FLUXVISION_CPU_LEVEL to take the best");
}

bool isAvailable(CpuLevel level) {
  return std::ranges::count(availableCpuLevels(), level) > 0;
}

}  // namespace

std::string_view name(CpuLevel level) noexcept {
  return kNames[static_cast<size_t>(level)];
}

const std::vector<CpuLevel>& availableCpuLevels() {
  static const auto& levels = *new std::vector<CpuLevel>(detect());  // threads outlive exit()
  return levels;
}

CpuLevel chooseCpuLevel(std::string_view wanted) {
  if (wanted.empty()) return availableCpuLevels().back();
  const auto found = std::ranges::find(kNames, wanted);
  if (found == kNames.end()) refuse(wanted);
  const auto level = static_cast<CpuLevel>(found - kNames.begin());
  if (!isAvailable(level)) refuse(wanted);
  return level;
}

void requireCpuLevel(CpuLevel level) {
  if (!isAvailable(level)) refuse(name(level));
}

CpuLevel cpuLevel() {
  // A throw leaves it unset: the next call throws again.
  static const CpuLevel level = [] {
    const char* wanted = std::getenv("FLUXVISION_CPU_LEVEL");  // NOLINT(concurrency-mt-unsafe)
    return chooseCpuLevel(wanted != nullptr ? wanted : "");
  }();
  return level;
}

std::string_view cpuLevelName() {
  return name(cpuLevel());
}

}  // namespace flux
