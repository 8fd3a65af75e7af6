#include "grid_options.h"

#include <algorithm>
#include <array>
#include <utility>

#include "video/raw_picture.h"

namespace flux::binding {
namespace {

constexpr int64_t kMaxSide = 16384;

video::Size readSize(const Options& from) {
  return {static_cast<int>(from.integer("width", 1, kMaxSide)),
          static_cast<int>(from.integer("height", 1, kMaxSide))};
}

}  // namespace

render::GridRendererOptions readRendererOptions(const Options& from) {
  render::GridRendererOptions options{.size = readSize(from),
                                      .layout = readLayout(from.value("layout")),
                                      .maxFps = from.finite("maxFps"),
                                      .font = from.text("font")};
  if (!(options.maxFps >= 0.1 && options.maxFps <= 1000)) {
    throw Error("ERR_INVALID_ARGUMENT", "maxFps must be 0.1 to 1000");
  }
  options.egl.software = from.text("backend") == "software";
  if (from.value("device").IsNumber()) {
    options.egl.cudaDevice = static_cast<int>(from.integer("device", 0, 63));
  }
  if (from.value("window").IsObject()) {
    const Options window(from.value("window"));
    options.window = {.title = window.text("title"),
                      .size = options.size,
                      .fullscreen = window.flag("fullscreen")};
  }
  return options;
}

render::Layout readLayout(const Napi::Value& value) {
  const Options from(value);
  if (!from.value("tiles").IsArray()) {
    return render::GridLayout{static_cast<int>(from.integer("columns", 1, render::kMaxGridSide)),
                              static_cast<int>(from.integer("rows", 1, render::kMaxGridSide)),
                              static_cast<int>(from.integer("gap", 0, 256))};
  }
  const Napi::Array tiles = from.array("tiles");
  if (tiles.Length() > render::kMaxTiles) {
    throw Error("ERR_INVALID_ARGUMENT", "a layout has at most 64 tiles");
  }
  render::CustomLayout layout{.pixels = from.flag("pixels")};
  for (uint32_t i = 0; i < tiles.Length(); ++i) {
    const Options tile(tiles.Get(i));
    layout.tiles.push_back(
        {tile.finite("x"), tile.finite("y"), tile.finite("width"), tile.finite("height")});
  }
  return layout;
}

render::Rgba readColour(const Napi::Value& value) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() != 4) {
    throw Error("ERR_INVALID_ARGUMENT", "a colour is an array of four numbers");
  }
  render::Rgba colour{};
  for (uint32_t i = 0; i < 4; ++i) {
    const double part = finiteArgument(value.As<Napi::Array>().Get(i), "colour");
    colour.at(i) = static_cast<uint8_t>(std::clamp(part, 0.0, 255.0));
  }
  return colour;
}

std::vector<render::OverlayBox> readBoxes(const Napi::Array& list) {
  if (list.Length() > render::kMaxBoxes) {
    throw Error("ERR_INVALID_ARGUMENT", "a tile shows at most 256 boxes");
  }
  std::vector<render::OverlayBox> boxes;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Options from(list.Get(i));
    render::OverlayBox box{.x = from.finite("x"),
                           .y = from.finite("y"),
                           .width = from.finite("width"),
                           .height = from.finite("height"),
                           .label = from.text("label"),
                           .colour = readColour(from.value("colour"))};
    if (from.value("score").IsNumber()) box.score = from.finite("score");
    boxes.push_back(std::move(box));
  }
  return boxes;
}

render::Overlays readOverlays(const Options& from) {
  return {.names = from.flag("names"),
          .status = from.flag("status"),
          .fps = from.flag("fps"),
          .boxes = from.flag("boxes")};
}

video::Frame readPicture(const Options& from) {
  using video::Matrix;
  using video::PixelFormat;
  constexpr std::array kFormats = {
      std::pair{"nv12", PixelFormat::kNv12}, std::pair{"i420", PixelFormat::kI420},
      std::pair{"gray", PixelFormat::kGray8}, std::pair{"rgb", PixelFormat::kRgb24},
      std::pair{"rgba", PixelFormat::kRgba}};
  constexpr std::array kMatrices = {std::pair{"bt601", Matrix::kBt601},
                                    std::pair{"bt709", Matrix::kBt709},
                                    std::pair{"bt2020", Matrix::kBt2020}};
  return video::rawPicture(bytesArgument(from.value("data"), "data"),
                           from.oneOf<PixelFormat>("format", kFormats), readSize(from),
                           {from.oneOf<Matrix>("matrix", kMatrices), from.flag("fullRange")});
}

video::Fit readFit(const Options& from) {
  constexpr std::array kFits = {std::pair{"letterbox", video::Fit::kLetterbox},
                                std::pair{"stretch", video::Fit::kStretch},
                                std::pair{"crop", video::Fit::kCover}};
  return from.oneOf<video::Fit>("fit", kFits);
}

render::TileStatus readStatus(const Options& from) {
  constexpr std::array kStatuses = {std::pair{"none", render::TileStatus::kNone},
                                    std::pair{"live", render::TileStatus::kLive},
                                    std::pair{"recording", render::TileStatus::kRecording},
                                    std::pair{"offline", render::TileStatus::kOffline}};
  return from.oneOf<render::TileStatus>("status", kStatuses);
}

}  // namespace flux::binding
