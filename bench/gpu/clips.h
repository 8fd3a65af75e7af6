// Streams for measurements, read into memory.
#pragma once

#include <string>
#include <vector>

#include "codec/access_unit.h"

namespace flux::gpu {

/// The packets of `path` (anything that PacketReader opens) as a camera would send them. Throws
/// ERR_CONTAINER.
std::vector<AccessUnit> unitsOf(const std::string& path);

}  // namespace flux::gpu
