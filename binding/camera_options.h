// Reads what src/camera hands over about a camera's streams.
#pragma once

#include "arguments.h"
#include "engine/camera.h"

namespace flux::binding {

/// The shape of NativeCameraOptions in src/native/camera.ts. Throws ERR_INVALID_ARGUMENT naming the
/// field.
CameraOptions readCameraOptions(const Options& from);
Quality qualityArgument(const Napi::Value& value);
const char* qualityName(Quality quality);
StreamKind streamArgument(const Napi::Value& value);
const char* streamName(StreamKind stream);

}  // namespace flux::binding
