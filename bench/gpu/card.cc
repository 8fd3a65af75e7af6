#include "card.h"

#include <array>
#include <cstdio>
#include <sstream>

namespace flux::gpu {
namespace {

/// nvidia-smi's answer; empty where it has none.
std::string ask(const std::string& pciId, const char* fields) {
  // pciId comes from the driver, and names nothing but hexadecimal digits, colons and a point.
  for (const char c : pciId) {
    if (std::string_view("0123456789abcdefABCDEF:.").find(c) == std::string_view::npos) return {};
  }
  const std::string command = "nvidia-smi --format=csv,noheader,nounits --id=" + pciId +
                              " --query-gpu=" + fields + " 2>/dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::array<char, 256> line{};
  const bool any = std::fgets(line.data(), static_cast<int>(line.size()), pipe) != nullptr;
  return ::pclose(pipe) == 0 && any ? line.data() : std::string();
}

struct Generation {
  int major;
  int minor;
  double clock;  ///< MHz that the rates were measured with
  double h264;   ///< pictures per second and engine
  double h265;
};

// GA100 and Hopper have the engines of Turing.
constexpr std::array<Generation, 10> kGenerations = {{{6, 0, 1544, 694, 810},
                                                      {6, 1, 1544, 694, 810},
                                                      {7, 5, 1860, 771, 1316},
                                                      {8, 0, 1860, 771, 1316},
                                                      {8, 6, 1665, 748, 1415},
                                                      {8, 7, 1665, 748, 1415},
                                                      {8, 9, 2160, 903, 1641},
                                                      {9, 0, 1860, 771, 1316},
                                                      {10, 0, 2362, 2172, 1872},
                                                      {12, 0, 2362, 2172, 1872}}};

}  // namespace

Card readCard(Device& device, Codec codec) {
  Card card;
  card.name = device.info().name;
  const std::string answer =
      ask(device.info().pciId, "driver_version,clocks.current.video,clocks.max.video");
  std::istringstream fields(answer);
  std::getline(fields, card.driver, ',');
  char comma = 0;
  fields >> card.videoClock >> comma >> card.maxVideoClock;
  CUVIDDECODECAPS caps{};
  caps.eCodecType = codec == Codec::kH264 ? cudaVideoCodec_H264 : cudaVideoCodec_HEVC;
  caps.eChromaFormat = cudaVideoChromaFormat_420;
  const ContextScope scope(device);
  if (driver().cuvidGetDecoderCaps(&caps) == CUDA_SUCCESS) card.engines = caps.nNumNVDECs;
  return card;
}

std::optional<double> publishedRate(const DeviceInfo& info, const Card& card, Codec codec,
                                    double clock) {
  if (clock <= 0 || card.engines <= 0) return std::nullopt;
  for (const Generation& one : kGenerations) {
    if (one.major != info.computeMajor || one.minor != info.computeMinor) continue;
    return (codec == Codec::kH264 ? one.h264 : one.h265) * card.engines * clock / one.clock;
  }
  return std::nullopt;
}

}  // namespace flux::gpu
