#include "gpu/kernels.h"

#include <algorithm>
#include <climits>
#include <span>

#include "base/error.h"
#include "gpu/device.h"
#include "gpu/kernels/convert_parameters.h"
#include "gpu/result.h"
#include "gpu/surface_pool.h"
#include "video/convert_plan.h"

namespace flux::gpu {
namespace {

constexpr const char* kPtx =
#include "gpu/kernels/convert.ptx.inc"
    ;

// In the order of the file.
enum Function : uint8_t { kYcc, kGrey, kRgb, kFloat, kHalf };
constexpr std::array<const char*, 5> kNames = {"flux_convert_ycc", "flux_convert_grey",
                                               "flux_convert_rgb", "flux_convert_float",
                                               "flux_convert_half"};

constexpr unsigned kBlockWidth = 32;
constexpr unsigned kBlockHeight = 8;

Function functionFor(video::PixelFormat format) {
  switch (format) {
    case video::PixelFormat::kNv12:
    case video::PixelFormat::kI420:
      return kYcc;
    case video::PixelFormat::kGray8:
      return kGrey;
    case video::PixelFormat::kRgb24:
    case video::PixelFormat::kRgba:
      return kRgb;
    case video::PixelFormat::kTensorF32:
      return kFloat;
    case video::PixelFormat::kTensorF16:
      break;
  }
  return kHalf;
}

/// `cell`: pixels of the result that are one sample of it, 1 or 2. `per`: luma samples that are one
/// of the source's plane, 1 or 2.
ConvertAxis axisOf(int sourceFrom, int sourceLength, int targetFrom, int targetLength, int cell,
                   int per) {
  const double ratio = static_cast<double>(sourceLength) / targetLength;
  const double each = ratio * cell / per;
  const auto up = [&](int pixels) { return (pixels + cell - 1) / cell; };
  // Bars of a picture with quarter chroma are even, so that a chroma sample is in one or in none.
  return {static_cast<float>(static_cast<double>(sourceFrom) / per), static_cast<float>(each),
          video::partsOf(each), up(targetFrom), up(targetFrom + targetLength)};
}

ConvertSampling samplingOf(const video::Placement& placement, int cell, int per) {
  const auto& [from, to] = placement;
  return {axisOf(from.x, from.width, to.x, to.width, cell, per),
          axisOf(from.y, from.height, to.y, to.height, cell, per)};
}

int pitchOf(size_t pitch) {
  if (pitch <= INT_MAX) return static_cast<int>(pitch);
  throw Error("ERR_INVALID_ARGUMENT",
              "a pitch of " + std::to_string(pitch) + " bytes is too large");
}

ConvertInput inputOf(const video::DeviceImage::Plane& plane, video::Size size, int step) {
  return {plane.address, pitchOf(plane.pitch), size.width, size.height, step};
}

/// R, G, B or Y', Cb, Cr one by one, wherever the format has them.
void placeOutputs(ConvertParameters& p, const video::ConvertOptions& options,
                  const DeviceDestination& to) {
  const auto whole = [&](size_t plane, int step, unsigned long long offset) {
    return ConvertOutput{to.address[plane] + offset, pitchOf(to.pitch[plane]), step};
  };
  for (size_t i = 0; i < 3; ++i) {
    const size_t place = options.bgr ? 2 - i : i;
    switch (options.format) {
      case video::PixelFormat::kNv12:
        p.out[i] = i == 0 ? whole(0, 1, 0) : whole(1, 2, i - 1);
        break;
      case video::PixelFormat::kI420:
        p.out[i] = whole(i, 1, 0);
        break;
      case video::PixelFormat::kGray8:
        p.out[i] = whole(0, 1, 0);
        break;
      case video::PixelFormat::kRgb24:
        p.out[i] = whole(0, 3, place);
        break;
      case video::PixelFormat::kRgba:
        p.out[i] = whole(0, 4, place);
        break;
      case video::PixelFormat::kTensorF32:
        p.out[i] = whole(place, sizeof(float), 0);
        break;
      case video::PixelFormat::kTensorF16:
        p.out[i] = whole(place, sizeof(uint16_t), 0);
        break;
    }
  }
}

ConvertParameters parametersOf(const DevicePicture& from, const video::ConvertPlan& plan,
                               const DeviceDestination& to) {
  const video::Size half{video::halfOf(from.size.width), video::halfOf(from.size.height)};
  ConvertParameters p{};
  p.luma = inputOf(from.planes[0], from.size, 1);
  p.chroma = inputOf(from.planes[1], half, 2);
  p.wide = from.bitDepth == 8 ? 0 : 1;
  p.keepsColour = plan.keepsColour ? 1 : 0;
  p.lumaSampling = samplingOf(plan.placement, 1, 1);
  p.chromaSampling = samplingOf(plan.placement, 1, 2);
  p.quarterLuma = samplingOf(plan.placement, 2, 1);
  p.quarterChroma = samplingOf(plan.placement, 2, 2);
  p.width = plan.options.size.width;
  p.height = plan.options.size.height;
  placeOutputs(p, plan.options, to);
  for (size_t i = 0; i < 3; ++i) {
    std::copy(plan.transform[i].begin(), plan.transform[i].end(), p.transform[i]);
    p.fill[i] = plan.fill[i];
    // Of planes in the plan, of colours here.
    const size_t place = plan.options.bgr ? 2 - i : i;
    p.scale[i] = plan.tensorScale[place];
    p.offset[i] = plan.tensorOffset[place];
  }
  return p;
}

/// The driver compiles the text for its GPU, and keeps the result on disk.
CUmodule load() {
  std::array<char, 4096> log{};
  std::array<CUjit_option, 2> options = {CU_JIT_ERROR_LOG_BUFFER,
                                         CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the driver takes numbers in the place of pointers.
  std::array<void*, 2> values = {log.data(), reinterpret_cast<void*>(log.size() - 1)};
  CUmodule module = nullptr;
  const CUresult result =
      driver().cuModuleLoadDataEx(&module, kPtx, options.size(), options.data(), values.data());
  check(result, std::string("compiling the kernels") + (log[0] != '\0' ? ", " : "") + log.data());
  return module;
}

void copyPlane(const video::DeviceImage::Plane& from, const video::DeviceImage::Plane& to,
               size_t bytes, int lines, const Stream& stream) {
  CUDA_MEMCPY2D copy{};
  copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.srcDevice = from.address;
  copy.srcPitch = from.pitch;
  copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.dstDevice = to.address;
  copy.dstPitch = to.pitch;
  copy.WidthInBytes = bytes;
  copy.Height = static_cast<size_t>(lines);
  check(driver().cuMemcpy2DAsync(&copy, stream.get()), "copying a picture on the GPU");
}

}  // namespace

DevicePicture pictureOf(const video::DeviceImage& image) {
  DevicePicture out;
  out.planes = image.planes();
  out.size = image.size();
  out.shown = video::displaySizeOf(image.size(), image.pixelRatio());
  out.bitDepth = image.bitDepth();
  out.colour = image.colour();
  return out;
}

DeviceDestination packedInto(CUdeviceptr address, size_t bytes, video::PixelFormat format,
                             video::Size size, size_t index) {
  // Only counted with, never read: the layout is that of the machine's memory.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  const std::span<uint8_t> memory(reinterpret_cast<uint8_t*>(address), bytes);
  const video::Destination layout = video::packedInto(memory, format, size, index);
  DeviceDestination out;
  for (size_t i = 0; i < 3; ++i) {
    out.address[i] = reinterpret_cast<CUdeviceptr>(layout.data[i]);
    out.pitch[i] = static_cast<size_t>(layout.stride[i]);
  }
  return out;
}

Kernels::Kernels(Device& device) : device_(device) {
  const ContextScope scope(device);
  module_ = load();
  for (size_t i = 0; i < kNames.size(); ++i) {
    const CUresult result = driver().cuModuleGetFunction(&functions_[i], module_, kNames[i]);
    if (result == CUDA_SUCCESS) continue;
    driver().cuModuleUnload(module_);
    raise(result, std::string("finding the kernel ") + kNames[i]);
  }
}

Kernels::~Kernels() {
  if (device_.lost()) return;
  const ContextScope scope(device_, ContextScope::kQuiet);
  driver().cuModuleUnload(module_);
}

video::Placement Kernels::convert(const DevicePicture& from, const video::ConvertOptions& options,
                                  const DeviceDestination& to, const Stream& stream) const {
  device_.ensureWorks();
  const video::ConvertPlan plan = video::planOf(from.size, from.shown, from.colour, options);
  ConvertParameters parameters = parametersOf(from, plan, to);
  const Function function = functionFor(options.format);
  const int cell = function == kYcc ? 2 : 1;
  const auto blocks = [&](int pixels, unsigned block) {
    const auto threads = static_cast<unsigned>((pixels + cell - 1) / cell);
    return (threads + block - 1) / block;
  };
  std::array<void*, 1> arguments = {&parameters};
  check(driver().cuLaunchKernel(functions_[function], blocks(options.size.width, kBlockWidth),
                                blocks(options.size.height, kBlockHeight), 1, kBlockWidth,
                                kBlockHeight, 1, 0, stream.get(), arguments.data(), nullptr),
        "converting a picture on the GPU");
  return plan.placement;
}

video::Placement Kernels::convert(const Surface& from, const video::ConvertOptions& options,
                                  const DeviceDestination& to, const Stream& stream) const {
  from.waitReady(stream);
  const video::Placement placement = convert(pictureOf(from), options, to, stream);
  from.markRead(stream);
  return placement;
}

void Kernels::copy(const DevicePicture& from, Surface& to, const Stream& stream) const {
  device_.ensureWorks();
  const bool sameDepth = (from.bitDepth == 8) == (to.bitDepth() == 8);
  const bool same = sameDepth && from.size == to.size();
  if (!same && to.bitDepth() != 8) {
    throw Error("ERR_UNSUPPORTED",
                "a GPU scales pictures only to 8 bits; take a surface of the "
                "picture's size, or of 8 bits");
  }
  to.beginWrite(stream);
  const auto planes = to.planes();
  if (same) {
    const size_t sample = from.bitDepth == 8 ? 1 : 2;
    const auto width = static_cast<size_t>(from.size.width);
    copyPlane(from.planes[0], planes[0], width * sample, from.size.height, stream);
    copyPlane(from.planes[1], planes[1], (width + 1) / 2 * 2 * sample,
              video::halfOf(from.size.height), stream);
  } else {
    video::ConvertOptions options;
    options.format = video::PixelFormat::kNv12;
    options.size = to.size();
    convert(from, options,
            {{planes[0].address, planes[1].address, 0}, {planes[0].pitch, planes[1].pitch, 0}},
            stream);
  }
  to.markReady(stream);
}

}  // namespace flux::gpu
