// Modules, kernels, arrays and surfaces, and what this driver does not do.
#include <array>
#include <cstring>
#include <regex>

#include "state.h"

namespace {

constexpr int kInvalidValue = 1;
constexpr int kOutOfMemory = 2;
constexpr int kInvalidPtx = 218;
constexpr int kUnsupportedPtxVersion = 222;
constexpr int kInvalidHandle = 400;
constexpr int kNotFound = 500;
constexpr int kIllegalAddress = 700;
constexpr int kNotSupported = 801;

CUresult result(int number) {
  return static_cast<CUresult>(number);
}

/// PTX ISA that a driver takes, by the version of CUDA that came with it.
int ptxVersionOf(int driver) {
  if (driver >= 13000) return 90;
  if (driver >= 12000) return 80 + driver % 1000 / 10;
  return driver >= 11000 ? 70 + driver % 1000 / 10 : 60;
}

CUresult load(CUmodule* out, const char* ptx) {
  const std::string text(ptx);
  std::smatch found;
  static const std::regex kVersion(R"(\.version (\d+)\.(\d+))");
  if (!std::regex_search(text, found, kVersion)) return result(kInvalidPtx);
  if (std::stoi(found[1]) * 10 + std::stoi(found[2]) > ptxVersionOf(fake::state().version)) {
    return result(kUnsupportedPtxVersion);
  }
  auto module = std::make_unique<fake::Module>();
  module->device = fake::currentDevice();
  static const std::regex kEntry(R"(\.entry (\w+)\(\s*\.param [^\[]*\[(\d+)\]\s*\))");
  for (std::sregex_iterator entry(text.begin(), text.end(), kEntry), end; entry != end; ++entry) {
    module->kernels.emplace((*entry)[1], std::stoul((*entry)[2]));
  }
  *out = fake::state().handle<CUmodule>();
  fake::state().modules.emplace(*out, std::move(module));
  return CUDA_SUCCESS;
}

size_t bytesOf(CUarray_format format) {
  switch (format) {
    case CU_AD_FORMAT_UNSIGNED_INT8:
    case CU_AD_FORMAT_SIGNED_INT8:
      return 1;
    case CU_AD_FORMAT_UNSIGNED_INT16:
    case CU_AD_FORMAT_SIGNED_INT16:
    case CU_AD_FORMAT_HALF:
      return 2;
    default:
      return 4;
  }
}

}  // namespace

FAKE_CUDA_API CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  FAKE_ENTER("cuModuleLoadData", true);
  return load(module, static_cast<const char*>(image));
}

FAKE_CUDA_API CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned,
                                          CUjit_option*, void**) {
  FAKE_ENTER("cuModuleLoadDataEx", true);
  return load(module, static_cast<const char*>(image));
}

