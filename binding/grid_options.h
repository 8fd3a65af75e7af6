// What JavaScript says to a renderer, as the engine's values.
#pragma once

#include <napi.h>

#include "arguments.h"
#include "render/grid_renderer.h"

namespace flux::binding {

render::GridRendererOptions readRendererOptions(const Options& from);
render::Layout readLayout(const Napi::Value& value);
std::vector<render::OverlayBox> readBoxes(const Napi::Array& list);
render::Rgba readColour(const Napi::Value& value);
render::Overlays readOverlays(const Options& from);
/// { data, width, height, format, matrix, fullRange }: copied.
video::Frame readPicture(const Options& from);
video::Fit readFit(const Options& from);
render::TileStatus readStatus(const Options& from);
/// A finite number.

}  // namespace flux::binding
