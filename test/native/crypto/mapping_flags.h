// What the kernel says of the mapping that holds an address.
#pragma once

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

namespace flux::crypto {

/// The VmFlags of the mapping, between blanks; empty where the kernel tells none.
inline std::string mappingFlags(const void* memory) {
  const auto address = reinterpret_cast<uintptr_t>(memory);
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t from = 0, to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) {
      inside = from <= address && address < to;
    }
    if (inside && line.starts_with("VmFlags:")) return line + " ";
  }
  return {};
}

}  // namespace flux::crypto
