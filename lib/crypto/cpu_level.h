// Which instructions the ciphers use.
#pragma once

#include "base/cpu_level.h"

namespace flux::crypto {

using flux::availableCpuLevels;
using flux::chooseCpuLevel;
using flux::CpuLevel;
using flux::cpuLevel;
using flux::cpuLevelName;
using flux::name;
using flux::requireCpuLevel;

}  // namespace flux::crypto
