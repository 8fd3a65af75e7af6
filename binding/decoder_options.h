// Reads what src/decode hands over, and writes what it gets.
#pragma once

#include "arguments.h"
#include "engine/open_decoder_backends.h"
#include "engine/stream_decoder.h"
#include "video/convert.h"

namespace flux::binding {

// The shapes of src/native/decode.ts. Each throws ERR_INVALID_ARGUMENT naming the field.

DecoderBackendOptions readBackendOptions(const Options& from);
StreamDecoderOptions readDecoderOptions(const Options& from);
/// A negative number is none.
std::optional<double> rateArgument(const Napi::Value& value);
/// One encoded frame, copied; `previous` are the parameters of the frame before, or null.
AccessUnitPtr readUnit(const Options& from, const CodecParametersPtr& previous);
video::ConvertOptions readConvertOptions(const Options& from);

Napi::Object toObject(Napi::Env env, const StreamDecoderEvent& event);
Napi::Object toObject(Napi::Env env, const StreamDecoderStats& stats);
Napi::Object toObject(Napi::Env env, const video::ColourSpec& colour);

}  // namespace flux::binding
