// Records what the NVIDIA driver does with a stream, or checks that a driver does what was
// recorded:
//   trace_nvcuvid [--low-delay] [--no-endofpicture] CLIP > TRACE
//   trace_nvcuvid --check TRACE...
// FLUXVISION_DRIVER_DIR names another driver, such as that of the tests.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/error.h"
#include "clips.h"
#include "nvcuvid_trace.h"

namespace flux::gpu {
namespace {

constexpr const char* kUsage =
    "trace_nvcuvid [--low-delay] [--no-endofpicture] CLIP > TRACE\n"
    "trace_nvcuvid --check TRACE...\n";

std::string madeBy(const Device& device) {
  const int version = driverInfo().cudaVersion;
  return device.info().name + ", CUDA " + std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

/// True where the driver does what the trace says; else prints the first difference.
bool check(const std::shared_ptr<Device>& device, const std::string& path) {
  std::ifstream in(path);
  if (!in) throw Error("ERR_NOT_FOUND", path + " cannot be read");
  const TraceFile file = readTrace({std::istreambuf_iterator<char>(in), {}});
  const auto lines = trace(device, file.input);
  const auto [theirs, ours] = std::ranges::mismatch(file.lines, lines);
  if (theirs == file.lines.end() && ours == lines.end()) {
    std::cout << path << ": as on " << file.madeBy << "\n";
    return true;
  }
  const auto textOf = [](const auto& from, auto at) { return at == from.end() ? "nothing" : *at; };
  std::cout << path << ": differs from " << file.madeBy << " at line "
            << theirs - file.lines.begin() + 1 << "\n  there: " << textOf(file.lines, theirs)
            << "\n  here:  " << textOf(lines, ours) << "\n";
  return false;
}

int run(const std::vector<std::string>& arguments) {
  bool checks = false;
  bool lowDelay = false;
  bool endOfPicture = true;
  std::vector<std::string> paths;
  for (const std::string& argument : arguments) {
    if (argument == "--check") {
      checks = true;
    } else if (argument == "--low-delay") {
      lowDelay = true;
    } else if (argument == "--no-endofpicture") {
      endOfPicture = false;
    } else if (!argument.starts_with("--")) {
      paths.push_back(argument);
    } else {
      std::cerr << kUsage;
      return 2;
    }
  }
  if (paths.empty() || (!checks && paths.size() != 1)) {
    std::cerr << kUsage;
    return 2;
  }
  const auto device = Device::open(0);
  if (checks) {
    bool same = true;
    for (const std::string& path : paths) same = check(device, path) && same;
    return same ? 0 : 1;
  }
  TraceInput input =
      traceInputOf(paths[0].substr(paths[0].rfind('/') + 1), unitsOf(paths[0]), lowDelay);
  input.endOfPicture = endOfPicture;
  std::cout << writeTrace(input, trace(device, input), madeBy(*device));
  return 0;
}

}  // namespace
}  // namespace flux::gpu

int main(int count, char** values) {
  try {
    return flux::gpu::run({values + 1, values + count});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "trace_nvcuvid: %s\n", error.what());
    return 1;
  }
}
