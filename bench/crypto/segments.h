// Whole segments written to files, sealed and bare.
#pragma once

#include <filesystem>
#include <vector>

#include "meter.h"

namespace flux::bench {

/// Ten seconds at 4 Mbit/s, in pieces as a recorder writes them: a segment of each version, and
/// the same bytes without encryption.
std::vector<Subject> segmentSubjects(const std::filesystem::path& folder);

}  // namespace flux::bench
