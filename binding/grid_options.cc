#include "grid_options.h"

#include <algorithm>
#include <array>
#include <utility>

#include "video/raw_picture.h"

namespace flux::binding {
namespace {

constexpr int64_t kMaxSide = 16384;

/// What `names` gives for `name`; throws where it has none.
template <typename Value, size_t N>
Value choose(const std::string& name, const char* what,
             const std::array<std::pair<const char*, Value>, N>& names) {
  for (const auto& [known, value] : names) {
    if (name == known) return value;
  }
  throw Error("ERR_INVALID_ARGUMENT", std::string(what) + " cannot be '" + name + "'");
}

video::Size readSize(const Options& from) {
  return {static_cast<int>(from.integer("width", 1, kMaxSide)),
          static_cast<int>(from.integer("height", 1, kMaxSide))};
}

}  // namespace

double readNumber(const Napi::Value& value, const char* name) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (!std::isfinite(number)) {
    throw Error("ERR_INVALID_ARGUMENT", std::string(name) + " must be a finite number");
  }
  return number;
}

render::GridRendererOptions readRendererOptions(const Options& from) {
  render::GridRendererOptions options{.size = readSize(from),
                                      .layout = readLayout(from.value("layout")),
                                      .maxFps = readNumber(from.value("maxFps"), "maxFps"),
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
    layout.tiles.push_back({readNumber(tile.value("x"), "x"), readNumber(tile.value("y"), "y"),
                            readNumber(tile.value("width"), "width"),
                            readNumber(tile.value("height"), "height")});
  }
  return layout;
}

render::Rgba readColour(const Napi::Value& value) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() != 4) {
    throw Error("ERR_INVALID_ARGUMENT", "a colour is an array of four numbers");
  }
  render::Rgba colour{};
  for (uint32_t i = 0; i < 4; ++i) {
    const double part = readNumber(value.As<Napi::Array>().Get(i), "colour");
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
    render::OverlayBox box{.x = readNumber(from.value("x"), "x"),
                           .y = readNumber(from.value("y"), "y"),
                           .width = readNumber(from.value("width"), "width"),
                           .height = readNumber(from.value("height"), "height"),
                           .label = from.text("label"),
                           .colour = readColour(from.value("colour"))};
    if (from.value("score").IsNumber()) box.score = readNumber(from.value("score"), "score");
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
  return video::rawPicture(
      bytesArgument(from.value("data"), "data"), choose(from.text("format"), "format", kFormats),
      readSize(from), {choose(from.text("matrix"), "matrix", kMatrices), from.flag("fullRange")});
}

video::Fit readFit(const std::string& name) {
  constexpr std::array kFits = {std::pair{"letterbox", video::Fit::kLetterbox},
                                std::pair{"stretch", video::Fit::kStretch},
                                std::pair{"crop", video::Fit::kCover}};
  return choose(name, "fit", kFits);
}

render::TileStatus readStatus(const std::string& name) {
  constexpr std::array kStatuses = {std::pair{"none", render::TileStatus::kNone},
                                    std::pair{"live", render::TileStatus::kLive},
                                    std::pair{"recording", render::TileStatus::kRecording},
                                    std::pair{"offline", render::TileStatus::kOffline}};
  return choose(name, "status", kStatuses);
}

}  // namespace flux::binding
