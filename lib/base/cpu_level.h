// Which instructions ciphers and pixels use: chosen once, by what the processor has or the
// environment asks.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace flux {

/// A set of instructions that there is code for. A cipher gives the same bytes at every level.
enum class CpuLevel : uint8_t {
  kScalar,  ///< what every processor of the architecture has
  kNeon,    ///< AArch64: the portable code over 128-bit vectors
  kAvx2,    ///< x86-64 with AVX2 and PCLMULQDQ
  kAvx512,  ///< x86-64 with AVX-512 F/BW/VL and VPCLMULQDQ
};

/// "scalar", "neon", "avx2" or "avx512".
std::string_view name(CpuLevel level) noexcept;

/// What this processor, its operating system and this build can run, slowest first.
const std::vector<CpuLevel>& availableCpuLevels();

/// The level in use: the best of availableCpuLevels(), or the one that the environment variable
/// FLUXVISION_CPU_LEVEL names. It is read once. Throws ERR_INVALID_ARGUMENT, then and ever after,
/// where the variable names no level or one that cannot run here.
CpuLevel cpuLevel();
std::string_view cpuLevelName();

/// What cpuLevel() makes of the variable's text; empty chooses the best. Throws as it does.
CpuLevel chooseCpuLevel(std::string_view wanted);
/// Throws ERR_INVALID_ARGUMENT where `level` cannot run here.
void requireCpuLevel(CpuLevel level);

}  // namespace flux
