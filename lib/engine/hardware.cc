#include "engine/hardware.h"

#include <openssl/crypto.h>

#include <array>
#include <fstream>
#include <thread>

#include "base/library.h"
#include "crypto/cpu_level.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libswscale/swscale.h>
}

namespace flux {
namespace {

std::string cpuModel() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) {
      const size_t colon = line.find(": ");
      return colon == std::string::npos ? line : line.substr(colon + 2);
    }
  }
  return "unknown";
}

std::vector<std::string> cpuFeatures() {
  std::vector<std::string> found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const std::pair<const char*, bool> features[] = {
      {"sse4.2", __builtin_cpu_supports("sse4.2") != 0},
      {"pclmulqdq", __builtin_cpu_supports("pclmul") != 0},
      {"aes", __builtin_cpu_supports("aes") != 0},
      {"avx2", __builtin_cpu_supports("avx2") != 0},
      {"avx512f", __builtin_cpu_supports("avx512f") != 0},
      {"avx512vl", __builtin_cpu_supports("avx512vl") != 0},
      {"vpclmulqdq", __builtin_cpu_supports("vpclmulqdq") != 0},
      {"gfni", __builtin_cpu_supports("gfni") != 0}};
  for (const auto& [name, present] : features) {
    if (present) found.emplace_back(name);
  }
#elif defined(__aarch64__)
  found.emplace_back("neon");
#endif
  return found;
}

std::string versionText(unsigned version) {
  return std::to_string(version >> 16) + "." + std::to_string(version >> 8 & 255) + "." +
         std::to_string(version & 255);
}

template <typename Find>
std::vector<CodecInfo> codecs(std::initializer_list<const char*> names, Find find) {
  std::vector<CodecInfo> out;
  for (const char* name : names) out.push_back({name, find(name) != nullptr});
  return out;
}

/// The few entry points of the CUDA driver API that tell what devices there are.
void probeCuda(HardwareInfo& info) {
  std::string why;
  const auto driver = Library::open("libcuda.so.1", why);
  if (driver == nullptr) {
    info.components.push_back({"CUDA", false, why + " (install the NVIDIA driver)"});
    return;
  }
  const auto init = driver->function<int(unsigned)>("cuInit");
  const auto version = driver->function<int(int*)>("cuDriverGetVersion");
  const auto count = driver->function<int(int*)>("cuDeviceGetCount");
  const auto device = driver->function<int(int*, int)>("cuDeviceGet");
  const auto name = driver->function<int(char*, int, int)>("cuDeviceGetName");
  const auto memory = driver->function<int(size_t*, int)>("cuDeviceTotalMem_v2");
  if (!init || !version || !count || !device || !name || !memory) {
    info.components.push_back(
        {"CUDA", false, "libcuda.so.1 lacks entry points; update the driver"});
    return;
  }
  const int status = init(0);
  int devices = 0;
  if (status != 0 || count(&devices) != 0 || devices == 0) {
    info.components.push_back(
        {"CUDA", false, "the driver is there, but no GPU (cuInit " + std::to_string(status) + ")"});
    return;
  }
  int driverVersion = 0;
  version(&driverVersion);
  for (int i = 0; i < devices; ++i) {
    int handle = 0;
    std::array<char, 128> text{};
    size_t bytes = 0;
    if (device(&handle, i) != 0 || name(text.data(), static_cast<int>(text.size()), handle) != 0 ||
        memory(&bytes, handle) != 0) {
      continue;
    }
    info.gpus.push_back({text.data(), bytes});
  }
  info.components.push_back({"CUDA", true,
                             "driver API " + std::to_string(driverVersion / 1000) + "." +
                                 std::to_string(driverVersion % 1000 / 10)});
}

void probeLibrary(HardwareInfo& info, const char* component, const char* file,
                  const char* entryPoint, const char* mend) {
  std::string why;
  const auto library = Library::open(file, why);
  if (library == nullptr) {
    info.components.push_back({component, false, why + " (" + mend + ")"});
  } else if (library->symbol(entryPoint) == nullptr) {
    info.components.push_back(
        {component, false, std::string(file) + " lacks " + entryPoint + " (" + mend + ")"});
  } else {
    info.components.push_back({component, true, file});
  }
}

}  // namespace

HardwareInfo probeHardware() {
  HardwareInfo info;
  info.cpuModel = cpuModel();
  info.cores = std::thread::hardware_concurrency();
  info.cpuFeatures = cpuFeatures();
  info.libraries = {{"libavformat", versionText(avformat_version()), avformat_license()},
                    {"libavcodec", versionText(avcodec_version()), avcodec_license()},
                    {"libavutil", versionText(avutil_version()), avutil_license()},
                    {"libswscale", versionText(swscale_version()), swscale_license()}};
  info.openssl = OpenSSL_version(OPENSSL_VERSION_STRING);
  info.cipherLevel = crypto::cpuLevelName();
  info.decoders = codecs({"h264", "hevc", "av1", "libdav1d", "mjpeg", "aac", "opus", "h264_cuvid",
                          "hevc_cuvid", "av1_cuvid"},
                         avcodec_find_decoder_by_name);
  info.encoders = codecs({"libx264", "libx265", "libopenh264", "h264_nvenc", "hevc_nvenc", "aac"},
                         avcodec_find_encoder_by_name);
  probeCuda(info);
  probeLibrary(info, "NVDEC", "libnvcuvid.so.1", "cuvidCreateDecoder",
               "comes with the NVIDIA driver; in a container enable the video capability");
  probeLibrary(info, "NVENC", "libnvidia-encode.so.1", "NvEncodeAPICreateInstance",
               "comes with the NVIDIA driver; in a container enable the video capability");
  probeLibrary(info, "EGL", "libEGL.so.1", "eglGetProcAddress", "apt-get install libegl1");
  return info;
}

}  // namespace flux