FAKE_CUDA_API CUresult cuModuleUnload(CUmodule module) {
  FAKE_ENTER("cuModuleUnload", true);
  auto& all = fake::state();
  if (all.modules.count(module) == 0) {
    fake::violate("a module was unloaded that is not loaded");
    return result(kInvalidHandle);
  }
  fake::runAll(*all.modules.at(module)->device);
  for (auto own = all.functions.begin(); own != all.functions.end();) {
    own = own->second.first == module ? all.functions.erase(own) : std::next(own);
  }
  all.modules.erase(module);
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuModuleGetFunction(CUfunction* out, CUmodule handle, const char* name) {
  FAKE_ENTER("cuModuleGetFunction", true);
  const auto module = fake::state().modules.find(handle);
  if (module == fake::state().modules.end()) return result(kInvalidHandle);
  const auto entry = module->second->kernels.find(name);
  if (entry == module->second->kernels.end()) return result(kNotFound);
  const auto source = fake::kernelSources().find(name);
  if (source == fake::kernelSources().end()) {
    fake::violate(std::string(name) + " has no source that the fake was built with");
    return result(kNotFound);
  }
  if (source->second.bytes != entry->second) {
    fake::violate(std::string(name) + " takes " + std::to_string(entry->second) +
                  " bytes of parameters as PTX, " + std::to_string(source->second.bytes) +
                  " in its source");
    return result(kNotFound);
  }
  *out = fake::state().handle<CUfunction>();
  fake::state().functions.emplace(*out, std::pair(handle, name));
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY,
                                      unsigned gridZ, unsigned blockX, unsigned blockY,
                                      unsigned blockZ, unsigned, CUstream handle, void** arguments,
                                      void** extra) {
  FAKE_ENTER("cuLaunchKernel", true);
  const auto stream = fake::streamOf(handle);
  const auto entry = fake::state().functions.find(function);
  if (stream == nullptr || entry == fake::state().functions.end()) {
    if (stream != nullptr) fake::violate("a kernel was launched that does not exist, or no more");
    return result(kInvalidHandle);
  }
  const unsigned long long threads = 1ULL * blockX * blockY * blockZ;
  if (gridX == 0 || gridY == 0 || gridZ != 1 || threads == 0 || threads > 1024 || gridY > 65535 ||
      arguments == nullptr || extra != nullptr) {
    fake::violate("a kernel was launched with a grid or block that no GPU has");
    return result(kInvalidValue);
  }
  const fake::Kernel& kernel = fake::kernelSources().at(entry->second.second);
  const auto* from = static_cast<const uint8_t*>(arguments[0]);
  std::vector<uint8_t> parameters(from, from + kernel.bytes);
  return fake::submit(stream, [&kernel, parameters, gridX, gridY, blockX, blockY] {
    try {
      fake::runGrid(kernel, parameters.data(), gridX * blockX, gridY * blockY);
      return CUDA_SUCCESS;
    } catch (const std::exception&) {
      return result(kIllegalAddress);
    }
  });
}

FAKE_CUDA_API CUresult cuArray3DCreate_v2(CUarray* out, const CUDA_ARRAY3D_DESCRIPTOR* shape) {
  FAKE_ENTER("cuArray3DCreate_v2", true);
  if (shape->Width == 0 || shape->Height == 0 || shape->Depth != 0 || shape->NumChannels == 3) {
    return result(kInvalidValue);
  }
  auto array = std::make_unique<fake::Array>();
  array->device = fake::currentDevice();
  array->width = shape->Width * shape->NumChannels * bytesOf(shape->Format);
  array->height = shape->Height;
  const size_t bytes = array->width * array->height;
  if (array->device->used + bytes > fake::state().memory) return result(kOutOfMemory);
  array->device->used += bytes;
  array->data.assign(bytes, 0xCD);
  *out = fake::state().handle<CUarray>();
  fake::state().arrays.emplace(*out, std::move(array));
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuArrayDestroy(CUarray handle) {
  FAKE_ENTER("cuArrayDestroy", true);
  const auto entry = fake::state().arrays.find(handle);
  if (entry == fake::state().arrays.end()) {
    fake::violate("an array was destroyed that does not exist");
    return result(kInvalidHandle);
  }
  for (const auto& [surface, array] : fake::state().surfaces) {
    if (array == handle) fake::violate("an array was destroyed before its surface");
  }
  fake::runAll(*entry->second->device);
  entry->second->device->used -= entry->second->data.size();
  fake::state().arrays.erase(entry);
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuSurfObjectCreate(unsigned long long* out,
                                          const CUDA_RESOURCE_DESC* resource) {
  FAKE_ENTER("cuSurfObjectCreate", true);
  if (resource->resType != CU_RESOURCE_TYPE_ARRAY ||
      fake::state().arrays.count(resource->res.array.hArray) == 0) {
    return result(kInvalidValue);
  }
  *out = reinterpret_cast<unsigned long long>(fake::state().handle<void*>());
  fake::state().surfaces.emplace(*out, resource->res.array.hArray);
  return CUDA_SUCCESS;
}

FAKE_CUDA_API CUresult cuSurfObjectDestroy(unsigned long long surface) {
  FAKE_ENTER("cuSurfObjectDestroy", true);
  return fake::state().surfaces.erase(surface) == 1 ? CUDA_SUCCESS : result(kInvalidHandle);
}

// Textures, which nothing here asks for. OpenGL's are in graphics.cc.

#define FAKE_REFUSES(name, parameters, error) \
  FAKE_CUDA_API CUresult name parameters {    \
    FAKE_ENTER(#name, true);                  \
    return result(error);                     \
  }

FAKE_REFUSES(cuTexObjectCreate,
             (CUtexObject*, const CUDA_RESOURCE_DESC*, const CUDA_TEXTURE_DESC*,
              const CUDA_RESOURCE_VIEW_DESC*),
             kNotSupported)
FAKE_REFUSES(cuTexObjectDestroy, (CUtexObject), kNotSupported)
