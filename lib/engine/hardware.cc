#include "engine/hardware.h"

#include <openssl/crypto.h>

#include <fstream>
#include <thread>

#include "base/library.h"
#include "crypto/cpu_level.h"
#include "gpu/driver.h"

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

void probeCuda(HardwareInfo& info) {
  const gpu::DriverInfo& driver = gpu::driverInfo();
  for (const auto& device : driver.devices) info.gpus.push_back({device.name, device.memoryBytes});
  if (!driver.usable) {
    info.components.push_back({"CUDA", false, driver.why});
    return;
  }
  info.components.push_back({"CUDA", true,
                             "driver API " + std::to_string(driver.cudaVersion / 1000) + "." +
                                 std::to_string(driver.cudaVersion % 1000 / 10)});
}

void listComponent(HardwareInfo& info, const char* name, const gpu::Driver::Component& component) {
  info.components.push_back(
      {name, component.available, component.available ? component.file : component.why});
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
  listComponent(info, "NVDEC", gpu::driver().nvcuvid);
  listComponent(info, "NVENC", gpu::driver().nvenc);
  probeLibrary(info, "EGL", "libEGL.so.1", "eglGetProcAddress", "apt-get install libegl1");
  return info;
}

}  // namespace flux
