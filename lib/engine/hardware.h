// What this machine and its libraries can do: the facts behind `fluxvision doctor`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flux {

struct LibraryInfo {
  std::string name;
  std::string version;
  std::string license;
};
struct CodecInfo {
  std::string name;
  bool available;
};
struct GpuInfo {
  std::string name;
  uint64_t memoryBytes;
};
/// A driver component that is opened at run time; `detail` is its version, or why it is missing.
struct ComponentInfo {
  std::string name;
  bool available;
  std::string detail;
};

struct HardwareInfo {
  std::string cpuModel;
  unsigned cores = 0;
  std::vector<std::string> cpuFeatures;
  std::vector<LibraryInfo> libraries;
  std::string openssl;
  /// Which instructions the ciphers run with: "scalar", "avx2", "avx512" or "neon".
  std::string cipherLevel;
  std::vector<CodecInfo> decoders;
  std::vector<CodecInfo> encoders;
  std::vector<GpuInfo> gpus;
  std::vector<ComponentInfo> components;
};

/// Opens driver libraries and asks them; takes up to a second where a GPU has to wake up.
HardwareInfo probeHardware();

}  // namespace flux
