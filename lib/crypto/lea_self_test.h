// Known answers of LEA and LEA-GCM, long enough to pass through every path of the level in use.
#pragma once

#include "crypto/cpu_level.h"

namespace flux::crypto {

/// False where `level` gives a wrong answer. Takes microseconds.
[[nodiscard]] bool leaIsRight(CpuLevel level);

}  // namespace flux::crypto
