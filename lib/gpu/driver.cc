#include "gpu/driver.h"

#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "base/library.h"
#include "gpu/result.h"

namespace flux::gpu {
namespace {

constexpr const char* kDirectoryVariable = "FLUXVISION_DRIVER_DIR";
constexpr const char* kMendCuda =
    "install the NVIDIA driver; in a container start it with the GPU (--gpus all)";
constexpr const char* kMendVideo =
    "comes with the NVIDIA driver; in a container enable the video capability "
    "(NVIDIA_DRIVER_CAPABILITIES=compute,utility,video)";

/// Keeps a library for the life of the process.
const Library* kept(std::unique_ptr<Library> library) {
  static std::mutex mutex;
  static auto& all = *new std::vector<std::unique_ptr<Library>>();
  const std::lock_guard lock(mutex);
  return all.emplace_back(std::move(library)).get();
}

/// Functions of one library, filled until one is missing.
class Symbols {
 public:
  Symbols(const std::string& directory, const char* file, const char* mend,
          Driver::Component& component)
      : component_(component), mend_(mend) {
    component_.file = file;
    std::string why;
    library_ = kept(Library::open(directory.empty() ? file : directory + "/" + file, why));
    component_.available = library_ != nullptr;
    if (library_ == nullptr) component_.why = why + " (" + mend_ + ")";
  }

  template <typename Function>
  void fill(Function*& member, const char* name) {
    if (!component_.available) return;
    member = library_->function<Function>(name);
    if (member != nullptr) return;
    component_.available = false;
    component_.why = std::string(component_.file) + " lacks " + name +
                     "; update the NVIDIA driver (" + mend_ + ")";
  }

 private:
  Driver::Component& component_;
  const char* mend_;
  const Library* library_ = nullptr;
};

void needsCuda(const Driver& table, Driver::Component& component) {
  if (table.cuda.available || !component.available) return;
  component.available = false;
  component.why = std::string(component.file) + " is of no use without CUDA: " + table.cuda.why;
}

DeviceInfo ask(const Driver& table, CUdevice device) {
  DeviceInfo info;
  std::array<char, 128> text{};
  if (table.cuDeviceGetName(text.data(), static_cast<int>(text.size()) - 1, device) == 0) {
    info.name = text.data();
  }
  text = {};
  if (table.cuDeviceGetPCIBusId(text.data(), static_cast<int>(text.size()) - 1, device) == 0) {
    info.pciId = text.data();
  }
  size_t bytes = 0;
  if (table.cuDeviceTotalMem(&bytes, device) == 0) info.memoryBytes = bytes;
  table.cuDeviceGetAttribute(&info.computeMajor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR,
                             device);
  table.cuDeviceGetAttribute(&info.computeMinor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR,
                             device);
  return info;
}

}  // namespace

Driver loadDriver(const std::string& directory) {
  Driver table;
#define FLUX_FILL(member, symbol, type) symbols.fill(table.member, symbol);
  {
    // First: the others are linked with it, and find it where it is open.
    Symbols symbols(directory, "libcuda.so.1", kMendCuda, table.cuda);
    FLUX_CUDA_FUNCTIONS(FLUX_FILL)
  }
  {
    Symbols symbols(directory, "libnvcuvid.so.1", kMendVideo, table.nvcuvid);
    FLUX_NVCUVID_FUNCTIONS(FLUX_FILL)
  }
  {
    Symbols symbols(directory, "libnvidia-encode.so.1", kMendVideo, table.nvenc);
    FLUX_NVENC_FUNCTIONS(FLUX_FILL)
  }
#undef FLUX_FILL
  needsCuda(table, table.nvcuvid);
  needsCuda(table, table.nvenc);
  return table;
}

const Driver& driver() {
  static const Driver& table = *new Driver([] {
    const char* directory = std::getenv(kDirectoryVariable);
    return loadDriver(directory != nullptr ? directory : "");
  }());
  return table;
}

const Driver& cuda() {
  const DriverInfo& info = driverInfo();
  if (!info.usable) throw Error("ERR_UNSUPPORTED", "no GPU can be used: " + info.why);
  return driver();
}

const DriverInfo& driverInfo() {
  static const DriverInfo& info = *new DriverInfo(probe(driver()));
  return info;
}

DriverInfo probe(const Driver& table) {
  DriverInfo info;
  if (!table.cuda.available) {
    info.why = table.cuda.why;
    return info;
  }
  int count = 0;
  CUresult status = table.cuInit(0);
  if (status == CUDA_SUCCESS) status = table.cuDeviceGetCount(&count);
  table.cuDriverGetVersion(&info.cudaVersion);
  if (status != CUDA_SUCCESS || count == 0) {
    info.why = "the driver is there, but no GPU: " +
               explain(table, status == CUDA_SUCCESS ? code(kNoDevice) : status);
    return info;
  }
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    CUdevice device = 0;
    // Its place in the list is its ordinal, whatever it says.
    const bool there = table.cuDeviceGet(&device, ordinal) == CUDA_SUCCESS;
    info.devices.push_back(there ? ask(table, device) : DeviceInfo{.name = "unknown"});
  }
  info.usable = true;
  return info;
}

}  // namespace flux::gpu
